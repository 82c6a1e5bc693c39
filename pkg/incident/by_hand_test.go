package incident

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
)

// order returns an order of an operator at the present time of a story.
func (s *story) order(action int64) Order {
	return Order{Action: action, At: s.at, Text: map[string]string{"en": "A test by the university."}}
}

// by applies a change by an operator.
func (s *story) by(next *Incident, events []Event, err error) *story {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	if len(events) != 1 || next.Version != s.incident.Version+1 || len(next.Corrections) != len(s.incident.Corrections)+1 {
		s.t.Fatalf("a change by an operator gives %d events, version %d after %d and %d corrections", len(events), next.Version, s.incident.Version, len(next.Corrections))
	}
	s.incident = next
	s.timeline = append(s.timeline, events...)
	return s
}

// since returns a judgement of an anomaly that began at a time.
func since(level detect.Level, onset time.Time) Judgement {
	j := world(level)
	j.Service.Onset, j.Service.Anomalous = onset, true
	return j
}

func TestARetractedIncidentDoesNotComeBackWhileItsAnomalyLasts(t *testing.T) {
	s := begin(t)
	flood := since(detect.Outage, noon)
	s.ticks(time.Minute, flood)
	id := s.incident.ID
	s.by(s.incident.Retract(s.order(1)))
	if in := s.incident; !in.IsRetracted() || in.State != Resolved || in.Level != detect.OK || !in.Resolved.Equal(s.at) {
		t.Errorf("retracted: %+v", in)
	}
	s.ticks(2*time.Hour, flood.Dismiss(s.incident.Dismissed))
	if s.incident == nil || s.incident.ID != id {
		t.Fatalf("while the flood lasts the incident is %+v, want the retracted one", s.incident)
	}
	s.want(BecameSuspected, BecameConfirmed, Retracted)

	onset := s.at.Add(-time.Minute).Truncate(time.Minute)
	s.tick(since(detect.Outage, onset).Dismiss(s.incident.Dismissed))
	if in := s.incident; in.ID == id || in.State != Suspected || !in.Onset.Equal(onset) {
		t.Errorf("trouble that began later gives %+v, want a new incident", in)
	}
	if s.incident.Dismissed.IsZero() {
		t.Error("the new incident has forgotten what was dismissed")
	}
}

func TestARetractedIncidentIsForgottenWithItsAnomaly(t *testing.T) {
	s := begin(t).ticks(time.Minute, since(detect.Outage, noon))
	s.by(s.incident.Retract(s.order(1)))
	if s.ticks(31*time.Minute, world(detect.OK)); s.incident != nil {
		t.Errorf("half an hour after the retraction there is %+v", s.incident)
	}
}

func TestAnEndByHandEndsTheIncidentWhileCountsAreHigh(t *testing.T) {
	s := begin(t).ticks(10*time.Minute, since(detect.Outage, noon))
	end := s.at.Add(-5 * time.Minute)
	s.by(s.incident.Correct(s.order(1), Fix{End: end}))
	if in := s.incident; in.State != Resolved || !in.Resolved.Equal(end) || in.IsRetracted() || in.Corrections[0].End == nil {
		t.Errorf("ended by hand: %+v", in)
	}
	s.ticks(time.Hour, since(detect.Outage, noon).Dismiss(s.incident.Dismissed)).want(BecameSuspected, BecameConfirmed, Corrected)
}

func TestASuspectedIncidentIsConfirmedByHand(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.Warning))
	s.by(s.incident.Confirm(s.order(1), time.Time{}))
	s.ticks(10*time.Minute, world(detect.Warning)).want(BecameSuspected, Declared)
	if in := s.incident; in.State != Confirmed || in.Level != detect.Outage || in.Verdict.Reason.Code != detect.ReasonByHand || in.Verdict.Confidence < leastSure {
		t.Errorf("confirmed by hand: %+v", in)
	}
	s.ticks(10*time.Second, world(detect.Outage))
	if code := s.incident.Verdict.Reason.Code; code == detect.ReasonByHand {
		t.Errorf("with evidence the reason is %q", code)
	}
	s.ticks(2*time.Minute, world(detect.OK)).want(BecameSuspected, Declared, BecameResolved)
}

func TestAnIncidentDeclaredWithoutEvidenceStaysOpenForItsHours(t *testing.T) {
	s := begin(t)
	s.incident, s.timeline = Declare("whatsapp", noon.Add(-10*time.Minute), noon.Add(2*time.Hour), []string{"IN", "BD", "IN"}, s.order(1))
	if in := s.incident; in.ID != "whatsapp-2022-10-25-1150" || in.Level != detect.Outage || !slices.Equal(in.countryCodes(), []string{"BD", "IN"}) {
		t.Fatalf("declared: %+v", in)
	}
	s.ticks(2*time.Hour, world(detect.OK)).want(Declared)
	if code := s.incident.Verdict.Reason.Code; code != detect.ReasonByHand {
		t.Errorf("its reason is %q, want %q", code, detect.ReasonByHand)
	}
	s.ticks(2*time.Minute, world(detect.OK)).want(Declared, BecameResolved)
	if got := s.incident.countryCodes(); !slices.Equal(got, []string{"BD", "IN"}) {
		t.Errorf("its countries are %v, want those that the operator named", got)
	}
}

func TestNamedCountriesStayWhateverTheCountsSay(t *testing.T) {
	s := begin(t).ticks(time.Minute, since(detect.Outage, noon))
	s.by(s.incident.Correct(s.order(1), Fix{Countries: []string{"NP", "BD"}}))
	s.ticks(time.Hour, since(detect.Outage, noon))
	if got := s.incident.countryCodes(); !slices.Equal(got, []string{"BD", "NP"}) {
		t.Errorf("countries are %v, want BD and NP", got)
	}
}

