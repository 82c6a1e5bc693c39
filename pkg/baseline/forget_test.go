package baseline

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// steady is an archive in which each service has as many reports an hour.
type steady map[string]int64

func (h steady) Rollups(_ context.Context, service string, from, to time.Time) (rollups []window.Rollup, spans []window.Span, err error) {
	for at := from.Truncate(time.Hour); at.Before(to); at = at.Add(time.Hour) {
		rollups = append(rollups, window.Rollup{Service: service, Kind: report.Problem, Start: at, Width: time.Hour, Cell: window.Cell{Country: "BD", Symptom: "login"}, N: h[service]})
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
	}
	return rollups, spans, nil
}

// TestForgetCountsNoHourTwiceInAKind forgets one of three services, and has another one
// share its hours twice, as when it is updated meanwhile.
func TestForgetCountsNoHourTwiceInAKind(t *testing.T) {
	now := time.Date(2022, 10, 25, 7, 0, 0, 0, time.UTC)
	history := steady{"acme": 1000, "globex": 60, "initech": 60}
	set := NewSet(history)
	set.Kind = func(string) string { return "bank" }
	ask := func() {
		for service := range history {
			if _, err := set.Service(t.Context(), service, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	mean := func() float64 {
		k := set.kinds["bank"]
		return k.reports.at(hourOf(now.Add(-48 * time.Hour)))
	}
	ask()
	if got := mean(); got != 1120 {
		t.Fatalf("the kind has %v reports in an hour, want 1120", got)
	}
	history["acme"] = 60
	set.Forget("acme")
	set.services["globex"].shareAgain(set, "globex")
	ask()
	if got := mean(); got != 180 {
		t.Errorf("after acme was counted again the kind has %v reports in an hour, want 180", got)
	}
}
