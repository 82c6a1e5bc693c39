package monitor

import (
	"math"
	"slices"
)

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
// out, as most are. Its hours lie less than three years apart.
type sums struct{ hours []hourSum }

// hourSum is up to 65,535 reports of an hour; more of them take several. There
// are millions of these.
type hourSum struct {
	at uint16 // the last bits of the hour
	n  uint16
}

// since returns how many hours lie between at and the hour of h.
func (h hourSum) since(at hour) hour { return hour(int16(h.at - uint16(at))) }

// find returns where the first sum of an hour is, or would be.
func (s *sums) find(at hour) int {
	i, _ := slices.BinarySearchFunc(s.hours, at, func(h hourSum, at hour) int { return int(h.since(at)) })
	return i
}

func (s *sums) add(at hour, n int64) {
	for i := s.find(at); n > 0; i++ {
		if i == len(s.hours) || s.hours[i].since(at) != 0 {
			s.insert(i, at)
		}
		more := min(n, int64(math.MaxUint16-s.hours[i].n))
		s.hours[i].n += uint16(more)
		n -= more
	}
}

// insert grows by an eighth where a slice would by all.
func (s *sums) insert(i int, at hour) {
	if n := len(s.hours); n == cap(s.hours) {
		s.hours = append(make([]hourSum, 0, n+n/8+1), s.hours...)
	}
	s.hours = slices.Insert(s.hours, i, hourSum{at: uint16(at)})
}

// at returns the reports of an hour.
func (s *sums) at(at hour) int64 { return int64(s.between(at, at+1)) }

// each calls f with the hours in [from, to), oldest first, once or more often
// each.
func (s *sums) each(from, to hour, f func(at hour, n float64)) {
	if s == nil {
		return
	}
	for _, h := range s.hours[s.find(from):] {
		after := h.since(from)
		if after >= to-from {
			return
		}
		f(from+after, float64(h.n))
	}
}

// between returns the reports in [from, to).
func (s *sums) between(from, to hour) (n float64) {
	s.each(from, to, func(_ hour, reports float64) { n += reports })
	return n
}

// before tells whether there are reports before an hour.
func (s *sums) before(at hour) bool { return len(s.hours) > 0 && s.hours[0].since(at) < 0 }

// forget drops the hours before one.
func (s *sums) forget(before hour) { s.hours = slices.Delete(s.hours, 0, s.find(before)) }
