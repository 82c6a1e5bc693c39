package detect

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

const day = 24 * time.Hour

// end is where simulated histories end: a Monday, four weeks on.
var end = monday.Add(28 * day)

// near fails t unless got is within this relative tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, tolerance)
	}
}

// flat returns n hours up to end with this many reports each.
func flat(n int, reports float64) []Count {
	var h []Count
	for i := n; i > 0; i-- {
		h = append(h, Count{Start: end.Add(-time.Duration(i) * time.Hour), Width: time.Hour, N: reports, Known: 1})
	}
	return h
}

func TestLearnFindsLevelAndSeason(t *testing.T) {
	for _, per5 := range []float64{2, 20, 200} {
		s := newSim(3, per5)
		b := Learn(s.history(end, 28*24), end, nil)
		worst := 0.0
		for h := range hours {
			at := end.Add(time.Duration(h)*time.Hour + 30*time.Minute)
			if h < 30 {
				continue // the recent factor has not decayed yet
			}
			worst = max(worst, math.Abs(math.Log(b.Mean(at)/s.rate(at))))
		}
		if worst > 0.35 {
			t.Errorf("%v per 5 minutes: an hour is off by a factor of %v", per5, math.Exp(worst))
		}
		near(t, "a week's sum", b.Expected(end.Add(7*day), end.Add(14*day)), per5/5*10080*0.943, 0.07)
	}
}

func TestLearnWithoutHistoryIsTheParentOrTheDefault(t *testing.T) {
	near(t, "default", Learn(nil, end, nil).Mean(end), 1.0/15, 1e-9)
	parent := Learn(newSim(1, 20).history(end, 28*24), end, nil)
	child := Learn(nil, end, parent.Scaled(0.25))
	for h := range hours {
		at := end.Add(time.Duration(h+200) * time.Hour)
		near(t, "child's mean", child.Mean(at), parent.Mean(at)/4, 0.01)
	}
}

func TestTheSeasonIsTheParentsUntilThereIsData(t *testing.T) {
	parent := Learn(newSim(1, 20).history(end, 28*24), end, nil)
	few := Learn(flat(28*24, 0.1), end, parent)
	if few.Season != parent.Season {
		t.Error("67 reports gave a season of their own")
	}
	many := Learn(flat(28*24, 6000), end, parent)
	for h, f := range many.Season.Factors {
		near(t, "factor of a flat series at hour "+time.Duration(h).String(), f, 1, 0.02)
	}
	near(t, "level", many.Level, 100, 0.01)
}

func TestAnOutageBarelyMovesTheMeanOfNextWeek(t *testing.T) {
	for _, per5 := range []float64{0.2, 2, 20, 200} {
		clean := newSim(5, per5).history(end, 28*24)
		dirty := append([]Count(nil), clean...)
		for i := len(dirty) - 40; i < len(dirty)-34; i++ {
			dirty[i].N *= 50
		}
		without, with := Learn(clean, end, nil), Learn(dirty, end, nil)
		next := end.Add(7 * day)
		near(t, "next week's mean", with.Expected(next, next.Add(7*day)), without.Expected(next, next.Add(7*day)), 0.05)
		worst := 0.0
		for h := range hours {
			from := next.Add(time.Duration(h) * time.Hour)
			worst = max(worst, with.Expected(from, from.Add(time.Hour))/without.Expected(from, from.Add(time.Hour)))
		}
		if worst > 1.3 {
			t.Errorf("%v per 5 minutes: an hour of next week rose by %v", per5, worst)
		}
	}
}

func TestALevelThatLastsForADayIsAccepted(t *testing.T) {
	h := flat(28*24, 60)
	for i := len(h) - 12; i < len(h); i++ {
		h[i].N = 180
	}
	if got := Learn(h, end, nil).Level; got > 1.2 {
		t.Errorf("after 12 hours the level is already %v a minute", got)
	}
	for i := len(h) - 24; i < len(h); i++ {
		h[i].N = 180
	}
	near(t, "level after a day at three times the old one", Learn(h, end, nil).Mean(end), 3, 0.1)
}

