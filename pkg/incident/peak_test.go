package incident

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// minutesUntil returns minutes with these reports, the last of which runs at at.
// Each expects one.
func minutesUntil(at time.Time, reports ...int64) []Minute {
	all := make([]Minute, len(reports))
	for i, n := range reports {
		all[i] = Minute{Start: at.Truncate(time.Minute).Add(time.Duration(i+1-len(reports)) * time.Minute), Observed: n, Expected: 1}
	}
	return all
}

func TestThePeakHoldsTheMostReportsWithinTheIncident(t *testing.T) {
	j := world(detect.Outage) // since 11:57
	j.Minutes = minutesUntil(noon, 900, 900, 900, 10, 20, 30, 5)
	s := begin(t).tick(j)
	want := Peak{At: noon, Window: 3 * time.Minute, Observed: 60, Expected: 3} // the last minute begins now
	if got := s.incident.Peak; got != want {
		t.Errorf("peak %+v, want %+v, without the minutes before the onset", got, want)
	}
	if v := s.incident.Verdict; v.Window != 7*time.Minute || v.Observed != 2765 || v.Expected != 7 {
		t.Errorf("the verdict counts %d in %v, want all of the window", v.Observed, v.Window)
	}
	version := s.incident.Version
	j.Minutes = minutesUntil(noon.Add(10*time.Second), 900, 900, 900, 10, 20, 30, 0)
	if s.tick(j); s.incident.Peak != want || s.incident.Version != version {
		t.Errorf("peak %+v, version %d after %d; nothing rose", s.incident.Peak, s.incident.Version, version)
	}
	j.Minutes = minutesUntil(noon.Add(20*time.Second), 900, 900, 900, 10, 20, 30, 9)
	if s.tick(j); s.incident.Peak.Observed != 69 || s.incident.Peak.At != noon.Add(20*time.Second) {
		t.Errorf("peak %+v, want that of the fuller minute", s.incident.Peak)
	}
}

func TestAPeakSpansWholeMinutes(t *testing.T) {
	for at, end := range map[time.Duration]time.Duration{0: 0, time.Second: time.Minute, time.Minute: time.Minute} {
		from, to := Peak{At: noon.Add(at), Window: 2 * time.Minute}.Span()
		if !to.Equal(noon.Add(end)) || !from.Equal(to.Add(-2*time.Minute)) {
			t.Errorf("a peak of 2 minutes at %v spans %v to %v", noon.Add(at), from, to)
		}
	}
}

func TestTheBusiestWindowIsFoundAmongMinutes(t *testing.T) {
	reports := make([]int64, 40)
	reports[3], reports[20], reports[30], reports[39] = 5, 4, 4, 4
	got := BusiestWindow(minutesUntil(noon, reports...), noon)
	if want := (Peak{At: noon.Add(-8 * time.Minute), Window: 15 * time.Minute, Observed: 8, Expected: 15}); got != want {
		t.Errorf("busiest window %+v, want %+v", got, want)
	}
	if got := BusiestWindow(minutesUntil(noon, 1, 2), noon); got != (Peak{At: noon, Window: 2 * time.Minute, Observed: 3, Expected: 2}) {
		t.Errorf("busiest of two minutes: %+v", got)
	}
	if got := BusiestWindow(nil, noon); got != (Peak{}) {
		t.Errorf("busiest of no minutes: %+v", got)
	}
}

func TestTheTimesOfAnIncidentAreInOrder(t *testing.T) {
	early := noon.Add(-time.Hour)
	for name, s := range map[string]*story{
		"suspected only":     begin(t).tick(world(detect.Warning)).tick(ended(early)),
		"declared":           begin(t).ticks(time.Minute, world(detect.Outage)).tick(ended(early)),
		"recovering":         begin(t).ticks(time.Minute, world(detect.Outage)).ticks(5*time.Minute, easing()).tick(ended(noon.Add(2 * time.Minute))),
		"reopened":           begin(t).ticks(time.Minute, world(detect.Outage)).tick(ended(noon)).ticks(time.Minute, world(detect.OK)).ticks(time.Minute, world(detect.Outage)).tick(ended(early)),
		"an end that is due": begin(t).ticks(time.Minute, world(detect.Outage)).tick(ended(noon.Add(time.Hour))),
	} {
		last := s.incident.Onset
		for _, at := range []time.Time{s.incident.Suspected, s.incident.Declared, s.incident.Easing, s.incident.Resolved} {
			if at.IsZero() {
				continue
			}
			if at.Before(last) {
				t.Errorf("%s: onset %v, suspected %v, declared %v, recovering %v, resolved %v", name,
					s.incident.Onset, s.incident.Suspected, s.incident.Declared, s.incident.Easing, s.incident.Resolved)
			}
			last = at
		}
		if s.incident.Resolved.Before(s.incident.Reopened) || s.incident.Resolved.After(s.incident.Updated) {
			t.Errorf("%s: resolved %v, reopened %v, updated %v", name, s.incident.Resolved, s.incident.Reopened, s.incident.Updated)
		}
	}
}

func TestADeclaredIncidentStaysLikely(t *testing.T) {
	sure := world(detect.Outage)
	sure.Service.Confidence = 0.99
	calm := world(detect.Outage)
	s := begin(t).tick(calm)
	if c := s.incident.Verdict.Confidence; c != 0 {
		t.Errorf("a suspicion without evidence has the confidence %g", c)
	}
	s.ticks(time.Minute, calm)
	if c := s.incident.Verdict.Confidence; c != 0.5 {
		t.Errorf("declared with the confidence %g, want 0.5 at least", c)
	}
	s.tick(sure).ticks(10*time.Minute, calm)
	if c := s.incident.Verdict.Confidence; c != 0.99 {
		t.Errorf("in a lull the confidence is %g, want the 0.99 of before", c)
	}
	if s.tick(ended(s.at)); s.incident.Verdict.Confidence != 0.99 {
		t.Errorf("at the end the confidence is %g", s.incident.Verdict.Confidence)
	}
}

func TestOnlyTheServiceHasANumberBelowWhichItEnds(t *testing.T) {
	j := world(detect.OK)
	local := verdict(detect.Outage)
	local.Reason.Below = 7
	j.Countries = []CountryVerdict{{"BD", local}}
	if below := begin(t).tick(j).incident.Verdict.Reason.Below; below != 0 {
		t.Errorf("an outage of one country ends when the world counts fewer than %g", below)
	}
}
