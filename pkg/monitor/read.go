package monitor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// The networks behind an anomaly are counted in the last 20 minutes and in the
// last hour, and the larger number counts for the quorum: a small outage gathers
// its networks slowly.
const (
	recentSpan = detect.RecentSpan
	longSpan   = window.SliceRetention
)

// reading is what was read of one service at one tick.
type reading struct {
	*watch
	now      time.Time
	buckets  []window.Bucket      // up to the running minute
	networks window.NetworkCounts // of recentSpan
	longer   window.NetworkCounts // of longSpan; only read of a service in trouble
	settings detect.Settings

	independence *independence // as it was last asked for
}

// defaultWindow returns the buckets of the default window.
func (r *reading) defaultWindow() []window.Bucket {
	return r.buckets[max(0, len(r.buckets)-int(window.Default/window.Width)):]
}

// sourcesOf returns the sources of the recent reports of a cell. recent returns the
// counts of the default window; it is called for symptoms only. newest is the start
// of the bucket that is judged.
func (r *reading) sourcesOf(cell window.Cell, newest time.Time, recent func() *tally) detect.Sources {
	if cell.Symptom != "" {
		s := symptomSources(r.networks.World, cell, recent())
		if s.Reports > 0 && r.networks.Arrivals != nil {
			reports := float64(s.Reports)
			s.Holders = func(time.Time, time.Time) detect.Holdings { return r.holdingsOfAll(reports) }
		}
		return s
	}
	counts, longer := r.networks.World, r.longer.World
	if cell != baseline.Whole {
		counts, longer = r.networks.ByCountry[cell.Country], r.longer.ByCountry[cell.Country]
	}
	s := detect.Sources{SourceCounts: detect.SourceCounts(counts)}
	if longer.Reports > 0 {
		l := detect.SourceCounts(longer)
		s.Longer = &l
	}
	if r.networks.Arrivals != nil {
		s.Newest = func() detect.SourceCounts {
			return r.sourcesSince(cell.Country, window.SliceOf(newest))
		}
		s.Holders = func(since, split time.Time) detect.Holdings { return r.holdings(cell.Country, since, split) }
	}
	return s
}

// sourcesSince returns the sources of the slices from since on, from a country or
// from everywhere.
func (r *reading) sourcesSince(country string, since window.Slice) detect.SourceCounts {
	s := r.networks.Since(country, since)
	for of, share := range r.independenceSince(since) {
		if country == "" || country == of {
			s.Reports -= int64(math.Round((1 - share) * float64(r.networks.Since(of, since).Reports)))
		}
	}
	return detect.SourceCounts(s)
}

// holdings returns what each holder sent from a country, or from everywhere, since
// the slice of one time and before the slice of another: as far back as networks
// were read.
func (r *reading) holdings(country string, since, split time.Time) detect.Holdings {
	networks, span := r.networks, recentSpan
	if r.longer.Arrivals != nil {
		networks, span = r.longer, longSpan
	}
	first := window.FirstSlice(r.now, span)
	from, end := max(window.SliceOf(since), first), max(window.SliceOf(split), first)
	h := detect.Holdings{Since: from.Start(), First: first.Start(), Split: end.Start()}
	for _, x := range networks.Holdings(country, from, end) {
		h.List = append(h.List, detect.Holding{Reports: float64(x.N), Before: float64(x.Before), Networks: x.Networks})
		h.Reports += float64(x.N)
	}
	return h
}

// holdingsOfAll returns what each holder sent of all symptoms in the last minutes,
// to judge the reports of one. All that the loudest sent may be of this symptom.
func (r *reading) holdingsOfAll(reports float64) detect.Holdings {
	first := window.FirstSlice(r.now, recentSpan)
	h := detect.Holdings{Since: first.Start(), First: first.Start(), Split: first.Start(), Reports: reports}
	for _, x := range r.networks.Holdings("", first, first) {
		h.List = append(h.List, detect.Holding{Reports: float64(x.N), Networks: x.Networks})
	}
	return h
}

// settled returns the end of the last minute that may be consumed at now.
func settled(now time.Time) time.Time { return window.Start(now.Add(-settle)) }

