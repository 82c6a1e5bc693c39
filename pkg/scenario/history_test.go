package scenario

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestHistoryFillsTheWeeksBeforeTheStart(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	for _, name := range Names() {
		s := mustLoad(t, name)
		rollups, spans := s.History(DefaultSeed)
		if len(rollups) > 400_000 {
			t.Errorf("History of %s: %d rollups, want at most 400,000", name, len(rollups))
		}
		if len(spans) != 4*7*24 {
			t.Errorf("History of %s: %d hours, want the %d of four weeks", name, len(spans), 4*7*24)
		}
		next := s.Start.AddDate(0, 0, -28)
		for _, span := range spans {
			if !span.Start.Equal(next) || span.Width != time.Hour || span.Known != 60 {
				t.Fatalf("%s: span %+v, want the hour from %v", name, span, next)
			}
			next = next.Add(time.Hour)
		}
		if !next.Equal(s.Start) {
			t.Errorf("%s: the history ends at %v, the replay starts at %v", name, next, s.Start)
		}
		type key struct {
			service string
			window.Cell
			start time.Time
		}
		seen := make(map[key]bool)
		for _, r := range rollups {
			k := key{r.Service, r.Cell, r.Start}
			if r.N <= 0 || r.Width != time.Hour || r.Kind != report.Problem || !r.Start.Before(s.Start) || seen[k] {
				t.Fatalf("%s: rollup %+v is not a positive hourly count before the start, or comes twice", name, r)
			}
			seen[k] = true
		}
	}
}

// The baseline that is learned from the history must be that of the replay.
func TestHistoryHasTheRateOfTheStream(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	s := mustLoad(t, "quiet-fortnight")
	counts, _, _ := countStream(s, DefaultSeed)
	rollups, _ := s.History(DefaultSeed)
	before, after := make(map[string]float64), make(map[string]float64)
	cellBefore, cellAfter := make(map[window.Cell]float64), make(map[window.Cell]float64)
	for _, r := range rollups {
		before[r.Service] += float64(r.N) / 2 // four weeks, against two
		if r.Service == "whatsapp" {
			cellBefore[r.Cell] += float64(r.N) / 2
		}
	}
	for k, n := range counts {
		after[k.service] += float64(n)
		if k.service == "whatsapp" {
			cellAfter[k.Cell] += float64(n)
		}
	}
	for _, sv := range s.Services {
		if before[sv.Slug] > 8000 {
			checkNear(t, sv.Slug, after[sv.Slug], before[sv.Slug], 0.03)
		}
	}
	for cell, n := range cellBefore {
		if n > 8000 {
			checkNear(t, cell.Country+" "+cell.Symptom, cellAfter[cell], n, 0.04)
		}
	}
}

func TestHistoryHasTheRatesOfTheHoursBeforeTheOnset(t *testing.T) {
	s := mustLoad(t, "whatsapp-2022-10-25")
	rollups, _ := s.History(DefaultSeed)
	// The quiet hours before the onset must have the rate of the same hours in the four weeks of history.
	counts, _, _ := countStream(s, DefaultSeed)
	var now, past float64
	for k, n := range counts {
		if k.service == "whatsapp" && k.minute < window.MinuteOf(s.Start.Add(3*hour)) {
			now += float64(n)
		}
	}
	for _, r := range rollups {
		if h := r.Start.Hour() - s.Start.Hour(); r.Service == "whatsapp" && r.Start.Weekday() == s.Start.Weekday() && h >= 0 && h < 3 {
			past += float64(r.N) / 4
		}
	}
	checkNear(t, "reports in the hours before the onset", now, past, 0.1)
}
