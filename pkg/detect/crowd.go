package detect

import "math"

// crowd is how independent the excess of a cell is.
type crowd struct {
	discount float64 // of a report above the usual count, in [0, 1]
	networks int     // distinct networks behind the excess, at least
	largest  float64 // largest share of the excess that one network holds, at most
	usual    float64 // reports usual in the time that the sources cover
	busy     float64 // how much busier than usual the cell was before, from 1 to 2
}

// crowd judges where the excess comes from. Sources speak of all reports of the
// last minutes; the usual ones are taken out, because a busy service always has
// enough networks and would lend them to one loud sender.
func (s *State) crowd(d Dials, b *Baseline, src Sources) crowd {
	if src.Reports <= 0 {
		return crowd{discount: 1, busy: 1}
	}
	// The sources cover as many buckets as it takes to hold their reports.
	n, sum := 0, 0.0
	for ; n < depth && sum < float64(src.Reports); n++ {
		sum += float64(s.Reports[n])
	}
	busy := s.busy(d, b, n)
	mean := min(busy*s.usual(d, b, 0, n), float64(src.Reports))
	sd := math.Sqrt(mean + mean*mean/b.size(max(mean, 1e-9)))
	spread := s.Spread
	if spread == 0 {
		spread = 1
	}
	excess := max(0, float64(src.Reports)-mean)
	evident := max(0, src.Discounted-spread*mean)
	c := crowd{discount: 1, usual: mean, busy: busy}
	if excess+sd > 0 {
		c.discount = min(1, (evident+sd)/(excess+sd))
	}
	// For levels, the usual part is taken at its upper edge: a loud sender on a
	// day that is a little busier has only itself.
	sure := max(0, evident-2*sd)
	loudest := src.Largest * src.Discounted
	fresh := int(float64(src.Networks) - mean - 2*sd + 1)
	if loudest > 0 {
		fresh = max(fresh, int(sure/loudest))
	}
	c.networks = min(max(fresh, 0), src.Networks)
	c.largest = 1
	if sure > loudest {
		c.largest = loudest / sure
	}
	return c
}

// busy returns how much busier than usual the cell was before the n newest
// buckets, from 1 to 2. During an anomaly it is what it was when that began.
func (s *State) busy(d Dials, b *Baseline, n int) float64 {
	if s.Anomalous {
		return max(s.Busy, 1)
	}
	reports := 0.0
	for _, x := range s.Weights[n:] {
		reports += float64(x)
	}
	return min(max(ratio(reports, s.usual(d, b, n, depth)), 1), 2)
}

// discounted writes the weight of the newest bucket: what is usual counts
// fully, what exceeds it as the crowd's independence says.
func (s *State) discounted(d Dials, b *Baseline, c crowd) {
	if c.discount >= 1 || s.Blank&1 == 1 {
		return
	}
	mean, x := s.usual(d, b, 0, 1), float64(s.Reports[0])
	if x > mean {
		s.Weights[0] = float32(mean + c.discount*(x-mean))
	}
}

// learnSpread notes how discounted usual reports are, with a memory of an hour.
func (s *State) learnSpread(c crowd, src Sources) {
	if src.Reports < 5 || float64(src.Reports) > 1.2*c.usual+3 {
		return
	}
	now := min(1, src.Discounted/float64(src.Reports))
	if s.Spread == 0 {
		s.Spread = 1
	}
	s.Spread += (now - s.Spread) / 60
}
