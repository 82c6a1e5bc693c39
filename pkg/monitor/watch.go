package monitor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// watch is what the monitor remembers of one service. The states are those of
// closed minutes only; the running minute is judged on a copy.
type watch struct {
	states    map[window.Cell]cellState
	alarmed   map[window.Cell]bool // cells with an anomaly: they are judged also when nobody reports
	next      time.Time            // the first minute not consumed yet
	lastKnown time.Time            // the end of the last minute that could be counted
	lastCount time.Time            // the last tick at which it had recent reports
	incident  *incident.Incident   // the live one, or the last one while it may reopen
	fresh     bool                 // somebody reported since it was judged
	withheld  detect.ReasonCode    // why an anomaly made no outage, as last logged
	minutes   []int64              // problems by minute in the default window, oldest first
	ends      time.Time            // the end of the newest of them
	shown     int64                // the sum of them
	pending   pending              // as last judged
	usual     *baseline.Service    // as of the last judgement
}

// cellState is the state of one cell, and whether it changed since it was saved.
type cellState struct {
	packed  detect.Packed
	changed bool
}

func newWatch() *watch {
	return &watch{states: map[window.Cell]cellState{}, alarmed: map[window.Cell]bool{}}
}

// state returns the state of a cell; that of one in which nothing happened is
// the zero State.
func (w *watch) state(cell window.Cell) detect.State { return w.states[cell].packed.State() }

// keep remembers the state of a cell as long as it is worth it, and tells
// whether one was dropped.
func (w *watch) keep(cell window.Cell, s detect.State) (dropped bool) {
	if s.Anomalous && !baseline.IsVisits(cell) {
		w.alarmed[cell] = true
	} else {
		delete(w.alarmed, cell)
	}
	if s.Informative() {
		w.states[cell] = cellState{packed: s.Pack(), changed: true}
		return false
	}
	_, dropped = w.states[cell]
	delete(w.states, cell)
	return dropped
}

// saved notes that the state of a cell is as it was saved.
func (w *watch) saved(cell window.Cell) {
	w.states[cell] = cellState{packed: w.states[cell].packed}
}

// show takes over the counts of the default window.
func (w *watch) show(shown []window.Bucket) {
	w.minutes, w.shown, w.ends = w.minutes[:0], 0, shown[len(shown)-1].Start.Add(window.Width)
	for _, b := range shown {
		n := total([]window.Bucket{b})
		w.minutes = append(w.minutes, n)
		w.shown += n
	}
}

// sight is all that is known of one service at one tick.
type sight struct {
	service  string
	now      time.Time
	buckets  []window.Bucket // up to the running minute
	sources  window.NetworkCounts
	usual    *baseline.Service
	settings detect.Settings
	recent   *tally // of the default window, once added is set
	added    bool
	pending  *tally // of the minutes that are not settled yet, all together
}

// window returns the tally of the default window. Most services need none.
func (s *sight) window() *tally {
	if !s.added {
		s.recent.reset()
		for _, b := range s.shown() {
			s.recent.add(b)
		}
		s.added = true
	}
	return s.recent
}

// sourcesOf says where the recent reports of a cell came from.
func (s *sight) sourcesOf(cell window.Cell) detect.Sources {
	switch {
	case cell == baseline.Whole:
		return detect.Sources(s.sources.World)
	case cell.Symptom == "":
		return detect.Sources(s.sources.ByCountry[cell.Country])
	}
	return ofSymptom(s.sources.World, cell, s.window())
}

// settled returns the end of the last minute that may be consumed at now.
func settled(now time.Time) time.Time { return window.Start(now.Add(-settle)) }

// bring moves w to the first minute that may be consumed at now.
func (m *Monitor) bring(service string, w *watch, now time.Time) {
	closed := settled(now)
	if closed.Before(w.next) {
		// The clock went back, and what was consumed lies ahead of it: the last
		// hour is judged anew.
		for cell := range w.states {
			m.drop(service, cell)
		}
		clear(w.states)
		clear(w.alarmed)
		w.next = time.Time{}
	}
	if earliest := closed.Add(-catchUp); w.next.Before(earliest) {
		m.skip(w, w.usual, earliest)
	}
}

