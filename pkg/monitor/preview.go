package monitor

import (
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// preview judges the minutes that are not consumed yet, on copies of the states.
// It returns the verdict on the service, and those on cells that may have an
// anomaly. Of other cells it learns the baseline, so that this is done when the
// minute closes.
func (m *Monitor) preview(in *judgeInput) (service detect.Verdict, cells map[window.Cell]*detect.Verdict) {
	w, work := in.watch, in.work
	states, cells := work.states, work.verdicts
	clear(states)
	clear(cells)
	work.pending.reset()
	for _, b := range in.buckets {
		if !b.Start.Before(w.next) {
			work.pending.add(in.independent(b))
		}
	}
	for _, b := range in.buckets {
		if b.Start.Before(w.next) {
			continue
		}
		isRunning := b.Start.Add(window.Width).After(in.now)
		work.minute.reset()
		work.minute.add(in.independent(b))
		visits := previewVisits(in, b)
		w.eachRelevant(&work.minute, func(cell window.Cell, n int64) {
			state := states[cell]
			if state == nil {
				own := w.state(cell)
				state = &own
			}
			if cell != baseline.Whole && !state.MayBeAnomalous(in.settings, float64(work.pending.of(cell))) {
				w.baselines.Learn(cell)
				return
			}
			x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1, Support: visits.of(cell), CommonFactor: m.commonOf(w, cell, b.Start)}
			var v detect.Verdict
			if isRunning {
				x.Exposure = in.now.Sub(b.Start).Seconds() / window.Width.Seconds()
				v = detect.Preview(in.settings, *state, w.baselines.Of(cell), x, in.sourcesOf(cell, b.Start))
			} else {
				var next detect.State
				next, v = detect.Step(in.settings, *state, w.baselines.Of(cell), x, in.sourcesOf(cell, b.Start))
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
