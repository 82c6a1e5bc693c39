package archive

import (
	"os"
	"path/filepath"
	"testing"

	"gorm.io/gorm"
)

func TestOpenMakesAFileThatOnlyItsOwnerReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a file? with #odd% name.db")
	for range 2 {
		a, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		for _, name := range []string{path, path + "-wal"} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != 0o600 {
				t.Errorf("mode of %s = %o, want 600", filepath.Base(name), got)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTemporaryTablesStayInMemory(t *testing.T) {
	a := emptySQLite(t)
	for name, db := range map[string]*gorm.DB{"writer": a.Writer(), "reader": a.Reader()} {
		var store int
		if err := db.Raw(`PRAGMA temp_store`).Scan(&store).Error; err != nil {
			t.Fatal(err)
		}
		if store != 2 {
			t.Errorf("temp_store of the %s = %d, want 2, which is memory", name, store)
		}
	}
}

func TestOpenFailsWithoutAFolder(t *testing.T) {
	if a, err := Open(t.Context(), filepath.Join(t.TempDir(), "none", "outcry.db"), Options{}); err == nil {
		a.Close()
		t.Error("Open in a folder that does not exist succeeded, want an error")
	}
}