// judgement consumes the minutes that closed since the last tick and judges the
// running one provisionally.
func (m *Monitor) judgement(ctx context.Context, w *watch, s *sight) (j incident.Judgement, err error) {
	w.show(s.shown())

	j = incident.Judgement{At: s.now, Known: s.buckets[len(s.buckets)-1].Known}
	clear(m.ended)
	for _, b := range s.buckets {
		if !b.Start.Before(w.next) && b.Start.Before(settled(s.now)) {
			m.consume(w, s, b)
		}
	}
	m.provisional(w, s, &j)
	if w.troubled() || j.Anomalous() {
		err = m.attribute(ctx, w, s, &j)
	}
	return j, err
}

// shown returns the buckets of the default window.
func (s *sight) shown() []window.Bucket {
	return s.buckets[max(0, len(s.buckets)-int(window.Default/window.Width)):]
}

// consume feeds one closed minute to the cells that have reports in it or an
// anomaly, and to the service. All others are silent, which they are told when
// they next have a report; but a minute in which nobody could count is told at
// once.
func (m *Monitor) consume(w *watch, s *sight, b window.Bucket) {
	m.counts.reset()
	m.counts.add(b)
	visits := m.heedClosed(w, s, b)
	step := func(cell window.Cell, n int64) {
		x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1, Support: visits.of(cell)}
		next, v := detect.Step(s.settings, w.state(cell), s.usual.Of(cell), x, s.sourcesOf(cell))
		m.keep(s.service, w, cell, next)
		if !v.Ended.IsZero() {
			m.ended[cell] = v.Ended
		}
	}
	m.visit(w, step)
	if !b.Known {
		for cell := range w.states {
			if m.counts.of(cell) == 0 && !w.alarmed[cell] && cell != baseline.Whole {
				step(cell, 0)
			}
		}
	}
	w.next = b.Start.Add(window.Width)
	if b.Known {
		w.lastKnown = w.next
	} else if w.next.After(m.watching) {
		m.watching = w.next
	}
}

// visit calls each with the cells that have reports in the present tally or an
// anomaly, and the service.
func (m *Monitor) visit(w *watch, each func(cell window.Cell, n int64)) {
	each(baseline.Whole, m.counts.total)
	for _, c := range m.counts.countries {
		each(c.cell, c.n)
	}
	for _, c := range m.counts.symptoms {
		each(c.cell, c.n)
	}
	for cell := range w.alarmed {
		if cell != baseline.Whole && m.counts.of(cell) == 0 {
			each(cell, 0)
		}
	}
}

