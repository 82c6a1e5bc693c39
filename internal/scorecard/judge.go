package main

import (
	"math"
	"slices"
	"time"
)

// detector judges the counts of a series in the order of time and reports for
// each bucket whether it is in alarm.
type detector func(s *series) []bool

// tally adds up the outcome of a detector on many series.
type tally struct {
	Weeks float64 // series-weeks outside outages
	False int     // alarms that began there

	Outages  int
	Declared int
	Early    int       // declared, but the alarm ended while the excess was at least half of its height
	Ebbing   int       // declared, but the alarm ended later than Early and before the rate fell under twice the usual
	Delays   []float64 // minutes from the onset to the end of the declaring bucket
	Clears   []float64 // minutes from the fall under twice the usual rate to the end of the alarm

	Bursts int
	Raised int // bursts that raised an alarm
}

const (
	// aftermath is the time after an outage in which an alarm is not counted as
	// false: the rate is still up to twice the usual one.
	aftermath = time.Hour
	// belated is the time after its end in which an outage may still be declared.
	belated = 15 * time.Minute
	// burstEcho is the time after a burst in which it is the cause of an alarm.
	burstEcho = 30 * time.Minute
)

// judge adds the outcome of d on s.
func (t *tally) judge(s *series, d detector) {
	t.add(s, d(s), func(outage) bool { return true })
}

// add adds the alarms of s. It counts only the outages for which of returns
// true.
func (t *tally) add(s *series, alarms []bool, of func(outage) bool) {
	minutes := s.width.Minutes()
	began := func(i int) bool { return alarms[i] && (i == 0 || !alarms[i-1]) }
	byBurst := func(i int) bool {
		return slices.ContainsFunc(s.bursts, func(b burst) bool {
			return i >= b.at && i <= b.at+int(burstEcho/s.width)
		})
	}
	outside := 0
	for i := s.judged; i < len(alarms); i++ {
		if s.inOutage(i, aftermath) {
			continue
		}
		outside++
		if began(i) && !byBurst(i) {
			t.False++
		}
	}
	t.Weeks += float64(outside) * minutes / (7 * 24 * 60)
	for _, b := range s.bursts {
		if s.inOutage(b.at, aftermath) || alarms[b.at-1] {
			continue
		}
		t.Bursts++
		for i := b.at; i <= min(b.at+int(burstEcho/s.width), len(alarms)-1); i++ {
			if began(i) {
				t.Raised++
				break
			}
		}
	}
	for _, o := range s.outages {
		if !of(o) {
			continue
		}
		t.Outages++
		at := o.from
		for last := min(o.to+int(belated/s.width), len(alarms)); at < last && !began(at); at++ {
		}
		if at == min(o.to+int(belated/s.width), len(alarms)) {
			continue
		}
		t.Declared++
		t.Delays = append(t.Delays, float64(at-o.from+1)*minutes)
		end := at
		for end < len(alarms) && alarms[end] {
			end++
		}
		t.Clears = append(t.Clears, float64(end-o.to)*minutes)
		switch {
		case end < o.half:
			t.Early++
		case end < o.to:
			t.Ebbing++
		}
	}
}

// merge adds the figures of other.
func (t *tally) merge(other tally) {
	t.Weeks += other.Weeks
	t.False += other.False
	t.Outages += other.Outages
	t.Declared += other.Declared
	t.Early += other.Early
	t.Ebbing += other.Ebbing
	t.Delays = append(t.Delays, other.Delays...)
	t.Clears = append(t.Clears, other.Clears...)
	t.Bursts += other.Bursts
	t.Raised += other.Raised
}

// endedAboveTwice returns the percentage of the declared outages whose alarm
// ended while the rate was still above twice the usual one.
func (t *tally) endedAboveTwice() float64 { return share(t.Early+t.Ebbing, t.Declared) }

// perWeek returns the false alarms per series-week.
func (t *tally) perWeek() float64 { return float64(t.False) / t.Weeks }

// share returns n in per cent of all, or NaN when all is 0.
func share(n, all int) float64 {
	if all == 0 {
		return math.NaN()
	}
	return 100 * float64(n) / float64(all)
}

// median returns the median of values, or NaN when there are none.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value below which the share q of values lies, or NaN when
// there are none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
