package detect

import "math"

// crowd is how independent the excess of a cell is.
type excess struct {
	discount     float64 // of a report above the usual count, in [0, 1]
	networks     int     // distinct networks behind the excess, at least
	largestShare float64 // largest share of the excess that one network holds, at most
	expected     float64 // reports usual in the time that the sources cover
	activity     float64 // how much busier than usual the cell was before, from 1 to 2
}

// crowd judges where the excess comes from. Sources speak of all reports of the
// last minutes; the usual ones are taken out, because a busy service always has
// enough networks and would lend them to one loud sender.
func (s *State) assessExcess(d Settings, b *Baseline, src Sources) excess {
	if src.Reports <= 0 {
		return excess{discount: 1, activity: 1}
	}
	// The sources cover as many buckets as it takes to hold their reports.
	n, sum := 0, 0.0
	for ; n < depth && sum < float64(src.Reports); n++ {
		sum += float64(s.Reports[n])
	}
	busy := s.activityRatio(d, b, n)
	mean := min(busy*s.expected(d, b, 0, n), float64(src.Reports))
	sd := math.Sqrt(mean + mean*mean/b.size(max(mean, 1e-9)))
	spread := s.DiscountRatio
	if spread == 0 {
		spread = 1
	}
	above := max(0, float64(src.Reports)-mean)
	evident := max(0, src.Discounted-spread*mean)
	e := excess{discount: 1, expected: mean, activity: busy}
	if above+sd > 0 {
		e.discount = min(1, (evident+sd)/(above+sd))
	}
	// For levels, the usual part is taken at its upper edge: a loud sender on a
	// day that is a little busier has only itself.
	sure := max(0, evident-2*sd)
	loudest := src.Largest * src.Discounted
	fresh := int(float64(src.Networks) - mean - 2*sd + 1)
	if loudest > 0 {
		fresh = max(fresh, int(sure/loudest))
	}
	e.networks = min(max(fresh, 0), src.Networks)
	e.largestShare = 1
	if sure > loudest {
		e.largestShare = loudest / sure
	}
	return e
}

// busy returns how much busier than usual the cell was before the n newest
// buckets, from 1 to 2. During an anomaly it is what it was when that began.
func (s *State) activityRatio(d Settings, b *Baseline, n int) float64 {
	if s.Anomalous {
		return max(s.PreOnsetRatio, 1)
	}
	reports := 0.0
	for _, x := range s.Discounted[n:] {
		reports += float64(x)
	}
	return min(max(ratio(reports, s.expected(d, b, n, depth)), 1), 2)
}

// discounted writes the weight of the newest bucket: what is usual counts
// fully, what exceeds it as the crowd's independence says.
func (s *State) discountNewest(d Settings, b *Baseline, c excess) {
	if c.discount >= 1 || s.Masked&1 == 1 {
		return
	}
	mean, x := s.expected(d, b, 0, 1), float64(s.Reports[0])
	if x > mean {
		s.Discounted[0] = float32(mean + c.discount*(x-mean))
	}
}

// learnSpread notes how discounted usual reports are, with a memory of an hour.
func (s *State) learnDiscountRatio(c excess, src Sources) {
	if src.Reports < 5 || float64(src.Reports) > 1.2*c.expected+3 {
		return
	}
	now := min(1, src.Discounted/float64(src.Reports))
	if s.DiscountRatio == 0 {
		s.DiscountRatio = 1
	}
	s.DiscountRatio += (now - s.DiscountRatio) / 60
}
