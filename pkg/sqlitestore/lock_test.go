package sqlitestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/archive"
)

func TestOneStoreAtATimeCountsIntoAFile(t *testing.T) {
	folder := t.TempDir()
	openArchive := func() *archive.Archive {
		a, err := archive.Open(t.Context(), filepath.Join(folder, "outcry.db"), archive.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Close() })
		return a
	}
	first := openArchive()
	second := openArchive() // as `outcry keys` does
	s := open(t, first, Options{})
	for range 2 {
		if other, err := Open(t.Context(), second, Options{}); err == nil {
			other.Close()
			t.Fatal("a second store was opened on one file")
		} else if !strings.Contains(err.Error(), "another Outcry runs on the folder "+folder) {
			t.Errorf("error = %q; want it to name the folder %s", err, folder)
		}
	}
	info, err := os.Stat(filepath.Join(folder, "outcry.lock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the lock is %v, %v; want a file of mode 600", info, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, second, Options{})
}
