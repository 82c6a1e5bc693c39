package monitor_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// carriers ticks for a time while three carriers are reported, each at a rate by
// the minute since the start.
func (h *fixture) carriers(d time.Duration, start time.Time, rates map[string]func(minute float64) float64) {
	h.t.Helper()
	services := []string{"att", "t-mobile-us", "verizon"}
	for end := h.now.Add(d); h.now.Before(end); {
		h.now = h.now.Add(monitor.Interval)
		at := h.now.Add(-time.Millisecond)
		var reports []report.Report
		for _, service := range services {
			mean := rates[service](h.now.Sub(start).Minutes()) * monitor.Interval.Minutes()
			n := int(mean)
			if h.rng.Float64() < mean-math.Floor(mean) {
				n++
			}
			for range n {
				reports = append(reports, report.Report{
					ID: uuid.New(), Service: service, Symptom: "calls", Country: "US", Minute: window.Start(at), Received: at,
					Reporter: report.Reporter{Address: h.rng.Uint64(), Device: h.rng.Uint64()}, Network: report.Network(h.rng.IntN(5000)),
				})
			}
		}
		h.store.Count(context.Background(), reports)
		if err := h.monitor.Tick(context.Background(), h.now); err != nil {
			h.t.Fatal(err)
		}
	}
}

// isCarrier is the category of all services.
func isCarrier(string) string { return "carrier" }

// newCarriers returns a fixture in which three carriers have a history.
func newCarriers(t *testing.T) *fixture {
	t.Helper()
	h := newFixture(t)
	var rollups []window.Rollup
	for at := morning.Add(-baseline.HistoryLength); at.Before(morning); at = at.Add(time.Hour) {
		for _, service := range []string{"att", "t-mobile-us", "verizon"} {
			rollups = append(rollups, window.Rollup{Service: service, Kind: report.Problem, Start: at, Width: time.Hour,
				Cell: window.Cell{Country: "US", Symptom: "calls"}, N: 30})
		}
	}
	if err := h.archive.SaveRollups(context.Background(), rollups, nil); err != nil {
		t.Fatal(err)
	}
	h.restart()
	h.monitor.Category = isCarrier
	return h
}

// TestASecondCarrierThatFailsIsDeclaredBesideItsEcho has one carrier fail, two echo
// it, and one of these fail 50 minutes later. The process changes in between.
func TestASecondCarrierThatFailsIsDeclaredBesideItsEcho(t *testing.T) {
	skipSlow(t)
	h := newCarriers(t)
	start := morning.Add(10 * time.Minute)
	failsAt := start.Add(50 * time.Minute)
	outage := func(minute float64) float64 { return 300 * min(max(0, minute/15), 1) }
	rates := map[string]func(float64) float64{
		"att":         func(m float64) float64 { return 0.5 + outage(m) },
		"t-mobile-us": func(m float64) float64 { return 0.5 + 0.03*outage(m-3) },
		"verizon": func(m float64) float64 {
			own := 0.0
			if m >= failsAt.Sub(start).Minutes() {
				own = 40
			}
			return 0.5 + 0.05*outage(m-2) + own
		},
	}
	h.carriers(30*time.Minute, start, rates)
	h.restart()
	h.monitor.Category = isCarrier
	h.carriers(50*time.Minute, start, rates)

	by := map[string][]incident.Incident{}
	for _, in := range h.incidents() {
		by[in.Service] = append(by[in.Service], in)
		slices.SortFunc(by[in.Service], func(a, b incident.Incident) int { return a.Onset.Compare(b.Onset) })
	}
	if all := by["att"]; len(all) != 1 || all[0].Declared.IsZero() {
		t.Fatalf("AT&T has the incidents %+v, want one that is declared", all)
	}
	for _, service := range []string{"t-mobile-us", "verizon"} {
		if len(by[service]) == 0 {
			t.Fatalf("%s has no incident, want the echo", service)
		}
		if in := by[service][0]; in.EchoOf != "att" || !in.Declared.IsZero() || in.EchoShare < 0.02 || in.EchoShare > 0.07 || in.EchoFit < 0.5 {
			t.Errorf("%s has the incident %+v, want a suspected echo of 2 to 7 %% of att's", service, in)
		}
	}
	if all := by["t-mobile-us"]; len(all) != 1 {
		t.Errorf("T-Mobile has %d incidents, want its echo only", len(all))
	}
	if len(by["verizon"]) != 2 {
		t.Fatalf("Verizon has the incidents %+v, want its echo and its outage", by["verizon"])
	}
	echo, own := by["verizon"][0], by["verizon"][1]
	if own.EchoOf != "" || own.Onset.Sub(failsAt).Abs() > 2*time.Minute || own.Declared.Sub(failsAt) > 5*time.Minute {
		t.Errorf("its outage began %s and was declared %s, want %s within two minutes, and within five minutes of that", own.Onset, own.Declared, failsAt)
	}
	if echo.State != incident.Resolved || echo.Resolved.After(own.Onset) {
		t.Errorf("its echo is %s at %s, want it resolved before %s", echo.State, echo.Resolved, own.Onset)
	}
	if own.Reports > int64(60*h.now.Sub(own.Onset).Minutes()) {
		t.Errorf("its outage has %d reports, want those since its onset only", own.Reports)
	}
}

// TestAnEchoThatOutlastsItsOutageIsNotDeclared has an outage end within three
// minutes, and its echo stop ten minutes later.
func TestAnEchoThatOutlastsItsOutageIsNotDeclared(t *testing.T) {
	skipSlow(t)
	h := newCarriers(t)
	start := morning.Add(10 * time.Minute)
	outage := func(minute float64) float64 { return 300 * min(max(0, minute/5), 1, max(0, (63-minute)/3)) }
	h.carriers(130*time.Minute, start, map[string]func(float64) float64{
		"att":         func(m float64) float64 { return 0.5 + outage(m) },
		"t-mobile-us": func(float64) float64 { return 0.5 },
		"verizon":     func(m float64) float64 { return 0.5 + 0.05*max(outage(m-2), outage(m-10)) },
	})
	for _, in := range h.incidents() {
		if isDeclared := !in.Declared.IsZero(); isDeclared != (in.Service == "att") || in.State != incident.Resolved {
			t.Errorf("%s has the incident %+v, want AT&T's declared and all resolved", in.Service, in)
		}
	}
}
