package detect

import (
	"math"
	"time"
)

// Single judges one series alone: it is a cell without sources and without a
// parent, which learns its baseline from its own past. It calls Learn and Step, as
// the live monitor does, on the same schedule.
type Single struct {
	cfg      Settings
	state    State
	history  []Count // by the hour, or by the bucket if those are longer; oldest first, the last may be running
	schedule Schedule
	upper    cachedUpper
}

// SingleVerdict is the judgement of one bucket of a Single.
type SingleVerdict struct {
	Verdict
	Mean  float64 // expected count of the bucket
	Upper float64 // 99 % quantile of the forecast of the bucket

	// The run is the stretch of buckets that gives the score.
	RunStart    time.Time     // zero without evidence
	Run         time.Duration // its length
	RunReports  float64       // reports counted in it
	RunExpected float64       // reports expected in it, at the mean of the null hypothesis
}

// NewSingle returns a Single without history, judged by cfg. Most callers want
// SingleSettings.
func NewSingle(cfg Settings) *Single { return &Single{cfg: cfg} }

// Step moves s over the bucket that begins at start and judges it by the buckets
// before it. x is its count. If the count is not known, nothing is learned, and no
// anomaly begins or ends. Buckets come in order and without gaps.
func (s *Single) Step(start time.Time, x float64, known bool) SingleVerdict {
	b := s.schedule.baseline(start, s.history)
	mean := b.Expected(start, start.Add(s.cfg.Width))
	upper := s.upper.of(mean, b.size(mean))
	state, v := Step(s.cfg, s.state, b, Bucket{Start: start, N: x, Known: known, Exposure: 1}, Sources{})
	s.state = state
	s.remember(start, x, known)
	out := SingleVerdict{Verdict: v, Mean: mean, Upper: upper}
	out.Threshold = s.cfg.thresholdFor(b)
	if arm := state.Bank.bestArm(); arm.Sum > 0 {
		out.RunStart = time.Unix(arm.Since, 0).UTC()
		out.Run = state.At.Sub(out.RunStart)
		out.RunReports, out.RunExpected = arm.Reports, arm.Expected
	}
	return out
}

// remember adds a bucket to the history.
func (s *Single) remember(start time.Time, x float64, known bool) {
	width := max(s.cfg.Width, time.Hour)
	at := start.Truncate(width)
	if n := len(s.history); n == 0 || !s.history[n-1].Start.Equal(at) {
		if n == cap(s.history) { // forget what Learn does not read, when the slice would grow
			first := 0
			for first < n && s.history[first].Start.Before(at.Add(-memory)) {
				first++
			}
			s.history = s.history[:copy(s.history, s.history[first:])]
		}
		s.history = append(s.history, Count{Start: at, Width: width})
	}
	if known {
		c := &s.history[len(s.history)-1]
		c.N += x
		c.Known = min(1, c.Known+float64(s.cfg.Width)/float64(width))
	}
}

// cachedUpper is the 99 % quantile of a forecast, with the forecast.
type cachedUpper struct{ mean, size, value float64 }

// of returns the 99 % quantile of a forecast. It computes it again when the mean
// has moved by more than 1 % or the size by more than 2 %.
func (e *cachedUpper) of(mean, size float64) float64 {
	if math.Abs(mean-e.mean) > 0.01*mean || math.Abs(size-e.size) > 0.02*size {
		*e = cachedUpper{mean, size, quantile(mean, size)}
	}
	return e.value
}
