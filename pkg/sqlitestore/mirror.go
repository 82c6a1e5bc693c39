package sqlitestore

import (
	"slices"
	"sync/atomic"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// mirror is what readers see: minutes and networks as they are on disk.
type mirror struct {
	services map[string]*series
	known    map[int64]bool // minutes with a beat
}

func newMirror() *mirror {
	return &mirror{services: map[string]*series{}, known: map[int64]bool{}}
}

// of returns the series of a service, a new one if need be.
func (m *mirror) of(service string) *series {
	se := m.services[service]
	if se == nil {
		se = &series{minutes: map[int64]*minute{}, slices: map[int64]*networks{}}
		m.services[service] = se
	}
	return se
}

// active returns the services with a problem in a minute from first on.
func (m *mirror) active(first int64) []string {
	var slugs []string
	for slug, se := range m.services {
		if se.newest >= first && se.newest > 0 {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	return slugs
}

// forget drops minutes before firstMinute, slices before firstSlice and the
// services that are left with nothing.
func (m *mirror) forget(firstMinute, firstSlice int64) {
	for at := range m.known {
		if at < firstMinute {
			delete(m.known, at)
		}
	}
	for slug, se := range m.services {
		for ; se.oldest < firstMinute && len(se.minutes) > 0; se.oldest++ {
			delete(se.minutes, se.oldest)
		}
		for at := range se.slices {
			if at < firstSlice {
				delete(se.slices, at)
			}
		}
		if len(se.minutes) == 0 && len(se.slices) == 0 {
			delete(m.services, slug)
		}
	}
}

// series are the minutes and the slices of networks of one service.
type series struct {
	minutes map[int64]*minute
	slices  map[int64]*networks
	oldest  int64 // no minute is older
	newest  int64 // newest minute with a problem; 0 without
}

// add counts n more reports of a cell in a minute.
func (se *series) add(at int64, kind report.Kind, number int64, cell window.Cell, n int64) {
	m := se.minutes[at]
	if m == nil {
		if len(se.minutes) == 0 || at < se.oldest {
			se.oldest = at
		}
		m = &minute{}
		se.minutes[at] = m
	}
	m[kind].add(number, cell, n)
	if kind == report.Problem {
		se.newest = max(se.newest, at)
	}
}

// network notes that a problem arrived from a network.
func (se *series) network(slice int64, country string, network report.Network) {
	ns := se.slices[slice]
	if ns == nil {
		ns = &networks{reports: map[source]int64{}, beyond: map[string]int64{}}
		se.slices[slice] = ns
	}
	ns.add(source{country, network})
}

// read fills the counts of a bucket.
func (se *series) read(at int64, b *window.Bucket) {
	if m := se.minutes[at]; m != nil {
		b.Problems = m[report.Problem].read()
		b.Recoveries = m[report.Recovery].read()
		b.Visits = m[report.Visit].read()
	}
}

// minute holds the tallies of a bucket, by kind.
type minute [3]tally

// tally counts cells. Readers get its counts themselves, not a copy; the
// writer copies them before the first change after that.
type tally struct {
	numbers []int64 // of the cells in counts
	counts  []window.Count
	shared  atomic.Bool // readers hold counts
}

func (t *tally) add(number int64, cell window.Cell, n int64) {
	i := slices.Index(t.numbers, number)
	if i < 0 { // behind what readers hold
		t.numbers = append(t.numbers, number)
		t.counts = append(t.counts, window.Count{Cell: cell, N: n})
		return
	}
	if t.shared.Load() {
		t.counts = slices.Clone(t.counts)
		t.shared.Store(false)
	}
	t.counts[i].N += n
}

func (t *tally) read() []window.Count {
	if len(t.counts) == 0 {
		return nil
	}
	t.shared.Store(true)
	return slices.Clip(t.counts)
}
