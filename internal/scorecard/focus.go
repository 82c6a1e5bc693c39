package main

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// focus is Poisson-FOCuS (Ward, Dilillo, Eckley and Fearnhead, Poisson-FOCuS: An
// Efficient Online Method for Detecting Count Bursts, 2023): the likelihood ratio of
// a rise of any size since any time, against the means of Outcry's own baselines.
// It is in alarm from threshold nats on, until the counts are back at the mean for
// half an hour.
func focus(threshold float64) detector {
	return func(s *series) []bool {
		single := detect.NewSingle(detect.SingleSettings(s.width))
		half := max(1, int(30*time.Minute/s.width))
		means := make([]float64, len(s.counts))
		last := windowSums(s.counts, half)
		alarms := make([]bool, len(s.counts))
		var rises risings
		expected := 0.0 // in the last half hour
		at := s.start
		for i, x := range s.counts {
			known := !math.IsNaN(x)
			if means[i] = single.Step(at, x, known).Mean; !known {
				means[i] = 0
			}
			at = at.Add(s.width)
			expected += means[i]
			if i >= half {
				expected -= means[i-half]
			}
			if !known || at.Sub(s.start) < 3*time.Hour {
				continue
			}
			alarms[i] = rises.add(x, means[i]) >= threshold
			if alarms[i] && last[i] <= 1.2*expected {
				rises, alarms[i] = nil, false
			}
		}
		return alarms
	}
}

// risings are the stretches into which the times at which a rise may have begun
// divide the past: each has more reports for each expected one than that before it.
// Any other time is less likely the beginning of a rise than one of these, whatever
// comes.
type risings []stretch

// stretch is the reports of some buckets, counted and expected.
type stretch struct{ counted, expected float64 }

// add adds a bucket, and returns the largest log likelihood ratio of a rise that
// goes on.
func (r *risings) add(counted, expected float64) float64 {
	next := stretch{counted, max(expected, 1e-9)}
	all := *r
	for len(all) > 0 {
		before := all[len(all)-1]
		if next.counted*before.expected > before.counted*next.expected {
			break
		}
		next = stretch{before.counted + next.counted, before.expected + next.expected}
		all = all[:len(all)-1]
	}
	if len(all) > 0 || next.counted > next.expected { // a rise does not begin below the mean
		all = append(all, next)
	}
	*r = all
	best := 0.0
	var sum stretch
	for i := len(all) - 1; i >= 0; i-- {
		sum.counted += all[i].counted
		sum.expected += all[i].expected
		if sum.counted > sum.expected {
			best = max(best, sum.counted*math.Log(sum.counted/sum.expected)-sum.counted+sum.expected)
		}
	}
	return best
}
