package incident

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// echoing returns the judgement of an outage that another one explains.
func echoing() Judgement {
	j := world(detect.Outage)
	j.Relation = Relation{EchoOf: "facebook", Share: 0.04, Fit: 0.9}
	return j
}

// failing returns the judgement of an outage that began at onset, beside an echo.
func failing(onset time.Time) Judgement {
	j := world(detect.Outage)
	j.Relation = Relation{Rest: onset}
	return j
}

func TestAnEchoIsNeverConfirmed(t *testing.T) {
	s := begin(t).ticks(12*time.Hour, echoing()).want(BecameSuspected)
	in := s.incident
	if in.EchoOf != "facebook" || in.EchoShare != 0.04 || in.EchoFit != 0.9 || in.Level != detect.Warning || !in.Echoed.Equal(noon) || in.Verdict.Reason.Code != detect.ReasonEcho {
		t.Errorf("after twelve hours it is %+v, want a warning as an echo of facebook", in)
	}
	s.tick(ended(s.at.Add(-time.Minute))).want(BecameSuspected, BecameResolved)
	if in := s.incident; !in.Declared.IsZero() || in.EchoOf != "facebook" || in.EchoShare != 0.04 {
		t.Errorf("it ended as %+v, want an echo of facebook that was never declared", in)
	}
}

func TestAnIncidentThatIsNoEchoAnyMoreIsConfirmedTwoTicksLater(t *testing.T) {
	s := begin(t).ticks(10*time.Minute, echoing()).tick(world(detect.Outage)).want(BecameSuspected)
	if in := s.incident; in.EchoOf != "" {
		t.Errorf("it is still an echo of %s", in.EchoOf)
	}
	s.tick(world(detect.Outage)).want(BecameSuspected).tick(world(detect.Outage)).want(BecameSuspected, BecameConfirmed)
	if s.ticks(time.Minute, echoing()); s.incident.EchoOf != "" || s.incident.EchoShare != 0 || s.incident.State != Confirmed {
		t.Errorf("a confirmed one is %s and an echo of %q, want it to stay as it is", s.incident.State, s.incident.EchoOf)
	}

	// A single tick of it confirms nothing.
	s = begin(t)
	for range 20 {
		s.ticks(time.Minute, echoing()).tick(world(detect.Outage))
	}
	s.want(BecameSuspected)
}

// TestAFailureBesideAnEchoIsAnIncidentOfItsOwn has a service fail 40 minutes after
// it began to echo.
func TestAFailureBesideAnEchoIsAnIncidentOfItsOwn(t *testing.T) {
	s := begin(t).ticks(40*time.Minute, echoing())
	onset := s.at.Add(-3 * time.Minute)
	s.tick(failing(onset)).tick(failing(onset)).want(BecameSuspected)
	if in := s.incident; in.EchoOf != "facebook" {
		t.Errorf("until it is confirmed it is an echo of %q, want facebook", in.EchoOf)
	}
	j := failing(onset)
	j.At = s.at
	echo := s.incident
	ended, timeline := EndEcho(echo, j, defaultPolicy)
	if ended == nil || len(timeline) != 1 || timeline[0].Change != BecameResolved || ended.EchoOf != "facebook" || !ended.Declared.IsZero() || !ended.Resolved.Before(onset) {
		t.Fatalf("EndEcho = %+v, %v, want the echo resolved before %s", ended, timeline, onset)
	}
	next, events := Apply(ended, "whatsapp", j, defaultPolicy)
	if len(events) != 2 || events[0].Change != BecameSuspected || events[1].Change != BecameConfirmed {
		t.Fatalf("the events are %v, want that it is suspected and confirmed", events)
	}
	if next.ID == ended.ID || next.State != Confirmed || !next.Onset.Equal(onset) || !next.Declared.Equal(j.At) || next.EchoOf != "" {
		t.Errorf("the incident is %+v, want one declared at %s with the onset %s", next, j.At, onset)
	}
}

func TestAFailureThatBeganWithItsEchoIsTheSameIncident(t *testing.T) {
	s := begin(t).ticks(10*time.Minute, echoing())
	j := failing(noon)
	s.tick(j).tick(j)
	j.At = s.at
	if ended, _ := EndEcho(s.incident, j, defaultPolicy); ended != nil {
		t.Errorf("EndEcho = %+v, want nil", ended)
	}
	s.tick(j).want(BecameSuspected, BecameConfirmed)
}

func TestAFailureBesideAnEchoMustLast(t *testing.T) {
	s := begin(t)
	for range 20 {
		s.ticks(2*time.Minute, echoing())
		j := failing(s.at)
		s.tick(j).tick(j)
		j = echoing()
		j.At = s.at
		if ended, _ := EndEcho(s.incident, j, defaultPolicy); ended != nil {
			t.Fatalf("EndEcho = %+v after two ticks, want nil", ended)
		}
	}
	s.want(BecameSuspected)
}

func TestReadersLearnOfAnEchoAndItsEnd(t *testing.T) {
	s := begin(t).tick(world(detect.Warning))
	version := s.incident.Version
	weak := echoing()
	weak.Service = verdict(detect.Warning)
	if s.tick(weak); s.incident.Version != version+1 || s.incident.EchoOf != "facebook" {
		t.Errorf("version %d after %d, an echo of %q", s.incident.Version, version, s.incident.EchoOf)
	}
	if s.ticks(10*time.Minute, weak); s.incident.Version != version+1 {
		t.Errorf("version %d though nothing changed", s.incident.Version)
	}
	if s.tick(world(detect.Warning)); s.incident.Version != version+2 || s.incident.EchoOf != "" {
		t.Errorf("version %d after %d, an echo of %q", s.incident.Version, version+1, s.incident.EchoOf)
	}
}

func TestAConfirmedIncidentReopensAsNoEcho(t *testing.T) {
	s := begin(t).ticks(time.Minute, world(detect.Outage)).tick(ended(noon.Add(30 * time.Second)))
	s.ticks(5*time.Minute, world(detect.OK)).ticks(time.Minute, echoing())
	s.want(BecameSuspected, BecameConfirmed, BecameResolved, Reopened, BecameConfirmed)
}
