package sqlitestore

import (
	"path/filepath"
	"testing"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/storetest"
	"github.com/outcry/outcry/pkg/window"
)

func newArchive(t *testing.T) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func openStore(t *testing.T, a *archive.Archive, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStoreKeepsItsContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) window.Store { return openStore(t, newArchive(t), Options{}) })
}

func TestAStoreThatIsOpenedAgainAnswersAsBefore(t *testing.T) {
	for seed := range uint64(4) {
		a := newArchive(t)
		s := openStore(t, a, Options{})
		storetest.Compare(t, s, 100+seed, func() window.Store {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			s = openStore(t, a, Options{})
			return s
		})
	}
}
