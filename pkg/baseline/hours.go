package baseline

import (
	"math"
	"slices"
	"time"
)

// hour is a count of hours since the Unix epoch.
type hour int64

func hourOf(t time.Time) hour { return hour(t.Unix() / int64(time.Hour/time.Second)) }

func (h hour) start() time.Time {
	return time.Unix(int64(h)*int64(time.Hour/time.Second), 0).UTC()
}

// series is a value for each hour from one hour on.
type series struct {
	from   hour
	values []float64
}

// at returns the value of an hour, 0 outside the series.
func (s *series) at(at hour) float64 {
	if i := at - s.from; i >= 0 && i < hour(len(s.values)) {
		return s.values[i]
	}
	return 0
}

// cell returns a pointer to the value of an hour. It extends the series up to
// that hour if need be; the pointer is valid until the series changes again.
func (s *series) cell(at hour) *float64 {
	if len(s.values) == 0 {
		s.from = at
	}
	if early := s.from - at; early > 0 {
		s.values, s.from = slices.Insert(s.values, 0, make([]float64, early)...), at
	}
	if late := at - s.from - hour(len(s.values)) + 1; late > 0 {
		s.values = append(s.values, make([]float64, late)...)
	}
	return &s.values[at-s.from]
}

// forget drops the hours before one.
func (s *series) forget(before hour) {
	if n := min(before-s.from, hour(len(s.values))); n > 0 {
		s.values, s.from = slices.Delete(s.values, 0, int(n)), s.from+n
	}
}

// hourlyCounts is the reports of one cell by hour, oldest first. Hours without
// reports, which most are, are left out. All hours lie less than three years
// apart.
type hourlyCounts struct{ hours []hourCount }

// hourCount is up to 65,535 reports of an hour; an hour with more has several.
// It is small because there are millions of them.
type hourCount struct {
	at uint16 // the low 16 bits of the hour
	n  uint16
}

// since returns how many hours lie between at and the hour of h.
func (h hourCount) since(at hour) hour { return hour(int16(h.at - uint16(at))) }

// find returns the index of the first count of an hour, or where it would be.
func (c *hourlyCounts) find(at hour) int {
	i, _ := slices.BinarySearchFunc(c.hours, at, func(h hourCount, at hour) int { return int(h.since(at)) })
	return i
}

// add adds n reports to an hour.
func (c *hourlyCounts) add(at hour, n int64) {
	for i := c.find(at); n > 0; i++ {
		if i == len(c.hours) || c.hours[i].since(at) != 0 {
			c.insert(i, at)
		}
		more := min(n, int64(math.MaxUint16-c.hours[i].n))
		c.hours[i].n += uint16(more)
		n -= more
	}
}

// insert inserts an empty count at index i. To save memory it grows the slice by
// an eighth, where append would double it.
func (c *hourlyCounts) insert(i int, at hour) {
	if n := len(c.hours); n == cap(c.hours) {
		c.hours = append(make([]hourCount, 0, n+n/8+1), c.hours...)
	}
	c.hours = slices.Insert(c.hours, i, hourCount{at: uint16(at)})
}

// at returns the reports of an hour.
func (c *hourlyCounts) at(at hour) int64 { return int64(c.between(at, at+1)) }

// each calls f with the counts of the hours in [from, to), oldest first. An hour
// may come more than once.
func (c *hourlyCounts) each(from, to hour, f func(at hour, n float64)) {
	if c == nil {
		return
	}
	for _, h := range c.hours[c.find(from):] {
		after := h.since(from)
		if after >= to-from {
			return
		}
		f(from+after, float64(h.n))
	}
}

// between returns the reports in the hours [from, to).
func (c *hourlyCounts) between(from, to hour) (n float64) {
	c.each(from, to, func(_ hour, reports float64) { n += reports })
	return n
}

// before reports whether there are reports before an hour.
func (c *hourlyCounts) before(at hour) bool { return len(c.hours) > 0 && c.hours[0].since(at) < 0 }

// forget drops the hours before one.
func (c *hourlyCounts) forget(before hour) { c.hours = slices.Delete(c.hours, 0, c.find(before)) }
