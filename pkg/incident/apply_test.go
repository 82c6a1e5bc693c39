package incident

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

func TestWithoutTroubleThereIsNoIncident(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.OK)).ticks(time.Minute, world(detect.Unknown)).ticks(time.Minute, Judgement{}).want()
	if s.incident != nil {
		t.Errorf("incident is %+v, want none", s.incident)
	}
}

func TestAnOutageIsSuspectedConfirmedRecoveringAndResolved(t *testing.T) {
	s := begin(t).tick(world(detect.Outage)).want(BecameSuspected)
	if in := s.incident; in.State != Suspected || in.Level != detect.Warning || in.ID != "whatsapp-2022-10-25-1157" || !in.Suspected.Equal(noon) {
		t.Errorf("at first: %+v", in)
	}
	s.tick(world(detect.Outage)).want(BecameSuspected)
	s.tick(world(detect.Outage)).want(BecameSuspected, BecameConfirmed)
	if in := s.incident; in.State != Confirmed || in.Level != detect.Outage || !in.Declared.Equal(noon.Add(20*time.Second)) {
		t.Errorf("two ticks later: %+v", in)
	}
	version := s.incident.Version
	s.ticks(time.Hour, world(detect.Outage)).want(BecameSuspected, BecameConfirmed)
	if s.incident.Version != version {
		t.Errorf("version went from %d to %d though nothing changed", version, s.incident.Version)
	}
	s.ticks(time.Minute, easing()).want(BecameSuspected, BecameConfirmed, BecameRecovering)
	if in := s.incident; in.State != Recovering || in.Level != detect.Outage || in.Easing.IsZero() {
		t.Errorf("while it recovers: %+v", in)
	}
	end := s.at.Add(-5 * time.Minute)
	s.tick(ended(end)).want(BecameSuspected, BecameConfirmed, BecameRecovering, BecameResolved)
	if in := s.incident; in.State != Resolved || in.Level != detect.OK || !in.Resolved.Equal(end) {
		t.Errorf("at the end: %+v", in)
	}
	s.ticks(24*time.Minute, world(detect.OK))
	if s.incident == nil {
		t.Error("the incident is gone while it may reopen")
	}
	if s.ticks(10*time.Minute, world(detect.OK)); s.incident != nil {
		t.Error("the incident is still there when it cannot reopen any more")
	}
}

func TestEvidenceWithBreaksConfirmsNothing(t *testing.T) {
	s := begin(t)
	for range 10 {
		s.tick(world(detect.Outage)).tick(world(detect.Outage)).tick(world(detect.Warning))
	}
	s.want(BecameSuspected)
	for range 10 {
		s.tick(world(detect.Outage)).tick(world(detect.Outage)).tick(world(detect.OK))
	}
	s.want(BecameSuspected)
	for range 10 {
		s.tick(world(detect.Outage)).tick(world(detect.Outage)).tick(Judgement{})
	}
	s.want(BecameSuspected)
}

func TestASuspicionWithoutEvidenceEndsUndeclared(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.Warning)).ticks(50*time.Second, world(detect.OK)).want(BecameSuspected)
	s.ticks(30*time.Second, world(detect.OK)).want(BecameSuspected, BecameResolved)
	if in := s.incident; !in.Declared.IsZero() || !in.Resolved.Equal(noon.Add(time.Minute)) {
		t.Errorf("it was resolved as %+v", in)
	}
}

func TestNoIncidentEndsBeforeItsOnset(t *testing.T) {
	s := begin(t).tick(world(detect.Warning)).tick(ended(noon.Add(-time.Hour)))
	if in := s.incident; in.State != Resolved || in.Resolved.Before(in.Onset) {
		t.Errorf("it is %+v", in)
	}
}

func TestAnOutageThatFallsAndRisesIsConfirmedAgain(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.Outage)).ticks(time.Minute, easing()).ticks(time.Minute, world(detect.Warning))
	s.want(BecameSuspected, BecameConfirmed, BecameRecovering, BecameConfirmed)
	if in := s.incident; in.Level != detect.Outage || !in.Declared.Equal(noon.Add(20*time.Second)) || !in.Easing.IsZero() {
		t.Errorf("it is %+v", in)
	}
}