func TestWrongCorrectionsAreRefused(t *testing.T) {
	s := begin(t).ticks(10*time.Minute, since(detect.Outage, noon))
	retracted, _, err := s.incident.Retract(s.order(1))
	if err != nil {
		t.Fatal(err)
	}
	ended := s.incident.clone()
	ended.endByHand(s.at, s.at)
	for _, c := range []struct {
		name, field, says string
		do                func() (*Incident, []Event, error)
	}{
		{"end before onset", "end", "before the onset", func() (*Incident, []Event, error) {
			return s.incident.Correct(s.order(2), Fix{End: noon.Add(-time.Hour)})
		}},
		{"end before it was declared", "end", "declared", func() (*Incident, []Event, error) {
			return s.incident.Correct(s.order(2), Fix{End: noon.Add(10 * time.Second)})
		}},
		{"end in the future", "end", "future", func() (*Incident, []Event, error) {
			return s.incident.Correct(s.order(2), Fix{End: s.at.Add(time.Minute)})
		}},
		{"onset after the suspicion", "onset", "first suspected", func() (*Incident, []Event, error) {
			return s.incident.Correct(s.order(2), Fix{Onset: noon.Add(time.Minute)})
		}},
		{"nothing", "onset", "at least one", func() (*Incident, []Event, error) { return s.incident.Correct(s.order(2), Fix{}) }},
		{"correct what was retracted", "incident", "retracted", func() (*Incident, []Event, error) {
			return retracted.Correct(s.order(2), Fix{End: s.at})
		}},
		{"retract twice", "incident", "retracted before", func() (*Incident, []Event, error) { return retracted.Retract(s.order(2)) }},
		{"retract without a word", "text", "why", func() (*Incident, []Event, error) { return s.incident.Retract(Order{Action: 2, At: s.at}) }},
		{"an empty note", "text", "missing", func() (*Incident, []Event, error) { return s.incident.Annotate(Order{Action: 2, At: s.at}) }},
		{"confirm twice", "incident", "declared before", func() (*Incident, []Event, error) { return s.incident.Confirm(s.order(2), time.Time{}) }},
		{"confirm what is over", "incident", "over", func() (*Incident, []Event, error) { return ended.Confirm(s.order(2), time.Time{}) }},
		{"merge with itself", "into", "another", func() (*Incident, []Event, error) { return s.incident.Absorb(s.order(2), s.incident) }},
		{"merge what was retracted", "incident", "retracted", func() (*Incident, []Event, error) {
			other := retracted.clone()
			other.ID = "whatsapp-2022-10-25-1000"
			return s.incident.Absorb(s.order(2), other)
		}},
	} {
		_, _, err := c.do()
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != c.field || !strings.Contains(f.Msg, c.says) {
			t.Errorf("%s: %v, want an error of the field %s that says %q", c.name, err, c.field, c.says)
		}
	}
}

func TestAnIncidentThatGoesOnIsMergedIntoAnEarlierOne(t *testing.T) {
	s := begin(t).ticks(10*time.Minute, since(detect.Outage, noon)).ticks(45*time.Minute, world(detect.OK))
	first := s.incident
	if first != nil {
		t.Fatalf("the first one is still remembered: %+v", first)
	}
	s = begin(t).ticks(10*time.Minute, since(detect.Outage, noon)).ticks(2*time.Minute, world(detect.OK))
	first = s.incident
	later := begin(t)
	later.at = s.at.Add(40 * time.Minute)
	later.ticks(5*time.Minute, since(detect.Outage, later.at))
	second := later.incident
	joined, events, err := first.Absorb(later.order(7), second)
	if err != nil || len(events) != 1 {
		t.Fatalf("Absorb: %v, %v", events, err)
	}
	if joined.ID != first.ID || joined.State != Confirmed || joined.Version != first.Version+1 || !joined.Onset.Equal(first.Onset) ||
		!joined.Declared.Equal(first.Declared) || !joined.Resolved.IsZero() || joined.Corrections[0].Other != second.ID {
		t.Errorf("joined: %+v", joined)
	}
	part, _ := second.MergeInto(later.order(7), first.ID)
	if part.MergedInto != first.ID || !part.IsRetracted() || part.State != Resolved || !part.Dismissed.IsZero() {
		t.Errorf("the part: %+v", part)
	}
	later.incident, later.timeline = joined, nil
	later.ticks(time.Minute, since(detect.Outage, noon.Add(time.Hour))).want()
	later.ticks(2*time.Minute, world(detect.OK)).want(BecameResolved)
}

func TestTwoIncidentsThatAreOverAreMerged(t *testing.T) {
	a, _ := Declare("whatsapp", noon, time.Time{}, []string{"IN"}, Order{Action: 1, At: noon.Add(time.Minute)})
	a.endByHand(noon.Add(time.Hour), noon.Add(time.Hour))
	b, _ := Declare("whatsapp", noon.Add(2*time.Hour), time.Time{}, []string{"BD"}, Order{Action: 2, At: noon.Add(2 * time.Hour)})
	b.endByHand(noon.Add(3*time.Hour), noon.Add(3*time.Hour))
	for _, c := range []struct{ into, other *Incident }{{a, b}, {b, a}} {
		joined, _, err := c.into.Absorb(Order{Action: 3, At: noon.Add(4 * time.Hour)}, c.other)
		if err != nil {
			t.Fatal(err)
		}
		if joined.ID != c.into.ID || joined.State != Resolved || !joined.Onset.Equal(noon) || !joined.Resolved.Equal(noon.Add(3*time.Hour)) ||
			!slices.Equal(joined.countryCodes(), []string{"BD", "IN"}) {
			t.Errorf("%s with %s: %+v", c.into.ID, c.other.ID, joined)
		}
	}
}
