package detect

import "time"

// Step moves s over one closed bucket and judges it. Buckets are consumed once
// and in order: one that s already holds changes nothing. A gap before it was
// silent; Skip says so when it was not.
func Step(d Dials, s State, b *Baseline, x Bucket, src Sources) (State, Verdict) {
	var e evidence
	var c crowd
	if x.Start.Before(s.At) {
		e, c = s.weigh(d, b, 1), s.crowd(d, b, src)
	} else {
		s = Skip(d, s, b, x.Start, true)
		e, c = s.step(d, b, x, src)
	}
	v := s.verdict(d, b, e, c, src)
	s.Ended = time.Time{}
	return s, v
}

// Skip moves s over the buckets up to to, in which nobody reported anything
// (known) or nobody could count. How a gap is divided makes no difference.
func Skip(d Dials, s State, b *Baseline, to time.Time, known bool) State {
	if s.At.IsZero() {
		if known {
			return s // a new cell has been silent all along
		}
		s.At = to.Add(-depth * d.Width)
	}
	// While an anomaly goes on silence is evidence, minute by minute; it ends
	// within the hour, so this loop is short.
	for known && s.Anomalous && s.At.Before(to) {
		s.step(d, b, Bucket{Start: s.At, Known: true}, Sources{})
	}
	n := int(to.Sub(s.At) / d.Width)
	if n <= 0 {
		return s
	}
	s.shift(n)
	if !known {
		s.Blank |= (1<<n - 1) & everything // all of them from 60 on
	}
	s.At = s.At.Add(time.Duration(n) * d.Width)
	return s
}

// Peek judges s with the running bucket. It is provisional: nothing is kept,
// and nothing ends because of it.
func Peek(d Dials, s State, b *Baseline, running Bucket, src Sources) Verdict {
	s = Skip(d, s, b, running.Start, true)
	exposure := min(max(running.Exposure, leastExposure), 1)
	s.push(d, running)
	c := s.crowd(d, b, src)
	s.discounted(d, b, c)
	e := s.weigh(d, b, exposure)
	if running.Known {
		s.begin(d, b, e, c)
	}
	v := s.verdict(d, b, e, c, src)
	v.At = running.Start.Add(time.Duration(exposure * float64(d.Width)))
	return v
}

// leastExposure keeps the first reports of a bucket from being compared with
// next to nothing.
const leastExposure = 1.0 / 6

// step consumes one bucket. One in which nobody could count begins and ends
// nothing.
func (s *State) step(d Dials, b *Baseline, x Bucket, src Sources) (evidence, crowd) {
	s.push(d, x)
	c := s.crowd(d, b, src)
	if !x.Known {
		return s.weigh(d, b, 1), c
	}
	s.discounted(d, b, c)
	if s.Anomalous {
		s.recover(d, b)
	}
	e := s.weigh(d, b, 1)
	s.begin(d, b, e, c)
	if !s.Anomalous {
		s.learnSpread(c, src)
	}
	return e, c
}

// begin opens an anomaly when the evidence is over the threshold. As long as no
// quorum stands behind it its onset is estimated anew at each bucket, so that a
// loud sender hours before an outage does not date it.
func (s *State) begin(d Dials, b *Baseline, e evidence, c crowd) {
	if !s.Anomalous && e.score < d.Threshold {
		return
	}
	if !s.Anomalous {
		s.Anomalous = true
		s.Peak, s.Busy = s.rate(d), c.busy
	}
	if !s.Settled && e.score >= d.Threshold {
		s.Onset = s.onset(d, b)
		s.Settled = c.networks >= d.WarningNetworks
	}
}