func TestUnknownTimeIsNotZero(t *testing.T) {
	h := flat(28*24, 60)
	for i := range h {
		switch i % 3 {
		case 0:
			h[i].N, h[i].Known = 0, 0
		case 1:
			h[i].N, h[i].Known = 30, 0.5
		}
	}
	b := Learn(h, end, nil)
	near(t, "level", b.Level, 1, 0.02)
	near(t, "history in hours", b.Exposure.Hours(), 28*24*0.5, 0.01)
}

func TestLearnIgnoresTheFuture(t *testing.T) {
	h := newSim(2, 20).history(end, 28*24)
	cut := end.Add(-3 * day)
	if a, b := Learn(h, cut, nil), Learn(h[:len(h)-72], cut, nil); !reflect.DeepEqual(a, b) {
		t.Error("hours after the end changed the baseline")
	}
}

func TestQuartersOfAnHourGiveTheBaselineOfHours(t *testing.T) {
	s := newSim(4, 20)
	var quarters, whole []Count
	for at := monday; at.Before(end); at = at.Add(time.Hour) {
		sum := 0.0
		for q := range time.Duration(4) {
			n := s.poisson(15 * s.rate(at))
			sum += n
			quarters = append(quarters, Count{Start: at.Add(q * 15 * time.Minute), Width: 15 * time.Minute, N: n, Known: 1})
		}
		whole = append(whole, Count{Start: at, Width: time.Hour, N: sum, Known: 1})
	}
	a, b := Learn(quarters, end, nil), Learn(whole, end, nil)
	for h := range hours {
		at := end.Add(time.Duration(h) * time.Hour)
		near(t, "mean", a.Mean(at), b.Mean(at), 0.08)
	}
}

func TestExpectedIsTheIntegralOfMean(t *testing.T) {
	kathmandu, err := time.LoadLocation("Asia/Kathmandu") // 5 h 45 ahead
	if err != nil {
		t.Fatal(err)
	}
	b := Learn(newSim(1, 20).history(end, 28*24), end.In(kathmandu), nil)
	for _, span := range []time.Duration{time.Minute, 7 * time.Minute, time.Hour, 25*time.Hour + 11*time.Second} {
		from := end.Add(-13*time.Minute - 30*time.Second)
		want := 0.0
		for at := from; at.Before(from.Add(span)); at = at.Add(time.Second) {
			want += b.Mean(at.Add(time.Second/2)) / 60
		}
		near(t, "expected over "+span.String(), b.Expected(from, from.Add(span)), want, 0.002)
	}
	if got := b.Expected(end, end); got != 0 {
		t.Errorf("an empty span holds %v", got)
	}
}

func TestSeasonFollowsLocalTimeThroughDaylightSaving(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []time.Time{
		time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC), time.Date(2024, 10, 27, 1, 0, 0, 0, time.UTC),
	} {
		// Busy from 9 to 17 in Berlin, quiet otherwise.
		var h []Count
		for at := change.Add(-28 * day); at.Before(change); at = at.Add(time.Hour) {
			n := 60.0
			if hour := at.In(berlin).Hour(); hour >= 9 && hour < 17 {
				n = 600
			}
			h = append(h, Count{Start: at, Width: time.Hour, N: n, Known: 1})
		}
		b := Learn(h, change.In(berlin), nil)
		noon := time.Date(change.Year(), change.Month(), change.Day()+1, 12, 30, 0, 0, berlin)
		near(t, "noon after the change", b.Mean(noon), 10, 0.1)
		near(t, "an hour before opening", b.Mean(noon.Add(-5*time.Hour)), 1, 0.25)
	}
}

func TestBaselineSurvivesJSON(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	b := Learn(newSim(1, 20).history(end, 28*24), end.In(kolkata), nil)
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var back Baseline
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	for h := range 400 {
		at := end.Add(time.Duration(h) * 29 * time.Minute)
		if b.Mean(at) != back.Mean(at) {
			t.Fatalf("mean at %v was %v, is %v", at, b.Mean(at), back.Mean(at))
		}
	}
	if b.Upper(30) != back.Upper(30) || b.Exposure != back.Exposure {
		t.Error("upper edge or exposure changed")
	}
	if err := json.Unmarshal([]byte(`{"season":{"zone":"Nowhere/Land"}}`), &back); err == nil {
		t.Error("an unknown zone was accepted")
	}
}

