package detect

import (
	"math"
	"testing"
	"time"
)

// line is a series under simulation.
type line struct {
	*sim
	single *Single
	at     time.Time
	last   SingleVerdict
	began  int
}

func newLine(seed uint64, per5 float64, width time.Duration) *line {
	return &line{sim: newSim(seed, per5), single: NewSingle(SingleSettings(width)), at: monday}
}

// run steps over d at a multiple of the normal rate.
func (l *line) run(d time.Duration, times float64) *line {
	for end := l.at.Add(d); l.at.Before(end); {
		mean := l.rate(l.at) * l.single.cfg.Width.Minutes() * l.hourFactor(l.at)
		l.step(l.poisson(mean*times), true)
	}
	return l
}

func (l *line) step(x float64, known bool) {
	before := l.last.Level
	l.last = l.single.Step(l.at, x, known)
	if l.last.Level > OK && before == OK {
		l.began++
	}
	l.at = l.at.Add(l.single.cfg.Width)
}

const fortnight = 14 * day

func TestASeriesFindsAnOutageAndItsEnd(t *testing.T) {
	for _, width := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour} {
		l := newLine(1, 10, width).run(fortnight, 1)
		if l.began > 0 {
			t.Errorf("%v: %d alarms in a quiet fortnight", width, l.began)
		}
		onset := l.at
		l.run(max(5*time.Minute, 2*width), 20)
		if !(l.last.Level > OK) || l.last.Onset.Sub(onset).Abs() > max(5*time.Minute, width) {
			t.Errorf("%v: after two buckets of outage at %v %+v", width, onset, l.last)
		}
		l.run(2*time.Hour, 20)
		if !(l.last.Level > OK) {
			t.Errorf("%v: over while it went on", width)
		}
		l.run(max(40*time.Minute, 4*width), 1)
		if l.last.Level > OK {
			t.Errorf("%v: still on after %v", width, max(40*time.Minute, 4*width))
		}
	}
}

func TestASingleOddBucketRaisesNoAlarm(t *testing.T) {
	for _, width := range []time.Duration{time.Minute, 5 * time.Minute, 14 * time.Minute} {
		for _, size := range []float64{10, 1000, 1e9} {
			l := newLine(2, 2, width).run(fortnight, 1)
			l.step(size, true)
			if l.run(2*time.Hour, 1); l.began > 0 {
				t.Errorf("%v: a bucket of %g raised an alarm", width, size)
			}
		}
	}
}

func TestGrowthIsLearned(t *testing.T) {
	for _, per5 := range []float64{2, 20, 200} {
		l := newLine(3, per5, 5*time.Minute).run(fortnight, 1)
		from := l.at
		for l.at.Before(from.Add(4 * 7 * day)) {
			l.run(time.Hour, math.Pow(1.3, l.at.Sub(from).Hours()/hours))
		}
		if l.began > 0 {
			t.Errorf("%v per 5 minutes: %d alarms while growing by 30 %% a week", per5, l.began)
		}
	}
}

func TestAShiftOfTheLevelIsAcceptedWithinADay(t *testing.T) {
	l := newLine(4, 20, 5*time.Minute).run(2*fortnight, 1)
	l.run(25*time.Hour, 3)
	if l.last.Level > OK {
		t.Fatalf("still an anomaly after 25 hours at three times the baseline")
	}
	began := l.began
	l.run(7*day, 3)
	if l.began > began {
		t.Errorf("%d alarms in the week after", l.began-began)
	}
	if got := l.single.schedule.learned.Level * 5; math.Abs(got/(3*20*0.943)-1) > 0.15 {
		t.Errorf("level is %v per 5 minutes, want some three times what it was", got)
	}
}

func TestAnOutageBarelyMovesTheLevelOfASeries(t *testing.T) {
	with, without := newLine(5, 20, 5*time.Minute), newLine(5, 20, 5*time.Minute)
	with.run(fortnight, 1).run(6*time.Hour, 50).run(day-6*time.Hour, 1)
	without.run(fortnight+day, 1)
	if got := with.single.schedule.learned.Level / without.single.schedule.learned.Level; math.Abs(got-1) > 0.05 {
		t.Errorf("six hours at 50 times the baseline moved the level by a factor of %v", got)
	}
}

