package detect

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

// line is a series under simulation.
type line struct {
	*sim
	series *Series
	at     time.Time
	last   SeriesVerdict
	began  int
}

func newLine(seed uint64, per5 float64, width time.Duration) *line {
	return &line{sim: newSim(seed, per5), series: NewSeries(width), at: monday}
}

// run steps over d at a multiple of the normal rate.
func (l *line) run(d time.Duration, times float64) *line {
	for end := l.at.Add(d); l.at.Before(end); {
		mean := l.rate(l.at) * l.series.Width.Minutes() * l.hourFactor(l.at)
		l.step(l.poisson(mean*times), true)
	}
	return l
}

func (l *line) step(x float64, known bool) {
	before := l.last.Anomalous
	l.last = l.series.Step(l.at, x, known)
	if l.last.Anomalous && !before {
		l.began++
	}
	l.at = l.at.Add(l.series.Width)
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
		if !l.last.Anomalous || l.last.Onset.Sub(onset).Abs() > max(5*time.Minute, width) {
			t.Errorf("%v: after two buckets of outage at %v %+v", width, onset, l.last)
		}
		l.run(2*time.Hour, 20)
		if !l.last.Anomalous {
			t.Errorf("%v: over while it went on", width)
		}
		l.run(max(40*time.Minute, 4*width), 1)
		if l.last.Anomalous {
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
	if l.last.Anomalous {
		t.Fatalf("still an anomaly after 25 hours at three times the baseline")
	}
	began := l.began
	l.run(7*day, 3)
	if l.began > began {
		t.Errorf("%d alarms in the week after", l.began-began)
	}
	if got := l.series.Baseline.Level * 5; math.Abs(got/(3*20*0.943)-1) > 0.15 {
		t.Errorf("level is %v per 5 minutes, want some three times what it was", got)
	}
}

func TestAnOutageBarelyMovesTheLevelOfASeries(t *testing.T) {
	with, without := newLine(5, 20, 5*time.Minute), newLine(5, 20, 5*time.Minute)
	with.run(fortnight, 1).run(6*time.Hour, 50).run(day-6*time.Hour, 1)
	without.run(fortnight+day, 1)
	if got := with.series.Baseline.Level / without.series.Baseline.Level; math.Abs(got-1) > 0.05 {
		t.Errorf("six hours at 50 times the baseline moved the level by a factor of %v", got)
	}
}

func TestALongOutageDoesNotBecomeTheBaseline(t *testing.T) {
	with, without := newLine(5, 20, 5*time.Minute), newLine(5, 20, 5*time.Minute)
	with.run(fortnight, 1).run(20*time.Hour, 3)
	without.run(fortnight+20*time.Hour, 1)
	if !with.last.Anomalous {
		t.Fatal("over while it went on")
	}
	if got := with.last.Expected / without.last.Expected; math.Abs(got-1) > 0.2 {
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
	if !l.last.Anomalous {
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

func TestTheFirstDayLearnsTheDispersion(t *testing.T) {
	dispersion := func(clump float64) float64 {
		l := newLine(11, 1, 15*time.Minute)
		for range 48 {
			l.step(clump*l.poisson(3/clump), true)
		}
		return l.series.Baseline.Dispersion
	}
	single, tens := dispersion(1), dispersion(10)
	if single > 1.5 || tens < 3 {
		t.Errorf("after 12 hours the dispersion is %v for single reports and %v for reports in tens", single, tens)
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

// TestARestartInTheMiddleChangesNothing restores a series from its JSON at odd
// moments and compares every answer.
func TestARestartInTheMiddleChangesNothing(t *testing.T) {
	for _, width := range []time.Duration{time.Minute, 15 * time.Minute} {
		a, b := newLine(9, 5, width), newLine(9, 5, width)
		for i := range 4000 {
			times := 1.0
			if i > 3000 && i < 3100 {
				times = 20
			}
			a.run(width, times)
			b.run(width, times)
			if a.last != b.last {
				t.Fatalf("%v: bucket %d: %+v, and after restarts %+v", width, i, a.last, b.last)
			}
			if i%97 != 0 {
				continue
			}
			data, err := json.Marshal(b.series)
			if err != nil {
				t.Fatal(err)
			}
			b.series = new(Series)
			if err := json.Unmarshal(data, b.series); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestASeriesLearnsTheRhythm(t *testing.T) {
	l := newLine(10, 40, 15*time.Minute)
	l.rateSD = 0.02
	l.run(2*fortnight, 1)
	for h := range 168 {
		at := l.at.Add(time.Duration(h) * time.Hour)
		got := l.series.Baseline.longTermMean(at.Unix(), 900)
		want := 0.0
		for m := range 15 {
			want += l.rate(at.Add(time.Duration(m) * time.Minute))
		}
		if math.Abs(got/want-1) > 0.25 {
			t.Errorf("hour %d: mean is %v, want %v", h, got, want)
		}
	}
}

func BenchmarkSeries(b *testing.B) {
	l := newLine(1, 2, time.Minute).run(7*day, 1)
	i := 0
	for b.Loop() {
		l.last = l.series.Step(l.at, float64(i%3/2), true)
		l.at = l.at.Add(time.Minute)
		i++
	}
}
