package detect

import "math"

// outageEvery is the number of minutes between outages of a cell that is
// reckoned with before any evidence: one in 30 days.
const minutesBetweenOutages = 43200

// verdict words what s, its evidence, its sources and another signal say when
// exposure of the newest bucket has passed.
func (s *State) verdict(d Settings, b *Baseline, c excess, src Sources, support, exposure float64) Verdict {
	window, observed, expected := s.displayCounts(d, b, exposure)
	v := Verdict{
		At:        s.At,
		Score:     s.Bank.scoreWithSupport(support),
		Threshold: d.Threshold,
		Window:    window,
		Observed:  int64(math.Round(observed)),
		Expected:  expected,
		Networks:  src.Networks,
		Largest:   src.Largest,
		Ended:     s.Ended,
	}
	v.Confidence = confidence(d, v.Score, 0)
	v.Reason.Code = ReasonUsual
	if s.Anomalous {
		v.Anomalous, v.Easing, v.Onset = true, s.Easing, s.Onset
		v.Networks, v.Largest = c.networks, c.largestShare
		v.Confidence = confidence(d, v.Score, c.largestShare)
		v.Level, v.Reason = s.level(d, b, c)
		v.Reason.Below = s.endsBelow(d, b, v.Window)
		if s.Easing {
			v.Reason.Code, v.Reason.Networks, v.Reason.Share = ReasonEasing, 0, 0
		}
	}
	if s.Masked&1 == 1 && s.unmasked(1) == 0 {
		v.Reason.Code = ReasonNotCounted
	}
	return v
}

// level says how much trouble an anomaly is, and what the next level up lacks.
// One that has had the quorum of a warning keeps it to its end.
func (s *State) level(d Settings, b *Baseline, c excess) (Level, Reason) {
	if lacking := d.WarningNetworks - c.networks; lacking > 0 && !s.QuorumMet {
		return OK, Reason{Code: ReasonFewSources, Networks: lacking}
	}
	if s.isCold(d, b) {
		return Warning, Reason{Code: ReasonNoHistory}
	}
	r := Reason{Code: ReasonUnusual}
	if lacking := d.OutageNetworks - c.networks; lacking > 0 {
		r = Reason{Code: ReasonFewSources, Networks: lacking}
	}
	if d.LargestShare > 0 && c.largestShare > d.LargestShare {
		r.Share = d.LargestShare
		if r.Code == ReasonUnusual {
			r.Code = ReasonOneSource
		}
	}
	if r.Code == ReasonUnusual {
		return Outage, r
	}
	return Warning, r
}

// cold tells whether nothing is known yet of what is usual in the cell, or in a
// parent of it.
func (s *State) isCold(d Settings, b *Baseline) bool {
	return max(b.LongestExposure, s.At.Sub(s.First)) < d.ColdStart
}

// confidence is the probability that something is wrong: the prior odds of an
// outage in any one minute times the evidence, multiplied down when one network
// holds much of it.
func confidence(d Settings, score, largest float64) float64 {
	p := 1 / (1 + math.Exp(math.Log(minutesBetweenOutages)-score))
	p = min(p, 0.999)
	if d.LargestShare > 0 && largest > d.LargestShare {
		p *= max(0.1, (1-largest)/(1-d.LargestShare))
	}
	return p
}
