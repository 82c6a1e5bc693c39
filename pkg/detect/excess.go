package detect

import "math"

// excess describes what a cell counts above its expectation: how much of it
// counts as evidence, and how many networks stand behind it.
type excess struct {
	discount float64 // weight of a report above the expectation, in [0, 1]
	networks int     // lower bound of the distinct networks behind the excess
	recent   int     // of those, in the last minutes alone
	holders  int     // lower bound of the holders behind the excess
	certain  float64 // reports above the upper edge of what is expected
	// The holders, and the reports above the upper edge, in the last minutes alone.
	recentHolders int
	refuting      float64
	largestShare  float64 // upper bound of the share that one network holds
	expected      float64 // expected reports in the time that the sources cover
	activity      float64 // activityRatio before that time
	common        float64 // how many times the baseline is expected, because other services count that much
}

// assessExcess returns the excess that src shows. If the longer time has more
// networks or holders behind it, those count.
func (s *State) assessExcess(cfg Settings, b *Baseline, src Sources, common float64) excess {
	e := s.excessIn(cfg, b, src.SourceCounts, common)
	e.refuting = e.certain
	if src.Longer != nil {
		longer := s.excessIn(cfg, b, *src.Longer, common)
		if longer.networks > e.networks {
			e.networks, e.largestShare = longer.networks, longer.largestShare
		}
		e.certain = max(e.certain, longer.certain)
	}
	e.holders, e.recentHolders = math.MaxInt32, math.MaxInt32
	if src.Holders == nil || !s.Anomalous && float64(src.Reports) <= e.expected {
		return e // there is no excess to ask for
	}
	activity := max(e.activity, common)
	recent, best := s.holdersBehind(cfg, b, src, activity)
	e.holders, e.recentHolders = best.holders, recent.holders
	e.networks = min(e.networks, best.networks)
	e.largestShare = max(e.largestShare, best.largest)
	e.recent = min(e.recent, recent.networks, networksPerHolder*recent.holders)
	e.discount = s.newestDiscount(cfg, b, src, common, e.discount)
	return e
}

// newestDiscount returns the weight of a report of the newest bucket above the
// expectation: that of its slice, so that a flood that is over does not devalue
// what others send now, or else that of the last minutes.
func (s *State) newestDiscount(cfg Settings, b *Baseline, src Sources, common, recent float64) float64 {
	if src.Newest == nil {
		return recent
	}
	return s.excessIn(cfg, b, src.Newest(), common).discount
}

// networksPerHolder is how many networks of one holder may raise the cap of a
// minute: five holders raise it to the most.
const networksPerHolder = 4

// excessIn returns the excess that src shows. It describes all reports of some
// time, so the expected part is subtracted: a busy service always has enough
// networks, and would lend them to one loud sender. Of the cell's own
// activity and the common one, which overlap, the larger is expected.
func (s *State) excessIn(cfg Settings, b *Baseline, src SourceCounts, common float64) excess {
	if src.Reports <= 0 {
		return excess{discount: 1, activity: 1, common: common}
	}
	// The sources cover as many buckets as it takes to hold their reports.
	n, sum := 0, 0.0
	for ; n < depth && sum < float64(src.Reports); n++ {
		sum += float64(s.Reports[n])
	}
	activity := s.activityRatio(cfg, b, n)
	mean := min(max(activity, common)*s.expected(cfg, b, 0, n), float64(src.Reports))
	sd := deviation(b, mean)
	ratio := s.DiscountRatio
	if ratio == 0 {
		ratio = 1
	}
	counted := max(0, float64(src.Reports)-mean)
	discounted := max(0, src.Discounted-ratio*mean)
	e := excess{discount: 1, expected: mean, activity: activity, common: common, certain: counted - 2*sd}
	if counted+sd > 0 {
		e.discount = min(1, (discounted+sd)/(counted+sd))
	}
	// Quorums take the expected part at its upper edge: on a day that is slightly
	// busier, a loud sender has no networks beside its own.
	certain := max(0, discounted-2*sd)
	loudest := src.Largest * src.Discounted
	networks := int(float64(src.Networks) - mean - 2*sd + 1)
	if loudest > 0 {
		networks = max(networks, int(certain/loudest))
	}
	e.networks = min(max(networks, 0), src.Networks)
	e.recent = e.networks
	e.largestShare = 1
	if certain > loudest {
		e.largestShare = loudest / certain
	}
	return e
}

// activityRatio returns the ratio of counted to expected reports before the n
// newest buckets, limited to [1, 2]. During an anomaly it returns the ratio from
// before the anomaly.
func (s *State) activityRatio(cfg Settings, b *Baseline, n int) float64 {
	if s.Anomalous {
		return max(s.PreOnsetRatio, 1)
	}
	reports := 0.0
	for _, x := range s.Discounted[n:] {
		reports += float64(x)
	}
	return min(max(ratio(reports, s.expected(cfg, b, n, depth)), 1), 2)
}

// discountNewest discounts the newest bucket: what is expected counts fully, and
// what exceeds it counts by e.discount.
func (s *State) discountNewest(cfg Settings, b *Baseline, e excess) {
	if e.discount >= 1 || s.Masked&1 == 1 {
		return
	}
	mean, x := e.common*s.expected(cfg, b, 0, 1), float64(s.Reports[0])
	if x > mean {
		s.Discounted[0] = float32(mean + e.discount*(x-mean))
	}
}

// learnDiscountRatio updates DiscountRatio, an exponential mean over an hour of
// minutes. It learns only from counts close to the expectation, and from at least
// five reports.
func (s *State) learnDiscountRatio(e excess, src Sources) {
	if src.Reports < 5 || float64(src.Reports) > 1.2*e.expected+3 {
		return
	}
	now := min(1, src.Discounted/float64(src.Reports))
	if s.DiscountRatio == 0 {
		s.DiscountRatio = 1
	}
	s.DiscountRatio += (now - s.DiscountRatio) / 60
}
