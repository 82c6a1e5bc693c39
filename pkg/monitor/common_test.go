package monitor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// risesAt is the minute in which something happens in these tests.
const risesAt = 60

// together has all cells rise together.
func together(cells []crowdCell, times func(float64) float64) []crowdCell {
	for i := range cells {
		cells[i].times = times
	}
	return cells
}

func TestARiseCommonToACountryIsNoOutage(t *testing.T) {
	for _, c := range []struct {
		services               int
		usual, times, duration float64 // reports per minute, multiple, minutes
	}{
		{24, 2, 3, 10},
		{24, 2, 2, 10},
		{24, 2, 3, 120},
		{24, 0.5, 3, 10},
		{7, 1, 3, 10},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			h := newCrowd(t, 3, together(services(c.services, c.usual), rise(c.times, risesAt, risesAt+c.duration)))
			h.run((risesAt + 30) * time.Minute)
			if c.duration < 30 && c.usual == 2 {
				if v := h.monitor.Live("service-00").Verdict; v.Reason.Code != detect.ReasonCommonRise || v.Expected > 40 {
					t.Errorf("the verdict is %+v, want the reason common_rise beside the usual 30 reports", v)
				}
			}
			h.run(150 * time.Minute)
			if got := h.declared(); len(got) > 0 {
				t.Errorf("declared are %v, want none", got)
			}
		})
	}
}

func TestACommonRiseOfOneOfTwoCountriesIsNoOutage(t *testing.T) {
	cells := together(services(12, 2), rise(3, risesAt, risesAt+10))
	for _, c := range services(12, 0.5) {
		c.country = "IN"
		cells = append(cells, c)
	}
	h := newCrowd(t, 1, cells)
	h.run((risesAt + 120) * time.Minute)
	if got := h.declared(); len(got) > 0 {
		t.Errorf("declared are %v, want none", got)
	}
}

func TestAServiceThatFailsInACommonRiseIsDeclared(t *testing.T) {
	fails := rise(20, risesAt, risesAt+1)
	declared := func(others func(float64) float64) map[string]time.Duration {
		cells := together(services(24, 2), others)
		cells[7].times = fails
		h := newCrowd(t, 1, cells)
		h.run((risesAt + 60) * time.Minute)
		return h.declared()
	}
	alone := declared(nil)
	common := declared(rise(3, risesAt, risesAt+10))
	if len(alone) != 1 || len(common) != 1 {
		t.Fatalf("declared are %v alone and %v in a common rise, want service-07 only", alone, common)
	}
	if a, c := alone["service-07"], common["service-07"]; a == 0 || c == 0 || c-a > 2*time.Minute {
		t.Errorf("service-07 is declared %s after the start alone and %s in a common rise, want at most two minutes between", a, c)
	}
}

func TestFourServicesOfAProviderThatFailMakeNoCommonRise(t *testing.T) {
	for _, c := range []struct {
		services int
		isKnown  bool    // that they have a provider
		duration float64 // of the rise, in minutes
		within   time.Duration
	}{
		{10, true, 1, 3 * time.Minute},
		{10, false, 1, 3 * time.Minute},
		{10, false, 40, 12 * time.Minute},
		{6, true, 40, 10 * time.Minute},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			cells := services(c.services, 2)
			for i := range cells {
				cells[i].times = rise(1.2, risesAt, risesAt+1) // what they bring to the others
				if i < 4 {
					cells[i].times = rise(20, risesAt, risesAt+c.duration)
				}
			}
			h := newCrowd(t, 1, cells)
			if c.isKnown {
				h.monitor.Dependencies = func(service string) (string, []string) {
					if service < "service-04" {
						return "provider", nil
					}
					return "", nil
				}
			}
			h.run(risesAt*time.Minute + c.within + 10*time.Minute)
			got := h.declared()
			for _, cell := range cells[:4] {
				if at := got[cell.service]; at == 0 || at > risesAt*time.Minute+c.within {
					t.Errorf("%s is declared %s after the start, want within %s of its failure", cell.service, at, c.within)
				}
			}
			if len(got) != 4 {
				t.Errorf("declared are %v, want the four", got)
			}
		})
	}
}

func TestFourOtherServicesShowNoCommonRise(t *testing.T) {
	h := newCrowd(t, 1, together(services(5, 4), rise(3, risesAt, risesAt+1)))
	h.run((risesAt + 30) * time.Minute)
	if got := h.declared(); len(got) != 5 {
		t.Errorf("declared are %v, want all five: so few services show no common rise", got)
	}
}

func TestOneServiceAloneAtThreeTimesIsDeclared(t *testing.T) {
	cells := services(24, 4)
	cells[7].times = rise(3, risesAt, risesAt+1)
	h := newCrowd(t, 1, cells)
	h.run((risesAt + 30) * time.Minute)
	if got := h.declared(); len(got) != 1 || got["service-07"] > (risesAt+8)*time.Minute {
		t.Errorf("declared are %v, want service-07 within eight minutes", got)
	}
}

// TestAFloodOfOneServiceHidesNoOther has one service flooded, by as many networks
// as there are reports, from half an hour before another fails.
func TestAFloodOfOneServiceHidesNoOther(t *testing.T) {
	cells := services(8, 2)
	cells[0].times = rise(300, risesAt-30, risesAt-29)
	cells[1].times = rise(6, risesAt, risesAt+1)
	h := newCrowd(t, 1, cells)
	h.run((risesAt + 15) * time.Minute)
	if at := h.declared()["service-01"]; at == 0 || at > (risesAt+4)*time.Minute {
		t.Errorf("service-01 is declared %s after the start, want within four minutes of its failure", at)
	}
}

// TestQuietServicesShowNoCommonRise holds that the silence of services counts as
// much as their reports, also of those that come and go.
func TestQuietServicesShowNoCommonRise(t *testing.T) {
	for _, usual := range []float64{0.02, 0.2} {
		h := newCrowd(t, 1, services(40, usual))
		risen, all := 0, 0
		for range 40 {
			h.run(10 * time.Minute)
			for _, c := range h.cells {
				if live := h.monitor.Live(c.service); !live.At.IsZero() {
					all++
					if live.Verdict.Reason.Code == detect.ReasonCommonRise {
						risen++
					}
				}
			}
		}
		if all == 0 || risen > all/100 {
			t.Errorf("at %g reports a minute %d of %d verdicts are common_rise, want at most one in a hundred", usual, risen, all)
		}
	}
}