func TestALongOutageDoesNotBecomeTheBaseline(t *testing.T) {
	with, without := newLine(5, 20, 5*time.Minute), newLine(5, 20, 5*time.Minute)
	with.run(fortnight, 1).run(20*time.Hour, 3)
	without.run(fortnight+20*time.Hour, 1)
	if !(with.last.Level > OK) {
		t.Fatal("over while it went on")
	}
	if got := with.last.Mean / without.last.Mean; math.Abs(got-1) > 0.3 {
		t.Errorf("after 20 hours at 3 times the baseline the forecast is %v times what it would be", got)
	}
}

func TestTheReturnFromAGapRaisesNoAlarm(t *testing.T) {
	for _, gap := range []time.Duration{time.Hour, 2 * day, 40 * day} {
		l := newLine(6, 5, 5*time.Minute).run(2*fortnight, 1)
		for end := l.at.Add(gap); l.at.Before(end); {
			l.step(0, false)
		}
		if l.run(7*day, 1); l.began > 0 {
			t.Errorf("%d alarms after a gap of %v", l.began, gap)
		}
	}
}

func TestUnknownBucketsEndNothing(t *testing.T) {
	l := newLine(7, 10, time.Minute).run(fortnight, 1).run(10*time.Minute, 20)
	for range 600 {
		l.step(0, false)
	}
	if !(l.last.Level > OK) {
		t.Error("the anomaly ended while nobody could count")
	}
}

func TestANewSeriesAloneSettlesQuietly(t *testing.T) {
	for _, width := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour} {
		for _, per5 := range []float64{0.02, 0.2, 2, 20, 200} {
			began := 0
			for seed := range uint64(10) {
				began += newLine(seed, per5, width).run(fortnight, 1).began
			}
			if began > 1 {
				t.Errorf("%v per 5 minutes, buckets of %v: %d alarms in 10 first fortnights", per5, width, began)
			}
		}
	}
}

func TestTheFirstDayLearnsHowCountsScatter(t *testing.T) {
	size := func(clump float64) float64 {
		l := newLine(11, 1, 15*time.Minute)
		for range 48 {
			l.step(clump*l.poisson(3/clump), true)
		}
		return l.single.schedule.learned.size(3)
	}
	if single, tens := size(1), size(10); tens > 0.75*single {
		t.Errorf("after 12 hours the size of the forecast is %v for single reports and %v for reports in tens", single, tens)
	}
}

func TestAnOutageOfTheFirstDayIsFound(t *testing.T) {
	found := 0
	for seed := range uint64(20) {
		l := newLine(seed, 0.5, 15*time.Minute).run(12*time.Hour, 1)
		before := l.began
		l.run(30*time.Minute, 15)
		found += l.began - before
	}
	if found < 18 {
		t.Errorf("%d of 20 outages of 15 times the baseline found within half an hour", found)
	}
}

func TestAChangeOfTheClocksRaisesNoAlarm(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		l := newLine(8, 50, 5*time.Minute)
		l.rhythm = 0.8
		l.run(2*fortnight, 1)
		for end := l.at.Add(fortnight); l.at.Before(end); {
			mean := l.rate(l.at.Add(by)) * l.hourFactor(l.at) * 5
			l.step(l.poisson(mean), true)
		}
		if l.began > 0 {
			t.Errorf("%d alarms after clocks moved by %v", l.began, by)
		}
	}
}

func TestASeriesLearnsTheRhythm(t *testing.T) {
	l := newLine(10, 40, 15*time.Minute)
	l.rateSD = 0.02
	l.run(2*fortnight, 1)
	for h := range 168 {
		at := l.at.Add(time.Duration(h) * time.Hour)
		got := l.single.schedule.learned.Expected(at, at.Add(15*time.Minute))
		want := 0.0
		for m := range 15 {
			want += l.rate(at.Add(time.Duration(m) * time.Minute))
		}
		if math.Abs(got/want-1) > 0.25 {
			t.Errorf("hour %d: mean is %v, want %v", h, got, want)
		}
	}
}

