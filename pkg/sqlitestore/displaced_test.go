package sqlitestore

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/window"
)

// TestNothingIsCountedIntoFilesThatAreNotInTheirPlace takes each file of an open
// store away, or replaces it, in every way that people and programs do. While it is
// so, no report is answered as counted. When the files return, counting goes on and
// finds everything that was counted before.
func TestNothingIsCountedIntoFilesThatAreNotInTheirPlace(t *testing.T) {
	aside := func(t *testing.T, path string) func() {
		t.Helper()
		must(t, os.Rename(path, path+".aside"))
		return func() { must(t, os.RemoveAll(path)); must(t, os.Rename(path+".aside", path)) }
	}
	copyOf := func(t *testing.T, path string) func() {
		t.Helper()
		content, err := os.ReadFile(path)
		must(t, err)
		back := aside(t, path)
		must(t, os.WriteFile(path, content, 0o600))
		return back
	}
	for _, c := range []struct {
		name, file string // empty is the folder
		gone       bool
		displace   func(t *testing.T, path string) (putBack func())
	}{
		{"the folder is removed", "", true, aside},
		{"the folder is replaced by an empty one", "outcry.db", true, func(t *testing.T, path string) func() {
			back := aside(t, filepath.Dir(path))
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			return back
		}},
		{"the database is removed", "outcry.db", true, aside},
		{"the database is replaced by a copy", "outcry.db", false, copyOf},
		{"the log is removed", "outcry.db-wal", true, aside},
		{"the log is replaced", "outcry.db-wal", false, copyOf},
		{"the index of the log is removed", "outcry.db-shm", true, aside},
		{"the lock is removed", "outcry.lock", true, aside},
		{"the lock is replaced", "outcry.lock", false, copyOf},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			must(t, os.Mkdir(dir, 0o700))
			a, err := archive.Open(t.Context(), filepath.Join(dir, "outcry.db"), archive.Options{Relaxed: true})
			must(t, err)
			t.Cleanup(func() { must(t, a.Close()) })
			var log bytes.Buffer
			s := openStore(t, a, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(1, 3))

			path := filepath.Join(dir, c.file)
			putBack := c.displace(t, path)
			for i := range 3 {
				wantFailed(t, s, numbered(10, 2))
				wantFailed(t, s, numbered(1, 3)) // answered before, which only the files show
				if err := s.Beat(t.Context(), noon); err == nil {
					t.Errorf("Beat %d = nil, want an error", i)
				}
			}
			var d *archive.Displaced
			if err := s.Ready(); !errors.As(err, &d) || d.Gone != c.gone || strings.TrimSuffix(d.Path, "/") != strings.TrimSuffix(path, "/") {
				t.Errorf("Ready() = %v, want %s named, gone: %v", err, path, c.gone)
			}
			// A commit fails too, whoever makes it.
			if c.file != "outcry.lock" {
				if err := a.Writer().Exec(`INSERT INTO services (slug) VALUES ('other')`).Error; err == nil {
					t.Error("another write succeeded, want an error")
				}
			}
			if c.gone && c.name != "the folder is replaced by an empty one" {
				if _, err := os.Stat(path); err == nil {
					t.Errorf("%s was made anew", path)
				}
			}
			putBack()
			wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(10, 2))
			wantOutcomes(t, s, resent, numbered(1, 3))
			wantTotals(t, a, s, 5)
			if got := strings.Count(log.String(), "counting fails"); got != 1 || strings.Count(log.String(), "\n") != 2 {
				t.Errorf("the log is %q, want one line about the failure and one about its end", log.String())
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
