package sqlitestore

import (
	"testing"

	"github.com/outcry/outcry/pkg/window"
)

// A clock that is days ahead for a minute leaves a beat there. After the next start,
// or the next failed write, the store still has the windows of now.
func TestABeatInTheFutureHidesNoWindow(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(1, 3))
	if err := s.Beat(t.Context(), noon.AddDate(0, 0, 10)); err != nil {
		t.Fatal(err)
	}
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(4, 1))
	wantTotals(t, a, s, 4)
	wantOutcomes(t, s, resent, numbered(1, 4))
}