func TestUpperIsWiderThanPoissonAndMonotone(t *testing.T) {
	b := Learn(newSim(1, 20).history(end, 28*24), end, nil)
	last := 0.0
	for m := 0.01; m < 1e5; m *= 1.5 {
		u := b.Upper(m)
		if u < last || u < quantile(m, 1e9)-1 {
			t.Errorf("upper edge of %v is %v after %v", m, u, last)
		}
		last = u
	}
}

func TestTheForecastHasTheVarianceOfTheCounts(t *testing.T) {
	forecast, measured := 0.0, 0.0
	for seed := range uint64(6) {
		s := newSim(seed, 200)
		s.rateSD = 0.15
		b := Learn(s.history(end, 28*24), end, nil)
		b.Recent = 1
		for _, c := range s.history(end.Add(14*day), 14*24) {
			m := b.Expected(c.Start, c.Start.Add(time.Hour))
			measured += ((c.N-m)*(c.N-m) - m) / (m * m) / (14 * 24)
		}
		forecast += b.RateVariance + b.Uncertainty
	}
	if forecast < 0.85*measured || forecast > 1.5*measured {
		t.Errorf("relative variance of the forecast is %v, that of the counts %v", forecast/6, measured/6)
	}
}

func TestTheRecentFactorFollowsTheLastHours(t *testing.T) {
	h := flat(28*24, 600)
	for i := len(h) - 8; i < len(h); i++ {
		h[i].N = 720
	}
	b := Learn(h, end, nil)
	if now := b.Mean(end); now < 11 || now > 12.2 {
		t.Errorf("after 8 hours at 12 a minute instead of 10, the mean is %v", now)
	}
	near(t, "the next day but one", b.Mean(end.Add(2*day)), b.Level, 0.02)
	for i := len(h) - 8; i < len(h); i++ {
		h[i].N = 60000
	}
	if now := Learn(h, end, nil).Mean(end); now > 13 {
		t.Errorf("8 hours of outage moved the mean to %v a minute", now)
	}
}

func TestAHistoryOfDaysDoesForASparseCell(t *testing.T) {
	parent := Learn(newSim(1, 20).history(end, 28*24), end, nil)
	s := newSim(6, 0.02)
	whole := s.history(end, 28*24)
	var days []Count
	for i := 0; i < len(whole); i += 24 {
		c := Count{Start: whole[i].Start, Width: day, Known: 1}
		for _, h := range whole[i : i+24] {
			c.N += h.N
		}
		days = append(days, c)
	}
	a, b := Learn(days, end, parent), Learn(whole, end, parent)
	if a.Season != parent.Season || b.Season != parent.Season {
		t.Error("a sparse cell has a season of its own")
	}
	near(t, "level", a.Level, b.Level, 0.15)
	near(t, "dispersion", a.Dispersion, b.Dispersion, 0.25)
}

func TestWithRecentAgreesWithLearn(t *testing.T) {
	s := newSim(8, 20)
	h := s.history(end, 28*24)
	b := Learn(h, end, nil)
	later := end.Add(5 * time.Hour)
	for at := end; at.Before(later); at = at.Add(time.Hour) {
		h = append(h, Count{Start: at, Width: time.Hour, N: 1.4 * b.Expected(at, at.Add(time.Hour)), Known: 1})
	}
	want, got := Learn(h, later, nil), b.WithRecent(h[len(h)-48:], later)
	near(t, "mean", got.Mean(later), want.Mean(later), 0.05) // Learn also moves the level
	if got.Season != b.Season || got.Level != b.Level || !got.End.Equal(later) {
		t.Error("more than the last hours changed")
	}
	if again := b.WithRecent(h[len(h)-53:len(h)-5], end); math.Abs(again.Recent-b.Recent) > 0.02 {
		t.Errorf("refitted to the same hours the factor is %v, was %v", again.Recent, b.Recent)
	}
}

func TestASeasonKeepsItsRatesInAnotherZone(t *testing.T) {
	dhaka, err := time.LoadLocation("Asia/Dhaka")
	if err != nil {
		t.Fatal(err)
	}
	utc := Learn(newSim(1, 200).history(end, 28*24), end, nil)
	there := utc.Season.inZone(dhaka, end)
	for h := range 2 * hours {
		at := end.Add(time.Duration(h) * 30 * time.Minute)
		near(t, "factor", there.factor(at, there.offset(at)), utc.Season.factor(at, 0), 1e-9)
	}
}
