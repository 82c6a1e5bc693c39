package monitor

import (
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// consumeClosed feeds the minutes that closed since the last tick to the states,
// and returns when anomalies ended in them.
func (m *Monitor) consumeClosed(in *judgeInput) (ended map[window.Cell]time.Time) {
	ended = in.work.ended
	clear(ended)
	for _, b := range in.buckets {
		if !b.Start.Before(in.next) && b.Start.Before(settled(in.now)) {
			m.consume(in, b, ended)
		}
	}
	return ended
}

// consume feeds one closed minute to the service, and to its cells with reports
// or an anomaly. All other cells had no reports, which they learn with their
// next one. But a minute in which nobody could count is fed to all cells at
// once. The ends of anomalies are added to ended.
func (m *Monitor) consume(in *judgeInput, b window.Bucket, ended map[window.Cell]time.Time) {
	w, counts := in.watch, &in.work.minute
	counts.reset()
	counts.add(in.independent(b))
	visits := m.stepVisits(in, b)
	isNewest := b.Known && b.Start.Add(window.Width).Equal(settled(in.now))
	m.review(w, b.Start)
	step := func(cell window.Cell, n int64) {
		x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1, Support: visits.of(cell), CommonFactor: m.commonOf(w, cell, b.Start)}
		state := w.state(cell)
		if w.anomalous[baseline.Whole] { // eachRelevant begins with the whole
			state.BeginWhole()
		}
		next, v := detect.Step(in.settings, state, w.baselines.Of(cell), x, in.sourcesOf(cell, b.Start))
		m.setState(w, cell, next)
		if isNewest && n > 0 && cell.Country != "" {
			m.noteReports(w, b.Start, cell.Country, float64(next.Discounted[0]))
		}
		if !v.Ended.IsZero() {
			ended[cell] = v.Ended
		}
	}
	w.eachRelevant(counts, step)
	if !b.Known {
		for cell := range w.states {
			if counts.of(cell) == 0 && !w.anomalous[cell] && cell != baseline.Whole {
				step(cell, 0)
			}
		}
	}
	m.endParts(w, ended)
	w.next = b.Start.Add(window.Width)
	if b.Known {
		w.lastKnown = w.next
	} else if w.next.After(m.knownSince) {
		m.knownSince = w.next
	}
}

// endParts lets the anomalies of countries and symptoms end when that of the
// service has ended, and those of symptoms when that of the last country has.
func (m *Monitor) endParts(w *watch, ended map[window.Cell]time.Time) {
	if w.anomalous[baseline.Whole] || len(ended) == 0 {
		return
	}
	_, wholeEnded := ended[baseline.Whole]
	for cell := range w.anomalous {
		if !wholeEnded && (cell.Symptom == "" || !w.lastCountryEnded(ended)) {
			continue
		}
		s := w.state(cell)
		s.EndWhole()
		m.setState(w, cell, s)
	}
}

// lastCountryEnded reports whether ended has a country, and no country has an
// anomaly.
func (w *watch) lastCountryEnded(ended map[window.Cell]time.Time) bool {
	isCountry := func(cell window.Cell) bool { return cell != baseline.Whole && cell.Symptom == "" }
	for cell := range w.anomalous {
		if isCountry(cell) {
			return false
		}
	}
	for cell := range ended {
		if isCountry(cell) {
			return true
		}
	}
	return false
}

// eachRelevant calls f with the count of the service, and of each cell with
// reports or an anomaly.
func (w *watch) eachRelevant(counts *tally, f func(cell window.Cell, n int64)) {
	f(baseline.Whole, counts.total)
	for _, c := range counts.countries {
		f(c.cell, c.n)
	}
	for _, c := range counts.symptoms {
		f(c.cell, c.n)
	}
	for cell := range w.anomalous {
		if cell != baseline.Whole && counts.of(cell) == 0 {
			f(cell, 0)
		}
	}
}
