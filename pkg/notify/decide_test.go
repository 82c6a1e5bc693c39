package notify

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// version returns a version of an incident.
func version(n int64, state incident.State, level detect.Level, change ...func(*incident.Incident)) *incident.Incident {
	in := &incident.Incident{ID: "acme-2026-03-04-1200", Service: "acme", Version: n, State: state, Level: level}
	for _, c := range change {
		c(in)
	}
	return in
}

func noted(kind incident.Change) func(*incident.Incident) {
	return func(in *incident.Incident) {
		in.Corrections = append(in.Corrections, incident.Correction{Change: kind})
	}
}

func takeBack(in *incident.Incident) { in.RetractedAt = noon }

func in(country string) func(*incident.Incident) {
	return func(in *incident.Incident) {
		in.Countries = append(in.Countries, incident.Segment{ID: country})
	}
}

func TestDecide(t *testing.T) {
	warned := Told{Mark: Mark{Stage: Warned}, Version: 1, At: noon, Begun: true}
	alarmed := Told{Mark: Mark{Stage: Declared}, Version: 2, At: noon, Begun: true, Alarmed: true}
	ended := Told{Mark: Mark{Stage: Over}, Version: 3, At: noon, Begun: true, Alarmed: true}
	takenBack := Told{Mark: Mark{Stage: TakenBack, Corrections: 1}, Version: 4, At: noon, Begun: true, Alarmed: true}
	lost := Told{Mark: Mark{Stage: Declared}, Version: 2, At: noon, Alarmed: true} // its beginning was given up
	soon, later := noon.Add(time.Minute), noon.Add(DefaultDistance)
	everything := Subscription{Filter: Filter{From: detect.Warning, Over: true}}
	outages := Subscription{Filter: Filter{From: detect.Outage, Over: true}}
	noEnd := Subscription{Filter: Filter{From: detect.Outage}}
	detailed := Subscription{Filter: Filter{From: detect.Warning, Over: true}, Details: true}
	inIndia := Subscription{Filter: Filter{From: detect.Warning, Over: true, Countries: []string{"IN"}}}
	rare := Subscription{Filter: Filter{From: detect.Warning, Over: true}, Distance: time.Hour}
	for _, x := range []struct {
		name string
		s    Subscription
		told Told
		in   *incident.Incident
		kind Kind
		due  time.Time
	}{
		{"a warning begins", everything, Told{}, version(1, incident.Suspected, detect.Warning), Suspected, soon},
		{"a warning is too little", outages, Told{}, version(1, incident.Suspected, detect.Warning), "", time.Time{}},
		{"an outage begins", outages, Told{}, version(2, incident.Confirmed, detect.Outage), Confirmed, soon},
		{"a recovering outage is an outage", outages, Told{}, version(2, incident.Recovering, detect.Outage), Confirmed, soon},
		{"it is over before it was told", everything, Told{}, version(3, incident.Resolved, detect.OK), "", time.Time{}},
		{"it is over and its beginning was lost", everything, lost, version(3, incident.Resolved, detect.OK), "", time.Time{}},
		{"it goes on and its beginning was lost", everything, lost, version(3, incident.Confirmed, detect.Outage, noted(incident.Annotated)), Confirmed, soon},
		{"a warning becomes an outage", everything, warned, version(2, incident.Confirmed, detect.Outage), Confirmed, soon},
		{"an outage is over", everything, alarmed, version(3, incident.Resolved, detect.OK), Resolved, later},
		{"its end was not asked for", noEnd, alarmed, version(3, incident.Resolved, detect.OK), "", time.Time{}},
		{"it goes on after its end", everything, ended, version(4, incident.Confirmed, detect.Outage), Reopened, later},
		{"nothing changes", everything, alarmed, version(3, incident.Recovering, detect.Outage), "", time.Time{}},
		{"an old version", everything, alarmed, version(2, incident.Resolved, detect.OK), "", time.Time{}},
		{"a note", everything, alarmed, version(3, incident.Confirmed, detect.Outage, noted(incident.Annotated)), Updated, later},
		{"a correction", everything, alarmed, version(3, incident.Confirmed, detect.Outage, noted(incident.Annotated), noted(incident.Corrected)), Corrected, later},
		{"a correction of what is over", everything, ended, version(4, incident.Resolved, detect.OK, noted(incident.Corrected)), Corrected, later},
		{"a retraction", everything, alarmed, version(3, incident.Resolved, detect.OK, takeBack, noted(incident.Retracted)), Retracted, soon},
		{"a retraction of what is over", everything, ended, version(4, incident.Resolved, detect.OK, takeBack, noted(incident.Retracted)), Retracted, soon},
		{"a retraction of what was not told", everything, Told{}, version(4, incident.Resolved, detect.OK, takeBack, noted(incident.Retracted)), "", time.Time{}},
		{"a note on a retraction", everything, takenBack, version(5, incident.Resolved, detect.OK, takeBack, noted(incident.Retracted), noted(incident.Annotated)), Updated, later},
		{"it recovers", detailed, alarmed, version(3, incident.Recovering, detect.Outage), Recovering, later},
		{"another country", inIndia, Told{}, version(1, incident.Suspected, detect.Warning, in("BD")), "", time.Time{}},
		{"it reaches the country", inIndia, Told{}, version(2, incident.Suspected, detect.Warning, in("BD"), in("IN")), Suspected, soon},
		{"it has left the country, and is over", inIndia, warned, version(3, incident.Resolved, detect.OK, in("BD")), Resolved, later},
		{"a longer distance", rare, alarmed, version(3, incident.Resolved, detect.OK), Resolved, noon.Add(time.Hour)},
	} {
		d := Decide(&x.s, x.told, x.in, About{}, soon)
		if d.Kind != x.kind || !d.Due.Equal(x.due) {
			t.Errorf("%s: Decide = %q due %v, want %q due %v", x.name, d.Kind, d.Due, x.kind, x.due)
		}
	}
}

func TestMessageIDsAreStable(t *testing.T) {
	a, b := MessageID("s", "acme@1"), MessageID("s", "acme@2")
	if a != MessageID("s", "acme@1") || a == b || a == MessageID("sa", "cme@1") || len(a) != len("msg_")+26 {
		t.Errorf("MessageID gives %s and %s: it must be the same for the same arguments only", a, b)
	}
}