// prepare brings the baselines of services up to date and moves each service to
// the first minute that it is to consume. It leaves out services without
// baselines; the error says why.
func (m *Monitor) prepare(ctx context.Context, services []*watch, now time.Time) (ready []*watch, err error) {
	names := make([]string, 0, len(services))
	for _, w := range services {
		baselines, learnErr := m.Baselines.Service(ctx, w.service, now)
		if learnErr != nil {
			err = errors.Join(err, fmt.Errorf("judge %s: %w", w.service, learnErr))
			continue
		}
		w.baselines = baselines
		m.moveToFirst(w, now)
		ready, names = append(ready, w), append(names, w.service)
	}
	return ready, errors.Join(err, m.Baselines.Refresh(ctx, now, names...))
}

// moveToFirst moves w to the first minute that it is to consume at now.
func (m *Monitor) moveToFirst(w *watch, now time.Time) {
	closed := settled(now)
	if closed.Before(w.next) {
		m.startOver(w) // the clock went back, and what was consumed lies in the future
	}
	if earliest := closed.Add(-catchUp); w.next.Before(earliest) {
		m.skipTo(w, w.baselines, earliest)
	}
}

// skipTo moves w to a minute without consuming those before it. As far as this
// process watched them, they had no reports. Earlier minutes were not watched
// and count as unknown.
func (m *Monitor) skipTo(w *watch, baselines *baseline.Service, to time.Time) {
	for cell, saved := range w.states {
		b, s := baselines.Of(cell), saved.packed.State()
		if m.knownSince.After(w.next) {
			s = detect.Skip(m.Settings, s, b, earlier(m.knownSince, to), false)
		}
		s = detect.Skip(m.Settings, s, b, to, true)
		w.states[cell] = cellState{packed: s.Pack(), changed: true}
	}
	w.next = to
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// read reads the counts of services from the store. Services of which everything
// was judged already come back as unchanged.
func (m *Monitor) read(ctx context.Context, services []*watch, now time.Time) (readings []*reading, unchanged []*watch, err error) {
	running := window.Start(now)
	from := running.Add(window.Width - window.Default)
	names := make([]string, len(services))
	for i, w := range services {
		names[i] = w.service
		from = earlier(from, w.next)
	}
	buckets, err := m.Store.BucketsOf(ctx, names, from, running.Add(window.Width))
	if err != nil {
		return nil, nil, fmt.Errorf("read the counts of %d services: %w", len(names), err)
	}
	changed := names[:0]
	for i, w := range services {
		m.twice.hide(buckets[i])
		if w.isCalm() && !w.next.Before(settled(now)) && pendingOf(buckets[i], w.next) == w.pending {
			unchanged = append(unchanged, w)
			continue
		}
		changed = append(changed, w.service)
		readings = append(readings, &reading{watch: w, now: now, buckets: buckets[i], settings: m.settingsOf(w.service)})
	}
	networks, err := m.Store.NetworksOf(ctx, changed, now, recentSpan)
	if err != nil {
		return nil, unchanged, fmt.Errorf("read the networks of %d services: %w", len(changed), err)
	}
	for i, r := range readings {
		r.networks = independentSources(networks[i])
		r.aside, r.asideAt = networks[i].World.Reports-r.networks.World.Reports, now
	}
	if err := m.readLonger(ctx, readings, now); err != nil {
		return nil, unchanged, err
	}
	return readings, unchanged, nil
}

// readLonger reads the networks of longSpan of the services in trouble.
func (m *Monitor) readLonger(ctx context.Context, readings []*reading, now time.Time) error {
	var names []string
	var troubled []*reading
	for _, r := range readings {
		if !r.isCalm() {
			names, troubled = append(names, r.service), append(troubled, r)
		}
	}
	if len(names) == 0 {
		return nil
	}
	networks, err := m.Store.NetworksOf(ctx, names, now, longSpan)
	if err != nil {
		return fmt.Errorf("read the networks of %d services in trouble: %w", len(names), err)
	}
	for i, r := range troubled {
		r.longer = independentSources(networks[i])
	}
	return nil
}