// provisional judges what has come in since the last closed minute, on copies
// of the states, and adds to j the verdicts of the service and of all cells with
// an anomaly, or with one that has just ended. Of other cells it only has learned
// what is usual, so that this is known when the minute closes.
func (m *Monitor) provisional(w *watch, s *sight, j *incident.Judgement) {
	clear(m.copies)
	clear(m.verdicts)
	w.pending = pendingOf(s.buckets, w.next, s.pending)
	verdict := func(cell window.Cell) *detect.Verdict {
		if cell == baseline.Whole {
			return &j.Service
		}
		v := m.verdicts[cell]
		if v == nil {
			v = &detect.Verdict{}
			m.verdicts[cell] = v
		}
		return v
	}
	for _, b := range s.buckets {
		if b.Start.Before(w.next) {
			continue
		}
		end := b.Start.Add(window.Width)
		m.counts.reset()
		m.counts.add(b)
		visits := w.heedRunning(s, b)
		m.visit(w, func(cell window.Cell, n int64) {
			state := m.copies[cell]
			if state == nil {
				own := w.state(cell)
				state = &own
			}
			x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1, Support: visits.of(cell)}
			switch {
			case cell != baseline.Whole && !state.MayBeAnomalous(s.settings, float64(s.pending.of(cell))):
				s.usual.Of(cell)
			case !end.After(s.now):
				next, v := detect.Step(s.settings, *state, s.usual.Of(cell), x, s.sourcesOf(cell))
				m.copies[cell], *verdict(cell) = &next, v
			default: // the running minute
				x.Exposure = s.now.Sub(b.Start).Seconds() / window.Width.Seconds()
				*verdict(cell) = detect.Preview(s.settings, *state, s.usual.Of(cell), x, s.sourcesOf(cell))
			}
		})
	}
	for cell, at := range m.ended {
		if v := verdict(cell); !v.Anomalous && v.Ended.IsZero() {
			v.Ended = at
		}
	}
	for cell, v := range m.verdicts {
		switch {
		case !v.Anomalous && v.Ended.IsZero():
		case cell.Symptom == "":
			j.Countries = append(j.Countries, incident.CountryVerdict{Country: cell.Country, Verdict: *v})
		default:
			j.Symptoms = append(j.Symptoms, incident.SymptomVerdict{Symptom: cell.Symptom, Verdict: *v})
		}
	}
	slices.SortFunc(j.Countries, func(a, b incident.CountryVerdict) int { return strings.Compare(a.Country, b.Country) })
	slices.SortFunc(j.Symptoms, func(a, b incident.SymptomVerdict) int { return strings.Compare(a.Symptom, b.Symptom) })
}

// attribute adds to j what it needs to say where the excess is and how many
// reports there were since the onset.
func (m *Monitor) attribute(ctx context.Context, w *watch, s *sight, j *incident.Judgement) error {
	from := s.shown()[0].Start
	slice := func(cell window.Cell, id string, n int64) incident.Segment {
		return incident.Segment{ID: id, Observed: n, Expected: s.usual.Of(cell).Expected(from, s.now)}
	}
	for _, c := range s.window().countries {
		j.CountrySegments = append(j.CountrySegments, slice(c.cell, c.cell.Country, c.n))
	}
	for _, c := range s.window().symptoms {
		j.SymptomSegments = append(j.SymptomSegments, slice(c.cell, c.cell.Symptom, c.n))
	}
	for _, all := range [][]incident.Segment{j.CountrySegments, j.SymptomSegments} {
		slices.SortFunc(all, func(a, b incident.Segment) int { return strings.Compare(a.ID, b.ID) })
	}
	since, err := m.Store.Buckets(ctx, s.service, onsetOf(w, *j), j.At.Add(window.Width))
	if err != nil {
		return fmt.Errorf("count since the onset: %w", err)
	}
	j.Reports = total(since)
	return nil
}

func (w *watch) troubled() bool {
	return w.incident != nil && w.incident.State != incident.Resolved
}

// onsetOf returns the onset of the live incident, or the earliest one that the
// verdicts name.
func onsetOf(w *watch, j incident.Judgement) time.Time {
	if w.troubled() {
		return w.incident.Onset
	}
	onset := j.At
	for v := range j.Verdicts() {
		if o := v.Onset; !o.IsZero() && o.Before(onset) {
			onset = o
		}
	}
	return onset
}

func total(buckets []window.Bucket) int64 {
	var n int64
	for _, b := range buckets {
		for _, c := range b.Problems {
			n += c.N
		}
	}
	return n
}

// cellName names a cell in the archive: the service's slug, and the country or
// the symptom behind a slash, the symptom behind another.
func cellName(service string, cell window.Cell) string {
	switch {
	case cell == baseline.Whole:
		return service
	case cell.Symptom != "":
		return service + "/" + cell.Country + "/" + cell.Symptom
	}
	return service + "/" + cell.Country
}

func splitCell(name string) (service string, cell window.Cell) {
	service, rest, _ := strings.Cut(name, "/")
	country, symptom, _ := strings.Cut(rest, "/")
	return service, window.Cell{Country: country, Symptom: symptom}
}
