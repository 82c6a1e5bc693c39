package detect

import "time"

// Step moves s over one closed bucket and judges it. Buckets are consumed once
// and in order: one that s already holds changes nothing. A gap before it was
// silent; Skip says so when it was not.
func Step(d Settings, s State, b *Baseline, x Bucket, src Sources) (State, Verdict) {
	var c excess
	if x.Start.Before(s.At) {
		c = s.assessExcess(d, b, src)
	} else {
		s = Skip(d, s, b, x.Start, true)
		c = s.step(d, b, x, src)
	}
	v := s.verdict(d, b, c, src, x.Support, 1)
	s.Ended = time.Time{}
	return s, v
}

// Skip moves s over the buckets up to to, in which nobody reported anything
// (known) or nobody could count. How a gap is divided makes no difference.
func Skip(d Settings, s State, b *Baseline, to time.Time, known bool) State {
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
	if known && s.Bank.hasEvidence() {
		splitByHour(s.At, d.Width, n, func(start time.Time, n int) {
			s.Bank.stepSilent(b.silentMean(start, d.Width), b.Dispersion, d.retention(b), n)
		})
	}
	s.advance(d, n)
	if !known {
		s.Masked |= (1<<n - 1) & allBits // all of them from 60 on
	}
	return s
}

// rest moves s over n buckets that say nothing of the evidence.
func (s *State) advance(d Settings, n int) {
	s.shift(n)
	end := s.At.Add(time.Duration(n) * d.Width)
	s.Bank.fadeBy(midnightsBetween(s.At, end))
	s.At = end
}

// Peek judges s with the running bucket. It is provisional: nothing is kept,
// and nothing ends because of it.
func Preview(d Settings, s State, b *Baseline, running Bucket, src Sources) Verdict {
	s = Skip(d, s, b, running.Start, true)
	exposure := min(max(running.Exposure, minExposure), 1)
	s.push(d, running)
	c := s.assessExcess(d, b, src)
	s.discountNewest(d, b, c)
	if running.Known {
		s.addEvidence(d, b, c, exposure)
		s.beginAnomaly(d, b, c, running.Support)
	}
	v := s.verdict(d, b, c, src, running.Support, exposure)
	v.At = running.Start.Add(time.Duration(exposure * float64(d.Width)))
	return v
}

// Open tells whether n reports more could make s anomalous, or it is: only then
// is there anything to Peek at.
func (s *State) MayBeAnomalous(d Settings, n float64) bool {
	return s.Anomalous || !s.Ended.IsZero() || s.Bank.score()+n*logMultiples[len(multiples)-1]+MaxSupport >= d.Threshold
}

// leastExposure keeps the first reports of a bucket from being compared with
// next to nothing.
const minExposure = 1.0 / 6

// step consumes one bucket. One in which nobody could count begins and ends
// nothing.
func (s *State) step(d Settings, b *Baseline, x Bucket, src Sources) excess {
	if x.Known && x.N == 0 && !s.At.IsZero() && !s.Active() {
		s.advance(d, 1)
		return excess{discount: 1}
	}
	s.push(d, x)
	c := s.assessExcess(d, b, src)
	if !x.Known {
		return c
	}
	s.discountNewest(d, b, c)
	if s.Anomalous {
		s.stepEnd(d, b)
	}
	s.addEvidence(d, b, c, 1)
	s.beginAnomaly(d, b, c, x.Support)
	if !s.Anomalous {
		s.learnDiscountRatio(c, src)
	}
	return c
}

// gather adds the newest bucket, of which exposure has passed, to the evidence.
func (s *State) addEvidence(d Settings, b *Baseline, c excess, exposure float64) {
	start, keep := s.bucketStart(d, 0), d.retention(b)
	x := float64(s.Discounted[0])
	if x == 0 {
		s.Bank.stepSilent(exposure*b.silentMean(start, d.Width), b.Dispersion, keep, 1)
		return
	}
	mean := exposure * b.NullMean(start, s.At)
	s.Bank.leak(keep)
	s.Bank.step(x, mean, b.size(mean), d.bucketCap(c.networks), start.Unix())
}

// begin opens an anomaly when the evidence is over the threshold. As long as no
// quorum stands behind it its onset is estimated anew at each bucket, so that a
// loud sender hours before an outage does not date it.
func (s *State) beginAnomaly(d Settings, b *Baseline, c excess, support float64) {
	over := s.Bank.scoreWithSupport(support) >= d.Threshold
	if !s.Anomalous && !over {
		return
	}
	if !s.Anomalous {
		s.Anomalous = true
		s.PeakRate, s.PreOnsetRatio = s.recentRate(d), c.activity
	}
	if !s.QuorumMet && over {
		s.Onset = s.estimateOnset(d, b)
		s.QuorumMet = c.networks >= d.WarningNetworks
	}
}
