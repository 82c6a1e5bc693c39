package detect

import (
	"math"
	"time"
)

// Step returns s moved over one closed bucket, and the verdict after it.
//
// Buckets are consumed once and in order. For a bucket that s already holds, Step
// returns the present verdict and changes nothing. Buckets missing before x count
// as known and without reports; use Skip first when the gap could not be counted.
func Step(cfg Settings, s State, b *Baseline, x Bucket, src Sources) (State, Verdict) {
	var e excess
	if x.Start.Before(s.At) {
		e = s.assessExcess(cfg, b, src, x.common())
	} else {
		s = Skip(cfg, s, b, x.Start, true)
		e = s.step(cfg, b, x, src)
	}
	v := s.verdict(cfg, b, e, src, x, 1)
	s.Ended = time.Time{}
	return s, v
}

// Skip returns s moved over the buckets before to. If known, nobody reported
// anything in them; otherwise nobody could count. The result does not depend on
// how a gap is divided among calls.
func Skip(cfg Settings, s State, b *Baseline, to time.Time, known bool) State {
	if s.At.IsZero() {
		if known {
			return s // the zero State already means a long silence
		}
		s.At = to.Add(-depth * cfg.Width)
	}
	// During an anomaly each silent minute moves the end test. Silence ends the
	// anomaly within the hour, so this loop is short.
	for known && s.Anomalous && s.At.Before(to) {
		s.step(cfg, b, Bucket{Start: s.At, Known: true}, Sources{})
	}
	n := int(to.Sub(s.At) / cfg.Width)
	if n <= 0 {
		return s
	}
	if known && s.Bank.hasEvidence() {
		splitByHour(s.At, cfg.Width, n, func(start time.Time, n int) {
			s.Bank.stepSilent(b.silentMean(start, cfg.Width), b.Dispersion, cfg.retention(b), n)
		})
	}
	s.advance(cfg, n)
	if !known {
		s.Masked |= (1<<n - 1) & allBits // all bits when n is 60 or more
	}
	return s
}

// advance moves s over n buckets without touching the evidence.
func (s *State) advance(cfg Settings, n int) {
	s.shift(n)
	end := s.At.Add(time.Duration(n) * cfg.Width)
	s.Bank.fadeBy(midnightsBetween(s.At, end))
	s.At = end
}

// Preview returns the verdict that includes the running bucket, of which
// running.Exposure has passed. It changes no state, and no anomaly ends by it.
func Preview(cfg Settings, s State, b *Baseline, running Bucket, src Sources) Verdict {
	s = Skip(cfg, s, b, running.Start, true)
	exposure := min(max(running.Exposure, minExposure), 1)
	s.push(cfg, running)
	e := s.assessExcess(cfg, b, src, running.common())
	s.discountNewest(cfg, b, e)
	if running.Known && (s.Anomalous || cfg.canJudge(b, e)) {
		s.addEvidence(cfg, b, e, exposure)
		e = s.beginAnomaly(cfg, b, e, running, src)
	}
	v := s.verdict(cfg, b, e, src, running, exposure)
	v.At = running.Start.Add(time.Duration(exposure * float64(cfg.Width)))
	return v
}

// maxGain is the most that one report may add to an arm, in nats: ln of the
// highest multiple.
var maxGain = math.Log(multiples[len(multiples)-1])

// MayBeAnomalous reports whether s is anomalous or could be with n further
// reports. If not, Preview cannot return anything but a level of OK.
func (s *State) MayBeAnomalous(cfg Settings, n float64) bool {
	return s.Anomalous || !s.Ended.IsZero() || s.Bank.score()+n*maxGain+MaxSupport >= cfg.Threshold
}

// minExposure is the least exposure that Preview takes into account. Without it
// the first report of a bucket would be compared with almost nothing.
const minExposure = 1.0 / 6

// step moves s over one bucket. A bucket in which nobody could count neither
// begins nor ends an anomaly.
func (s *State) step(cfg Settings, b *Baseline, x Bucket, src Sources) excess {
	if x.Known && x.N == 0 && !s.At.IsZero() && !s.Active() {
		s.advance(cfg, 1)
		return excess{discount: 1, common: x.common()}
	}
	s.push(cfg, x)
	e := s.assessExcess(cfg, b, src, x.common())
	if !x.Known {
		return e
	}
	s.discountNewest(cfg, b, e)
	if s.Anomalous {
		s.stepEnd(cfg, b, e.common)
	}
	if s.Anomalous || cfg.canJudge(b, e) {
		s.addEvidence(cfg, b, e, 1)
		e = s.beginAnomaly(cfg, b, e, x, src)
	}
	if !s.Anomalous {
		s.learnDiscountRatio(e, src)
	}
	return e
}

// addEvidence adds the newest bucket, of which exposure has passed, to the bank.
func (s *State) addEvidence(cfg Settings, b *Baseline, e excess, exposure float64) {
	start, keep := s.bucketStart(cfg, 0), cfg.retention(b)
	x := float64(s.Discounted[0])
	if x == 0 {
		s.Bank.stepSilent(exposure*e.common*b.silentMean(start, cfg.Width), b.Dispersion, keep, 1)
		return
	}
	mean := exposure * e.common * b.NullMean(start, s.At)
	s.Bank.leak(keep)
	s.Bank.step(x, mean, b.spread(), cfg.bucketCap(e.recent), start.Unix())
}

// beginAnomaly begins an anomaly when the evidence reaches the threshold, and
// returns the excess as it is seen then. While the anomaly lacks the quorum of a
// warning, its onset is estimated again at each bucket: a loud sender hours before
// an outage does not date it then.
func (s *State) beginAnomaly(cfg Settings, b *Baseline, e excess, x Bucket, src Sources) excess {
	reached := s.Bank.scoreWithSupport(x.Support) >= cfg.thresholdFor(b)
	if !s.Anomalous && !reached {
		return e
	}
	if !s.Anomalous {
		s.Anomalous, s.Began = true, s.estimateOnset(cfg, b)
		s.PeakRate, s.PreOnsetRatio = s.recentRate(cfg), e.activity
		if src.Holders != nil {
			e = s.assessExcess(cfg, b, src, e.common) // against the time before the anomaly
		}
	}
	if !s.QuorumMet && reached {
		s.Onset = s.estimateOnset(cfg, b)
		s.QuorumMet = cfg.hasQuorum(e)
	}
	switch {
	case !s.QuorumMet:
	case s.Supported.IsZero() || !cfg.refutesQuorum(e):
		s.Supported = s.At
	case s.At.Sub(s.Supported) > supportHold:
		s.QuorumMet = false
	}
	return e
}