func TestUnknownMinutesChangeNoState(t *testing.T) {
	for name, j := range map[string]Judgement{"unknown": {}, "unknown with verdicts": {Service: verdict(detect.Unknown)}, "unknown with an end": {Service: detect.Verdict{Ended: noon}}} {
		s := begin(t).ticks(time.Minute, world(detect.Outage))
		before := *s.incident
		s.ticks(2*time.Hour, j)
		if in := s.incident; in.State != before.State || in.Level != before.Level || in.Version != before.Version {
			t.Errorf("%s: from %+v to %+v", name, before, in)
		}
		// Quiet ticks before the gap do not count after it.
		s = begin(t).ticks(time.Minute, world(detect.Outage)).ticks(50*time.Second, world(detect.OK)).ticks(time.Hour, j).tick(world(detect.OK))
		if s.incident.State != Confirmed {
			t.Errorf("%s: a gap closed it", name)
		}
	}
}

func TestTroubleSoonAfterTheEndReopens(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.Outage)).tick(ended(noon.Add(30 * time.Second)))
	id := s.incident.ID
	s.ticks(20*time.Minute, world(detect.OK))
	again := world(detect.Outage)
	again.Service.Onset = noon.Add(15 * time.Minute)
	s.ticks(time.Minute, again).want(BecameSuspected, BecameConfirmed, BecameResolved, Reopened, BecameConfirmed)
	if in := s.incident; in.ID != id || !in.Onset.Equal(noon.Add(-3*time.Minute)) || !in.Resolved.IsZero() || !in.Declared.Equal(noon.Add(20*time.Second)) {
		t.Errorf("reopened as %+v", in)
	}
}

func TestTroubleLongAfterTheEndIsAnotherIncident(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.Outage)).tick(ended(noon.Add(30 * time.Second)))
	last := s.incident
	s.at = noon.Add(40 * time.Minute)
	if Reopens(last, s.at, defaultPolicy) {
		t.Error("it reopens after 40 minutes")
	}
	again := world(detect.Outage)
	again.Service.Onset = noon // before the first one was over
	s.tick(again).tick(again)
	if in := s.incident; in.ID == last.ID || in.Onset.Before(last.Resolved) || in.Version != 1 {
		t.Errorf("the next is %+v after %+v", in, last)
	}
}

func TestTheOnsetIsFinal(t *testing.T) {
	s := begin(t).tick(world(detect.Warning))
	first := *s.incident
	later := world(detect.Outage)
	later.Service.Onset = noon.Add(-8 * time.Minute)
	s.ticks(time.Minute, later)
	if in := s.incident; in.ID != first.ID || !in.Onset.Equal(first.Onset) || in.ID != "whatsapp-"+in.Onset.Format("2006-01-02-1504") {
		t.Errorf("it is %s since %v, at first %s since %v", in.ID, in.Onset, first.ID, first.Onset)
	}
}

func TestTheOnsetIsNotAfterTheSuspicion(t *testing.T) {
	j := world(detect.Warning)
	j.Service.Onset = noon.Add(time.Hour)
	if in := begin(t).tick(j).incident; in.Onset.After(in.Suspected) {
		t.Errorf("onset %v, suspected %v", in.Onset, in.Suspected)
	}
}

func TestAnIncidentAfterOneThatJustEndedBeginsNotAfterItsSuspicion(t *testing.T) {
	j := world(detect.Outage)
	j.At = noon.Add(20 * time.Second)
	if got := firstOnset(j, noon.Add(time.Minute)); got.After(j.At) {
		t.Errorf("onset %v, suspected %v", got, j.At)
	}
	if got := firstOnset(j, noon); !got.Equal(noon) {
		t.Errorf("onset %v, want the end %v of the incident before", got, noon)
	}
}

