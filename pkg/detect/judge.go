package detect

import (
	"math"
	"time"
)

// minutesBetweenOutages is the prior of confidence: one outage of a cell in 30
// days. A shorter time makes every verdict more confident.
const minutesBetweenOutages = 43200

// displayWindow is the window whose counts a verdict shows.
const displayWindow = 15 * time.Minute

// verdict returns the verdict of s. e and src describe the sources, x is the
// newest bucket, and exposure is the share of it that has passed.
func (s *State) verdict(cfg Settings, b *Baseline, e excess, src Sources, x Bucket, exposure float64) Verdict {
	window, observed, expected := s.displayCounts(cfg, b, exposure)
	v := Verdict{
		At:        s.At,
		Score:     s.Bank.scoreWithSupport(x.Support),
		Threshold: cfg.Threshold,
		Window:    window,
		Observed:  int64(math.Round(observed)),
		Expected:  expected,
		Networks:  src.Networks,
		Largest:   src.Largest,
		Ended:     s.Ended,
	}
	v.Confidence = confidence(cfg, v.Score, 0)
	v.Reason.Code = ReasonUsual
	if s.Anomalous {
		v.Anomalous, v.Easing, v.Onset = true, s.Easing, s.Onset
		v.Networks, v.Largest = e.networks, e.largestShare
		if e.holders < math.MaxInt32 {
			v.Holders = e.holders
		}
		v.Confidence = confidence(cfg, v.Score, e.largestShare)
		v.Level, v.Reason = s.level(cfg, b, e)
		v.Reason.Below = s.endsBelow(cfg, b, x.common(), v.Window)
		if s.Easing {
			v.Reason.Code, v.Reason.Networks, v.Reason.Holders, v.Reason.Share = ReasonEasing, 0, 0, 0
		}
	}
	switch {
	case s.Anomalous:
	case cfg.isCold(b):
		v.Reason.Code = ReasonNoHistory
	case x.common() > 1 && isWithin(b, observed, x.common()*expected):
		v.Reason.Code = ReasonCommonRise
	case e.certain >= float64(cfg.WarningNetworks) && !cfg.hasQuorum(e):
		v.Reason = lacking(cfg.WarningNetworks-e.networks, cfg.WarningHolders-e.holders)
	}
	if s.Masked&1 == 1 && s.unmasked(1) == 0 {
		v.Reason.Code = ReasonNotCounted
	}
	return v
}

// level returns the level of an anomaly and what it lacks for the next higher
// one. An anomaly that has had the quorum of a warning stays a warning, unless
// the quorum is refuted for supportHold.
func (s *State) level(cfg Settings, b *Baseline, e excess) (Level, Reason) {
	if !s.QuorumMet {
		return OK, lacking(cfg.WarningNetworks-e.networks, cfg.WarningHolders-e.holders)
	}
	if cfg.isCold(b) && s.At.Sub(s.Onset) < coldHold {
		// A rate that does not change is learned within minutes.
		return Warning, Reason{Code: ReasonNoHistory}
	}
	r := lacking(cfg.OutageNetworks-e.networks, cfg.OutageHolders-e.holders)
	if cfg.LargestShare > 0 && e.largestShare > cfg.LargestShare {
		r.Share = cfg.LargestShare
		if r.Code == ReasonUnusual {
			r.Code = ReasonOneSource
		}
	}
	if r.Code == ReasonUnusual {
		return Outage, r
	}
	return Warning, r
}

// lacking returns the reason of an anomaly that lacks so many networks and holders
// for the next higher level. It lacks none if neither is above 0.
func lacking(networks, holders int) Reason {
	r := Reason{Code: ReasonUnusual, Networks: max(networks, 0), Holders: max(holders, 0)}
	switch {
	case networks > 0:
		r.Code = ReasonFewSources
	case holders > 0:
		r.Code = ReasonFewHolders
	}
	return r
}

// hasQuorum reports whether an excess has the quorum of a warning.
func (cfg Settings) hasQuorum(e excess) bool {
	return e.networks >= cfg.WarningNetworks && e.holders >= cfg.WarningHolders
}

// refutesQuorum reports whether so much exceeds the baseline in the last minutes
// that a crowd would have the quorum of a warning, and it is not there.
func (cfg Settings) refutesQuorum(e excess) bool {
	return e.refuting >= float64(2*cfg.WarningNetworks) && (e.recentHolders < cfg.WarningHolders || e.recent < cfg.WarningNetworks)
}

// supportHold is how long an anomaly stays a warning when its quorum is refuted.
const supportHold = 15 * time.Minute

// isWithin reports whether a count is at most two standard deviations above this
// mean.
func isWithin(b *Baseline, count, mean float64) bool {
	return count <= mean+2*math.Sqrt(mean+mean*mean/b.size(max(mean, 1e-9)))
}

// canJudge reports whether b is worth comparing with: the cell is known for long
// enough, or there are so many networks behind its reports that they are evidence
// by themselves.
func (cfg Settings) canJudge(b *Baseline, e excess) bool {
	return !cfg.isCold(b) ||
		cfg.OutageNetworks > 0 && e.networks >= coldFactor*cfg.OutageNetworks && e.holders >= cfg.OutageHolders
}

const (
	// coldFactor is how many times the quorum of an outage a cell without history
	// needs.
	coldFactor = 3
	// coldHold is how long such an anomaly must last for an outage.
	coldHold = 10 * time.Minute
)

// isCold reports whether the cell and its parents have too little history to tell
// what is usual.
func (cfg Settings) isCold(b *Baseline) bool { return b.LongestExposure < cfg.ColdStart }

// confidence returns the posterior probability of an outage: the prior odds of
// one in any single minute times exp(score), at most 0.999. It is lowered in
// proportion when one network holds more than the largest share allowed.
func confidence(cfg Settings, score, largest float64) float64 {
	p := 1 / (1 + math.Exp(math.Log(minutesBetweenOutages)-score))
	p = min(p, 0.999)
	if cfg.LargestShare > 0 && largest > cfg.LargestShare {
		p *= max(0.1, (1-largest)/(1-cfg.LargestShare))
	}
	return p
}

// displayCounts returns the counts of the display window as observed and as
// expected. exposure is the share of its newest bucket that has passed.
func (s *State) displayCounts(cfg Settings, b *Baseline, exposure float64) (window time.Duration, observed, expected float64) {
	n := max(cfg.buckets(displayWindow), 1)
	for _, x := range s.Reports[:n] {
		observed += float64(x)
	}
	expected = s.expected(cfg, b, 0, n)
	if exposure < 1 && s.Masked&1 == 0 {
		expected -= (1 - exposure) * s.expected(cfg, b, 0, 1)
	}
	return time.Duration(n) * cfg.Width, observed, expected
}
