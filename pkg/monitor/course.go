package monitor

import "slices"

// course is a value for each hour of a stretch.
type course struct {
	from   hour
	values []float64
}

// at returns the value of an hour, 0 outside the stretch.
func (c *course) at(at hour) float64 {
	if i := at - c.from; i >= 0 && i < hour(len(c.values)) {
		return c.values[i]
	}
	return 0
}

// cell returns the value of an hour, to be changed.
func (c *course) cell(at hour) *float64 {
	if len(c.values) == 0 {
		c.from = at
	}
	if early := c.from - at; early > 0 {
		c.values, c.from = slices.Insert(c.values, 0, make([]float64, early)...), at
	}
	if late := at - c.from - hour(len(c.values)) + 1; late > 0 {
		c.values = append(c.values, make([]float64, late)...)
	}
	return &c.values[at-c.from]
}

// forget drops the hours before one.
func (c *course) forget(before hour) {
	if over := min(before-c.from, hour(len(c.values))); over > 0 {
		c.values, c.from = slices.Delete(c.values, 0, int(over)), c.from+over
	}
}

// sums is the reports of one cell by hour, oldest first; silent hours are left
// out, as most are.
type sums struct{ hours []hourSum }

type hourSum struct {
	at int32 // an hour; four bytes are enough for 245,000 years
	n  uint32
}

func (s *sums) find(at hour) (int, bool) {
	return slices.BinarySearchFunc(s.hours, at, func(h hourSum, at hour) int { return int(hour(h.at) - at) })
}

func (s *sums) add(at hour, n int64) {
	i, found := s.find(at)
	if !found {
		s.hours = slices.Insert(s.hours, i, hourSum{at: int32(at)})
	}
	s.hours[i].n += uint32(n)
}

// at returns the reports of an hour.
func (s *sums) at(at hour) int64 {
	if s == nil {
		return 0
	}
	if i, found := s.find(at); found {
		return int64(s.hours[i].n)
	}
	return 0
}

// each calls f with the hours in [from, to).
func (s *sums) each(from, to hour, f func(at hour, n float64)) {
	if s == nil {
		return
	}
	i, _ := s.find(from)
	for ; i < len(s.hours) && hour(s.hours[i].at) < to; i++ {
		f(hour(s.hours[i].at), float64(s.hours[i].n))
	}
}

// between returns the reports in [from, to).
func (s *sums) between(from, to hour) (n float64) {
	s.each(from, to, func(_ hour, reports float64) { n += reports })
	return n
}

// forget drops the hours before one.
func (s *sums) forget(before hour) {
	i, _ := s.find(before)
	s.hours = slices.Delete(s.hours, 0, i)
}
