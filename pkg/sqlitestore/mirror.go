package sqlitestore

import (
	"slices"
	"sync/atomic"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// mirror is what readers get: the buckets and the networks that are on disk.
type mirror struct {
	services     map[string]*series
	knownMinutes map[window.Minute]bool // those with a beat
}

func newMirror() *mirror {
	return &mirror{services: map[string]*series{}, knownMinutes: map[window.Minute]bool{}}
}

// of returns the series of a service, which it adds when the service is new.
func (m *mirror) of(service string) *series {
	se := m.services[service]
	if se == nil {
		se = &series{buckets: map[window.Minute]*bucket{}, slices: map[window.Slice]networks{}}
		m.services[service] = se
	}
	return se
}

// active returns the slugs of the services with a problem in minute first or
// later, in order.
func (m *mirror) active(first window.Minute) []string {
	var slugs []string
	for slug, se := range m.services {
		if se.newest >= first && se.newest > 0 {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	return slugs
}

// forget drops minutes before firstMinute, slices before firstSlice, and services
// without any of either.
func (m *mirror) forget(firstMinute window.Minute, firstSlice window.Slice) {
	for minute := range m.knownMinutes {
		if minute < firstMinute {
			delete(m.knownMinutes, minute)
		}
	}
	for slug, se := range m.services {
		for ; se.oldest < firstMinute && len(se.buckets) > 0; se.oldest++ {
			delete(se.buckets, se.oldest)
		}
		for slice := range se.slices {
			if slice < firstSlice {
				delete(se.slices, slice)
			}
		}
		if len(se.buckets) == 0 && len(se.slices) == 0 {
			delete(m.services, slug)
		}
	}
}

// series are the buckets and the slices of networks of one service.
type series struct {
	buckets map[window.Minute]*bucket
	slices  map[window.Slice]networks
	oldest  window.Minute // no bucket is older
	newest  window.Minute // the newest with a problem; 0 without one
}

// add counts n more reports of a cell, which has an ID in the dictionary.
func (se *series) add(minute window.Minute, kind report.Kind, id int64, cell window.Cell, n int64) {
	b := se.buckets[minute]
	if b == nil {
		if len(se.buckets) == 0 || minute < se.oldest {
			se.oldest = minute
		}
		b = &bucket{}
		se.buckets[minute] = b
	}
	b[kind].add(id, cell, n)
	if kind == report.Problem {
		se.newest = max(se.newest, minute)
	}
}

// addNetwork counts a problem that arrived from a network.
func (se *series) addNetwork(slice window.Slice, country string, network report.Network) {
	ns := se.slices[slice]
	if ns == nil {
		ns = networks{}
		se.slices[slice] = ns
	}
	ns.add(source{country, network})
}

// read sets the counts of b to those of a minute.
func (se *series) read(minute window.Minute, b *window.Bucket) {
	if counts := se.buckets[minute]; counts != nil {
		b.Problems = counts[report.Problem].read()
		b.Recoveries = counts[report.Recovery].read()
		b.Visits = counts[report.Visit].read()
	}
}

// bucket holds the counts of a bucket, by kind.
type bucket [3]cellCounts

// cellCounts counts by cell. Readers get the counts themselves instead of a
// copy; the writer copies them before it changes one that a reader has.
type cellCounts struct {
	ids    []int64 // of the cells in counts
	counts []window.Count
	shared atomic.Bool // a reader has counts
}

// add counts n more reports of a cell.
func (c *cellCounts) add(id int64, cell window.Cell, n int64) {
	i := slices.Index(c.ids, id)
	if i < 0 { // after the part that readers have
		c.ids = append(c.ids, id)
		c.counts = append(c.counts, window.Count{Cell: cell, N: n})
		return
	}
	if c.shared.Load() {
		c.counts = slices.Clone(c.counts)
		c.shared.Store(false)
	}
	c.counts[i].N += n
}

// read returns the counts, which the caller must not change.
func (c *cellCounts) read() []window.Count {
	if len(c.counts) == 0 {
		return nil
	}
	c.shared.Store(true)
	return slices.Clip(c.counts)
}
