package baseline_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// steadyHistory is an archive in which each cell has a few reports in every hour.
type steadyHistory struct{ start time.Time }

// Rollups draws the reports of an hour from the hour itself, so that every
// reading gives the same.
func (h steadyHistory) Rollups(_ context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	var rollups []window.Rollup
	var spans []window.Span
	for at := from.Truncate(time.Hour); at.Before(to); at = at.Add(time.Hour) {
		if at.Before(h.start.Add(-49 * time.Hour)) {
			continue // two days are enough to learn a mean
		}
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		rng := rand.New(rand.NewPCG(1, uint64(at.Unix())))
		for _, country := range []string{"AA", "AB", "AC", "AD"} {
			for _, symptom := range []string{"symptom-0", "symptom-1"} {
				rollups = append(rollups, window.Rollup{Service: service, Kind: report.Problem, Start: at, Width: time.Hour,
					Cell: window.Cell{Country: country, Symptom: symptom}, N: 5 + rng.Int64N(9)})
			}
		}
	}
	return rollups, spans, nil
}

// TestARestartChangesNoBaseline asks one process every hour for three days, and
// another only at the end of them.
func TestARestartChangesNoBaseline(t *testing.T) {
	history := steadyHistory{start: time.Date(2022, 10, 25, 6, 0, 0, 0, time.UTC)}
	cells := []window.Cell{baseline.Whole, {Country: "AA"}, {Country: "AC"}, {Symptom: "symptom-1"}, {Country: "ZZ"}}
	running, restarted := baseline.NewSet(history), baseline.NewSet(history)
	now := history.start
	for range 72 {
		now = now.Add(time.Hour)
		for _, cell := range cells {
			if _, err := running.Of(t.Context(), "acme", cell, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, cell := range cells {
		want, err := running.Of(t.Context(), "acme", cell, now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := restarted.Of(t.Context(), "acme", cell, now)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Of(%v) after a restart = %+v, want %+v as without one", cell, *got, *want)
		}
	}
}

// lateHistory is an archive that has counted for four weeks. Its services had their
// first reports, one a minute, at heard.
type lateHistory struct{ start, heard time.Time }

func (h lateHistory) Rollups(_ context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	var rollups []window.Rollup
	var spans []window.Span
	for at := from.Truncate(time.Hour); at.Before(to); at = at.Add(time.Hour) {
		if at.Before(h.start) {
			continue
		}
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		if !at.Before(h.heard) {
			rollups = append(rollups, window.Rollup{Service: service, Kind: report.Problem, Start: at, Width: time.Hour,
				Cell: window.Cell{Country: "AA"}, N: 60})
		}
	}
	return rollups, spans, nil
}

func TestSilenceBeforeTheFirstReportIsNoKnowledge(t *testing.T) {
	heard := time.Date(2022, 10, 25, 6, 0, 0, 0, time.UTC)
	set := baseline.NewSet(lateHistory{start: heard.Add(-4 * 7 * 24 * time.Hour), heard: heard})
	set.Kind = func(string) string { return "messaging" }
	for _, after := range []time.Duration{0, 3 * time.Hour, 30 * time.Hour, 8 * 24 * time.Hour} {
		now := heard.Add(after + 45*time.Minute) // when all hours before are final
		for _, cell := range []window.Cell{baseline.Whole, {Country: "AA"}} {
			b, err := set.Of(t.Context(), "acme", cell, now)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.LongestExposure; got > after || got < after-25*time.Hour {
				t.Errorf("%s after the first report, %s of %v is known", after, got, cell)
			}
			if after > 0 && (b.Level < 0.8 || b.Level > 1.2) {
				t.Errorf("%s after the first report, the level of %v is %.3f a minute, want about 1", after, cell, b.Level)
			}
		}
	}
}
