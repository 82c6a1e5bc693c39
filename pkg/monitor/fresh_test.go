package monitor_test

import (
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/memstore"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// newcomer is a service that gets its first report when the test begins, on a
// monitor that has counted for weeks.
type newcomer struct {
	*monitor.Monitor
	store *memstore.Store
	rng   *rand.Rand
	now   time.Time
}

func newNewcomer() *newcomer {
	store := memstore.New([]string{"acme"}, []string{"IN", "BD"}, []string{"login", "app"})
	store.ReportsPerDay = 10_000
	baselines := baseline.NewSet(store)
	baselines.Minutes = store
	return &newcomer{store: store, rng: rand.New(rand.NewPCG(7, 11)), now: morning, Monitor: monitor.New(monitor.Options{
		Store: store, Archive: store, Baselines: baselines, Publisher: store, Settings: detect.Defaults(), FalsePerDay: 1,
		Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})}
}

// run counts minutes with a mean number of reports, each from a network of its
// own, and calls each with the time since the first and the incident.
func (n *newcomer) run(t *testing.T, d time.Duration, perMinute float64, each func(now time.Time, in *incident.Incident)) {
	t.Helper()
	for end := n.now.Add(d); n.now.Before(end); {
		for range poisson(n.rng, perMinute) {
			n.store.Add(n.now, 0, n.rng.IntN(2), n.rng.IntN(2), 1)
		}
		n.now = n.now.Add(window.Width)
		if err := n.Tick(t.Context(), n.now); err != nil {
			t.Fatal(err)
		}
		each(n.now, n.Live("acme").Incident)
	}
}

// TestANewServiceIsLearnedFromItsMinutes has services that people begin to report at
// a steady rate. It is not an outage that they are new, and one that comes after two
// hours is seen.
func TestANewServiceIsLearnedFromItsMinutes(t *testing.T) {
	for _, perMinute := range []float64{0.05, 0.5, 3, 12, 60} {
		n := newNewcomer()
		begun := n.now
		n.run(t, 150*time.Minute, perMinute, func(now time.Time, in *incident.Incident) {
			switch {
			case in == nil:
			case !in.Declared.IsZero():
				t.Fatalf("%g a minute from the first report on are declared an outage after %s", perMinute, now.Sub(begun))
			case now.Sub(begun) > 20*time.Minute:
				t.Fatalf("%g a minute from the first report on are still a warning after %s", perMinute, now.Sub(begun))
			}
		})
		declared := n.declaredAfter(t, 40*time.Minute, 6*perMinute)
		if want := 15 * time.Minute; perMinute >= 0.5 && (declared == 0 || declared > want) {
			t.Errorf("six times %g a minute after two and a half hours are declared after %s (0 is never), want within %s", perMinute, declared, want)
		}
		down := n.now
		n.run(t, 8*time.Hour, perMinute, func(now time.Time, in *incident.Incident) {
			if in != nil && now.Sub(down) > 30*time.Minute {
				t.Fatalf("%g a minute: %s after the outage there is still an incident, %s", perMinute, now.Sub(down), in.State)
			}
		})
	}
}

// TestAnOutageOfTheFirstHourIsDeclared has a service that is reported for the first
// time 40 minutes before an outage.
func TestAnOutageOfTheFirstHourIsDeclared(t *testing.T) {
	for _, perMinute := range []float64{3, 12, 60} {
		n := newNewcomer()
		n.run(t, 40*time.Minute, perMinute, func(time.Time, *incident.Incident) {})
		if declared := n.declaredAfter(t, time.Hour, 10*perMinute); declared == 0 || declared > 20*time.Minute {
			t.Errorf("ten times %g a minute in the first hour are declared after %s (0 is never), want within 20 minutes", perMinute, declared)
		}
	}
}

// declaredAfter counts minutes with a mean number of reports, and returns when an
// outage is declared; 0 if none is.
func (n *newcomer) declaredAfter(t *testing.T, d time.Duration, perMinute float64) (declared time.Duration) {
	t.Helper()
	begun := n.now
	n.run(t, d, perMinute, func(now time.Time, in *incident.Incident) {
		if declared == 0 && in != nil && !in.Declared.IsZero() {
			declared = now.Sub(begun)
		}
	})
	return declared
}
