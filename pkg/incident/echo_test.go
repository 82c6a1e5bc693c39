package incident

import (
	"math"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// exactRatioLowerBound is ratioLowerBound by bisection. The shape is a whole number here, for
// which P(gamma(k) > x) is the Poisson probability of fewer than k at mean x.
func exactRatioLowerBound(n int64, m float64) float64 {
	k := int(n) + ratioPrior
	above := func(x float64) float64 {
		var sum float64
		for i := range k {
			log, _ := math.Lgamma(float64(i + 1))
			sum += math.Exp(float64(i)*math.Log(x) - x - log)
		}
		return sum
	}
	low, high := 1e-9, float64(k)
	for range 100 {
		if mid := (low + high) / 2; above(mid) > 0.95 {
			low = mid
		} else {
			high = mid
		}
	}
	return low / (m + ratioPrior)
}

func TestTheBoundOfTheRatioIsThatOfTheGammaPosterior(t *testing.T) {
	for n := int64(0); n <= 400; n++ {
		within := 0.003
		if n < 8 {
			within = 0.03
		}
		for _, m := range []float64{0, 0.3, 20} {
			got, want := ratioLowerBound(n, m), exactRatioLowerBound(n, m)
			if math.Abs(got-want) > within*want {
				t.Fatalf("ratioLowerBound(%d, %g) = %.5f, exact %.5f", n, m, got, want)
			}
		}
	}
}

func TestTheBoundOfFewReportsIsLow(t *testing.T) {
	if got := ratioLowerBound(4, 0.01); got > 1.5 {
		t.Errorf("the bound of 4 reports where none is expected is %.1f, want at most 1.5", got)
	}
	if got := ratioLowerBound(10_000, 1000); got < 9.7 || got > 10 {
		t.Errorf("the bound of 10,000 reports where 1,000 are expected is %.2f, want 9.7 to 10", got)
	}
	if got := ratioLowerBound(10, -1); got != ratioLowerBound(10, 0) {
		t.Errorf("the bound for a negative expectation is %.2f, want that for 0", got)
	}
}

// echoing returns the judgement of an outage that may be the echo of another.
func echoing(faint bool) Judgement {
	j := world(detect.Outage)
	j.Relation = Relation{EchoOf: "facebook", Faint: faint}
	return j
}

func TestAnEchoIsHeldForFifteenMinutes(t *testing.T) {
	s := begin(t).ticks(15*time.Minute, echoing(false)).want(BecameSuspected)
	if in := s.incident; in.EchoOf != "facebook" || in.Level != detect.Warning || !in.Echoed.Equal(noon) {
		t.Errorf("while it is held it is %+v", in)
	}
	s.ticks(30*time.Second, echoing(false)).want(BecameSuspected, BecameConfirmed)
	if in := s.incident; in.EchoOf != "" || in.Level != detect.Outage || !in.Declared.Equal(noon.Add(15*time.Minute+20*time.Second)) {
		t.Errorf("after that it is %+v", in)
	}
	s.ticks(time.Minute, echoing(true))
	if in := s.incident; in.EchoOf != "" || in.State != Confirmed {
		t.Errorf("a confirmed one is %s and an echo of %q", in.State, in.EchoOf)
	}
}

func TestTheHoldBeginsWithTheEvidenceOfAnOutage(t *testing.T) {
	weak := echoing(false)
	weak.Service = verdict(detect.Warning)
	s := begin(t).ticks(40*time.Minute, weak).ticks(15*time.Minute, echoing(false)).want(BecameSuspected)
	s.ticks(30*time.Second, echoing(false)).want(BecameSuspected, BecameConfirmed)
}

func TestAHoldIsNotLengthenedByBreaks(t *testing.T) {
	s := begin(t)
	for range 7 {
		s.ticks(2*time.Minute, echoing(false)).tick(world(detect.OK))
	}
	s.want(BecameSuspected).ticks(time.Minute, echoing(false)).want(BecameSuspected, BecameConfirmed)
}

func TestAFaintEchoIsNeverConfirmed(t *testing.T) {
	s := begin(t).ticks(2*time.Hour, echoing(true)).want(BecameSuspected)
	s.tick(ended(s.at.Add(-time.Minute))).want(BecameSuspected, BecameResolved)
	if in := s.incident; !in.Declared.IsZero() || in.EchoOf != "facebook" {
		t.Errorf("it ended as %+v, want an echo of facebook that was never declared", in)
	}
}

func TestAnIncidentThatIsNoEchoAnyMoreIsConfirmedTwoTicksLater(t *testing.T) {
	s := begin(t).ticks(10*time.Minute, echoing(true)).tick(world(detect.Outage)).want(BecameSuspected)
	if in := s.incident; in.EchoOf != "" {
		t.Errorf("it is still an echo of %s", in.EchoOf)
	}
	s.tick(world(detect.Outage)).want(BecameSuspected).tick(world(detect.Outage)).want(BecameSuspected, BecameConfirmed)

	// A single tick of it confirms nothing.
	s = begin(t)
	for range 20 {
		s.ticks(time.Minute, echoing(true)).tick(world(detect.Outage))
	}
	s.want(BecameSuspected)
}

func TestReadersLearnOfAnEchoAndItsEnd(t *testing.T) {
	s := begin(t).tick(world(detect.Warning))
	version := s.incident.Version
	weak := echoing(true)
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
	s.ticks(5*time.Minute, world(detect.OK)).ticks(time.Minute, echoing(true))
	s.want(BecameSuspected, BecameConfirmed, BecameResolved, Reopened, BecameConfirmed)
}