func BenchmarkSingle(b *testing.B) {
	l := newLine(1, 2, time.Minute).run(7*day, 1)
	i := 0
	for b.Loop() {
		l.last = l.single.Step(l.at, float64(i%3/2), true)
		l.at = l.at.Add(time.Minute)
		i++
	}
}

// TestTheLearningCases holds what a series learns in cases that are easily got wrong.
func TestTheLearningCases(t *testing.T) {
	for _, width := range []time.Duration{5 * time.Minute, time.Hour} {
		for _, from := range []float64{0, 0.02, 10} {
			l := newLine(21, from, width).run(2*fortnight, 1)
			before := l.began
			l.per5 = 100
			l.run(fortnight, 1)
			if l.began-before > 1 {
				t.Errorf("%v: %d alarms after a step from %v to 100 for good, want at most 1", width, l.began-before, from)
			}
			if got := l.last.Mean / (l.rate(l.at) * width.Minutes()); l.last.Level > OK || got < 0.7 || got > 1.4 {
				t.Errorf("%v: two weeks after a step from %v to 100, %.2f of it is expected, level %v", width, from, got, l.last.Level)
			}
			found := 0
			for range 10 {
				l.run(day, 1)
				before := l.began
				l.run(time.Hour, 10).run(6*time.Hour, 1)
				found += l.began - before
			}
			if found < 10 {
				t.Errorf("%v: %d of 10 outages of ten times the baseline seen after a step from %v", width, found, from)
			}
		}
	}
}

func TestAnOrdinaryDayAfterQuietOnesIsNoAlarm(t *testing.T) {
	quiet := map[string]func(l *line){
		"a holiday":             func(l *line) { l.run(day, 0.4) },
		"a long weekend":        func(l *line) { l.run(4*day, 0.5) },
		"two weeks at half":     func(l *line) { l.run(fortnight, 0.5) },
		"a week at a third":     func(l *line) { l.run(7*day, 0.33) },
		"three days of nothing": func(l *line) { l.run(3*day, 0) },
	}
	for name, pass := range quiet {
		for _, width := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour} {
			for _, per5 := range []float64{1, 20, 200} {
				l := newLine(22, per5, width).run(2*fortnight, 1)
				pass(l)
				before := l.began
				if l.run(7*day, 1); l.began > before {
					t.Errorf("%s, %v per 5 minutes, buckets of %v: %d alarms in the ordinary week after", name, per5, width, l.began-before)
				}
			}
		}
	}
}

func TestCountsKnownForAnHourADayAreLearned(t *testing.T) {
	l := newLine(23, 1000./12, time.Hour)
	l.rhythm, l.rateSD = 0, 0.02
	most, least := 0.0, math.Inf(1)
	for i := range 24 * 50 {
		if i < 24*6 && i%24 != 0 {
			l.step(0, false)
			continue
		}
		l.step(1000+float64(i*13%61)-30, true)
		if i > 24*2 {
			most, least = max(most, l.last.Mean), min(least, l.last.Mean)
		}
	}
	if l.began > 0 || most > 1100 || least < 900 {
		t.Errorf("%d alarms, expected %.0f to %.0f where about 1000 are counted", l.began, least, most)
	}
}

func TestAnOutageOfThreeDaysIsOne(t *testing.T) {
	for _, times := range []float64{5, 20, 100} {
		l := newLine(24, 2, time.Minute).run(2*fortnight, 1)
		l.run(72*time.Hour, times)
		if l.began != 1 || l.last.Level == OK {
			t.Errorf("%v times the baseline for three days: %d alarms, level at the end %v", times, l.began, l.last.Level)
		}
		if l.run(2*time.Hour, 1); l.last.Level > OK {
			t.Errorf("%v times: still an alarm two hours after the end", times)
		}
	}
}

func TestAMorningThatRisesTenfoldIsNoAlarm(t *testing.T) {
	l := newLine(25, 20, 5*time.Minute)
	for range 5 * 7 {
		l.run(7*time.Hour, 0.1).run(17*time.Hour, 1)
	}
	if before := l.began; before > 1 {
		t.Errorf("%d alarms in five weeks of mornings", before)
	}
}
