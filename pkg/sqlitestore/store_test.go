package sqlitestore

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/report"
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

func TestClaimsKeepTheirContract(t *testing.T) {
	storetest.RunClaims(t, func(t *testing.T) storetest.ClaimStore { return openStore(t, newArchive(t), Options{}) })
}

func TestAStoreThatIsOpenedAgainKnowsTheClaimsOfItsReports(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	first := report.Claim{Key: [16]byte{1}, Body: [8]byte{1}}
	if same, err := s.Claim(t.Context(), "acme", first, at); err != nil || !same {
		t.Fatalf("Claim = %v, %v", same, err)
	}
	r := report.Report{ID: uuid.New(), Service: "acme", Symptom: "login", Country: "IN", Minute: at, Received: at}
	if o := s.Count(t.Context(), []report.Report{r})[0]; o.Status != window.Counted {
		t.Fatalf("Count = %+v", o)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, a, Options{})
	for body, want := range map[byte]bool{1: true, 2: false} {
		again := report.Claim{Key: first.Key, Body: [8]byte{body}}
		if same, err := s.Claim(t.Context(), "acme", again, at.Add(time.Hour)); err != nil || same != want {
			t.Errorf("Claim with the fingerprint %d after a restart = %v, %v; want %v", body, same, err, want)
		}
	}
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