func TestOneCountryAloneIsAnIncident(t *testing.T) {
	j := world(detect.OK)
	j.Countries = []CountryVerdict{{"BD", verdict(detect.Outage)}, {"IN", verdict(detect.OK)}}
	j.CountrySegments = []Segment{{ID: "IN", Observed: 90, Expected: 30}} // ignored: the service itself is ok
	s := begin(t).ticks(time.Minute, j).want(BecameSuspected, BecameConfirmed)
	if in := s.incident; len(in.Countries) != 1 || in.Countries[0].ID != "BD" || in.Countries[0].Level != detect.Outage || in.Verdict.Observed != 40 {
		t.Errorf("it is %+v", in)
	}
	end := world(detect.OK)
	end.Countries = []CountryVerdict{{"BD", detect.Verdict{Ended: noon.Add(40 * time.Second)}}}
	s.tick(end).want(BecameSuspected, BecameConfirmed, BecameResolved)
	if !s.incident.Resolved.Equal(noon.Add(40 * time.Second)) {
		t.Errorf("over at %v", s.incident.Resolved)
	}
}

func TestCountriesJoinAndLeaveWhenItLasts(t *testing.T) {
	s := begin(t).ticks(6*time.Minute, rose("GB")).want(BecameSuspected, BecameConfirmed)
	if got := names(s.incident.Countries); !slices.Equal(got, []string{"GB"}) {
		t.Fatalf("countries are %v", got)
	}
	for range 30 { // India is affected with breaks
		s.tick(rose("GB", "IN")).tick(rose("GB", "IN")).tick(rose("GB"))
	}
	s.want(BecameSuspected, BecameConfirmed)
	s.ticks(2*time.Minute, rose("GB", "IN")).want(BecameSuspected, BecameConfirmed, CountriesChanged)
	if e := s.timeline[2]; !slices.Equal(e.Countries, []string{"GB", "IN"}) || e.Version != s.incident.Version {
		t.Errorf("the event is %+v", e)
	}
	s.ticks(4*time.Minute, rose("GB", "IN", "BR")).want(BecameSuspected, BecameConfirmed, CountriesChanged)
	s.ticks(2*time.Minute, rose("GB", "IN", "BR")).want(BecameSuspected, BecameConfirmed, CountriesChanged, CountriesChanged)
	s.ticks(14*time.Minute, rose("IN")).want(BecameSuspected, BecameConfirmed, CountriesChanged, CountriesChanged)
	if got := names(s.incident.Countries); len(got) != 3 {
		t.Errorf("after 14 minutes %v are left", got)
	}
	s.ticks(2*time.Minute, rose("IN")).want(BecameSuspected, BecameConfirmed, CountriesChanged, CountriesChanged, CountriesChanged)
	if got := names(s.incident.Countries); !slices.Equal(got, []string{"IN"}) {
		t.Errorf("countries are %v", got)
	}
}

func TestReportsNeverFall(t *testing.T) {
	j := world(detect.Outage)
	j.Reports = 70
	s := begin(t).tick(j)
	j.Reports = 20
	s.tick(j)
	last := ended(noon)
	last.Reports = 90
	if s.tick(last); s.incident.Reports != 90 {
		t.Errorf("%d reports", s.incident.Reports)
	}
}

func TestAnIncidentSurvivesJSON(t *testing.T) {
	j := rose("GB", "IN")
	j.Countries = []CountryVerdict{{"GB", verdict(detect.Outage)}}
	j.SymptomSegments = []Segment{{ID: "messaging", Observed: 80, Expected: 3}}
	s := begin(t).ticks(time.Minute, j)
	s.incident.Linked, s.incident.EchoOf, s.incident.Echoed = []string{"facebook-2022-10-25-1158"}, "instagram", noon
	data, err := json.Marshal(s.incident)
	if err != nil {
		t.Fatal(err)
	}
	var back Incident
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, s.incident) {
		// The levels of symptoms are not stored.
		for i := range s.incident.Symptoms {
			s.incident.Symptoms[i].Level = 0
		}
		if !reflect.DeepEqual(&back, s.incident) {
			t.Errorf("came back as %+v\nwas %+v", back, *s.incident)
		}
	}
}
