package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// judged is the judgement of one service at one tick.
type judged struct {
	*watch
	incident.Judgement
}

// isTroubled reports whether the service has a live incident or an anomaly.
func (j judged) isTroubled() bool { return j.hasIncident() || j.Anomalous() }

// workspace is memory that is used again for each service that is judged. It
// carries nothing from one service to the next.
type workspace struct {
	minute   tally                           // of one bucket
	pending  tally                           // of the minutes that are not settled yet
	window   tally                           // of the default window
	states   map[window.Cell]*detect.State   // after closed minutes that are not settled yet
	verdicts map[window.Cell]*detect.Verdict // of countries and symptoms
	ended    map[window.Cell]time.Time       // ends of anomalies in the minutes consumed
}

func newWorkspace() *workspace {
	return &workspace{
		states: map[window.Cell]*detect.State{}, verdicts: map[window.Cell]*detect.Verdict{}, ended: map[window.Cell]time.Time{},
	}
}

// judging is one service while it is judged.
type judging struct {
	*reading
	work        *workspace
	windowAdded bool // work.window holds the counts of the service
}

// judge judges services by what was read of them. It leaves out services that
// cannot be judged; the error says why.
func (m *Monitor) judge(ctx context.Context, readings []*reading, work *workspace) (all []judged, err error) {
	all = make([]judged, 0, len(readings))
	for _, r := range readings {
		j, judgeErr := m.judgeService(ctx, &judging{reading: r, work: work})
		if judgeErr != nil {
			err = errors.Join(err, fmt.Errorf("judge %s: %w", r.service, judgeErr))
			r.judgeAgain()
			continue
		}
		r.mustJudge = false
		all = append(all, judged{r.watch, j})
	}
	return all, err
}

// judgeService consumes the minutes that closed since the last tick, and judges
// those after them provisionally.
func (m *Monitor) judgeService(ctx context.Context, g *judging) (incident.Judgement, error) {
	g.recent.set(g.defaultWindow())
	ended := m.consumeClosed(g)
	g.watch.pending = pendingOf(g.buckets, g.next)
	service, cells := preview(g)
	noteEnds(&service, cells, ended)

	j := incident.Judgement{At: g.now, Known: g.buckets[len(g.buckets)-1].Known, Service: service}
	addCells(&j, cells)
	if !g.hasIncident() && !j.Anomalous() {
		return j, nil
	}
	err := m.attribute(ctx, g, &j)
	return j, err
}

// windowCounts returns the counts of the default window by cell. They are added
// up when they are first needed: most services do not need them.
func (g *judging) windowCounts() *tally {
	if !g.windowAdded {
		g.work.window.reset()
		for _, b := range g.defaultWindow() {
			g.work.window.add(b)
		}
		g.windowAdded = true
	}
	return &g.work.window
}

// sourcesOf returns the sources of the recent reports of a cell.
func (g *judging) sourcesOf(cell window.Cell) detect.Sources {
	switch {
	case cell == baseline.Whole:
		return detect.Sources(g.networks.World)
	case cell.Symptom == "":
		return detect.Sources(g.networks.ByCountry[cell.Country])
	}
	return symptomSources(g.networks.World, cell, g.windowCounts())
}

// consumeClosed feeds the minutes that closed since the last tick to the states,
// and returns when anomalies ended in them.
func (m *Monitor) consumeClosed(g *judging) (ended map[window.Cell]time.Time) {
	ended = g.work.ended
	clear(ended)
	for _, b := range g.buckets {
		if !b.Start.Before(g.next) && b.Start.Before(settled(g.now)) {
			m.consume(g, b, ended)
		}
	}
	return ended
}

// consume feeds one closed minute to the service, and to its cells with reports
// or an anomaly. All other cells had no reports, which they learn with their
// next one. But a minute in which nobody could count is fed to all cells at
// once. The ends of anomalies are added to ended.
func (m *Monitor) consume(g *judging, b window.Bucket, ended map[window.Cell]time.Time) {
	w, counts := g.watch, &g.work.minute
	counts.reset()
	counts.add(b)
	visits := m.stepVisits(g, b)
	step := func(cell window.Cell, n int64) {
		x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1, Support: visits.of(cell)}
		next, v := detect.Step(g.settings, w.state(cell), w.baselines.Of(cell), x, g.sourcesOf(cell))
		m.setState(w, cell, next)
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
	w.next = b.Start.Add(window.Width)
	if b.Known {
		w.lastKnown = w.next
	} else if w.next.After(m.knownSince) {
		m.knownSince = w.next
	}
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

// preview judges the minutes that are not consumed yet, on copies of the states.
// It returns the verdict on the service, and those on cells that may have an
// anomaly. Of other cells it learns the baseline, so that this is done when the
// minute closes.
func preview(g *judging) (service detect.Verdict, cells map[window.Cell]*detect.Verdict) {
	w, work := g.watch, g.work
	states, cells := work.states, work.verdicts
	clear(states)
	clear(cells)
	work.pending.reset()
	for _, b := range g.buckets {
		if !b.Start.Before(w.next) {
			work.pending.add(b)
		}
	}
	for _, b := range g.buckets {
		if b.Start.Before(w.next) {
			continue
		}
		isRunning := b.Start.Add(window.Width).After(g.now)
		work.minute.reset()
		work.minute.add(b)
		visits := previewVisits(g, b)
		w.eachRelevant(&work.minute, func(cell window.Cell, n int64) {
			state := states[cell]
			if state == nil {
				own := w.state(cell)
				state = &own
			}
			if cell != baseline.Whole && !state.MayBeAnomalous(g.settings, float64(work.pending.of(cell))) {
				w.baselines.Learn(cell)
				return
			}
			x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1, Support: visits.of(cell)}
			var v detect.Verdict
			if isRunning {
				x.Exposure = g.now.Sub(b.Start).Seconds() / window.Width.Seconds()
				v = detect.Preview(g.settings, *state, w.baselines.Of(cell), x, g.sourcesOf(cell))
			} else {
				var next detect.State
				next, v = detect.Step(g.settings, *state, w.baselines.Of(cell), x, g.sourcesOf(cell))
				states[cell] = &next
			}
			if cell == baseline.Whole {
				service = v
			} else {
				cells[cell] = &v
			}
		})
	}
	return service, cells
}

// noteEnds adds the ends of anomalies to the verdicts, unless the cell has an
// anomaly again.
func noteEnds(service *detect.Verdict, cells map[window.Cell]*detect.Verdict, ended map[window.Cell]time.Time) {
	for cell, at := range ended {
		v := service
		if cell != baseline.Whole {
			if v = cells[cell]; v == nil {
				v = &detect.Verdict{}
				cells[cell] = v
			}
		}
		if !v.Anomalous && v.Ended.IsZero() {
			v.Ended = at
		}
	}
}

// addCells adds to j, in a fixed order, the verdicts on cells with an anomaly or
// with one that has just ended.
func addCells(j *incident.Judgement, cells map[window.Cell]*detect.Verdict) {
	for cell, v := range cells {
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
