package detect

import "math"

// outageEvery is the number of minutes between outages of a cell that is
// reckoned with before any evidence: one in 30 days.
const outageEvery = 43200

// verdict words what s, its evidence, its sources and another signal say when
// exposure of the newest bucket has passed.
func (s *State) verdict(d Dials, b *Baseline, c crowd, src Sources, support, exposure float64) Verdict {
	window, observed, expected := s.recent(d, b, exposure)
	v := Verdict{
		At:        s.At,
		Score:     s.Bank.supported(support),
		Threshold: d.Threshold,
		Window:    window,
		Observed:  int64(math.Round(observed)),
		Expected:  expected,
		Networks:  src.Networks,
		Largest:   src.Largest,
		Ended:     s.Ended,
	}
	v.Confidence = confidence(d, v.Score, 0)
	v.Reason.Code = Usual
	if s.Anomalous {
		v.Anomalous, v.Easing, v.Onset = true, s.Easing, s.Onset
		v.Networks, v.Largest = c.networks, c.largest
		v.Confidence = confidence(d, v.Score, c.largest)
		v.Level, v.Reason = s.level(d, b, c)
		v.Reason.Below = s.below(d, b, v.Window)
		if s.Easing {
			v.Reason.Code, v.Reason.Networks, v.Reason.Share = Easing, 0, 0
		}
	}
	if s.Blank&1 == 1 && s.said(1) == 0 {
		v.Reason.Code = NotCounted
	}
	return v
}

// level says how much trouble an anomaly is, and what the next level up lacks.
// One that has had the quorum of a warning keeps it to its end.
func (s *State) level(d Dials, b *Baseline, c crowd) (Level, Reason) {
	if lacking := d.WarningNetworks - c.networks; lacking > 0 && !s.Settled {
		return OK, Reason{Code: FewSources, Networks: lacking}
	}
	if s.cold(d, b) {
		return Warning, Reason{Code: NoHistory}
	}
	r := Reason{Code: Unusual}
	if lacking := d.OutageNetworks - c.networks; lacking > 0 {
		r = Reason{Code: FewSources, Networks: lacking}
	}
	if d.LargestShare > 0 && c.largest > d.LargestShare {
		r.Share = d.LargestShare
		if r.Code == Unusual {
			r.Code = OneSource
		}
	}
	if r.Code == Unusual {
		return Outage, r
	}
	return Warning, r
}

// cold tells whether nothing is known yet of what is usual in the cell, or in a
// parent of it.
func (s *State) cold(d Dials, b *Baseline) bool {
	return max(b.Backed, s.At.Sub(s.First)) < d.ColdStart
}

// confidence is the probability that something is wrong: the prior odds of an
// outage in any one minute times the evidence, multiplied down when one network
// holds much of it.
func confidence(d Dials, score, largest float64) float64 {
	p := 1 / (1 + math.Exp(math.Log(outageEvery)-score))
	p = min(p, 0.999)
	if d.LargestShare > 0 && largest > d.LargestShare {
		p *= max(0.1, (1-largest)/(1-d.LargestShare))
	}
	return p
}
