package sqlitestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/archive"
)

func TestOnlyOneStoreCountsIntoAFile(t *testing.T) {
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
	s := openStore(t, first, Options{})
	for range 2 {
		if other, err := Open(t.Context(), second, Options{}); err == nil {
			other.Close()
			t.Fatal("Open of a second store on one file succeeded, want an error")
		} else if !strings.Contains(err.Error(), "another Outcry runs on the folder "+folder) {
			t.Errorf("Open of a second store: error %q, want it to name the folder %s", err, folder)
		}
	}
	info, err := os.Stat(filepath.Join(folder, "outcry.lock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the lock file is %v, %v; want mode 600", info, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, second, Options{})
}
