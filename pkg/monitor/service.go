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

// watch is what the monitor remembers of one service between ticks. Its states
// have consumed closed minutes only; the running minute is judged on copies.
type watch struct {
	service   string
	states    map[window.Cell]cellState
	anomalous map[window.Cell]bool // cells with an anomaly are judged also without reports
	next      time.Time            // the first minute not consumed yet
	lastKnown time.Time            // the end of the last minute that could be counted
	activeAt  time.Time            // the last tick at which it had recent reports
	incident  *incident.Incident   // the live one, or the last one while it may reopen
	mustJudge bool                 // there are new reports, or the last judgement failed
	withheld  detect.ReasonCode    // why an anomaly made no outage, as last logged
	recent    recentCounts
	pending   pending // as last judged
	aside     int64   // reports of recentSpan before asideAt that are set aside
	asideAt   time.Time
	earlier   earlierCounts     // of the live incident, before the buckets
	baselines *baseline.Service // as of the last judgement
	// over is the last incident that cannot reopen any more. Its echo may outlast it.
	over *incident.Incident
	// courses are those by which this outage explained the trouble of others, by
	// country.
	courses map[string]detect.Course

	provider    string   // "" if it is not known
	members     []member // its parts in the common factors, by country
	contributes bool     // its reports count in them; they do not while it is in trouble
}

// cellState is the state of one cell, and whether it changed since it was saved.
type cellState struct {
	packed  detect.Packed
	changed bool
}

// watch returns what is remembered of a service, which it starts to watch if it
// has not.
func (m *Monitor) watch(service string) *watch {
	w := m.services[service]
	if w == nil {
		w = &watch{service: service, states: map[window.Cell]cellState{}, anomalous: map[window.Cell]bool{}}
		m.services[service] = w
		m.noteProvider(w)
	}
	return w
}

// noteProvider notes which services share their provider with w.
func (m *Monitor) noteProvider(w *watch) {
	if m.Dependencies == nil {
		return
	}
	w.provider, _ = m.Dependencies(w.service)
	if w.provider != "" && !slices.Contains(m.siblings[w.provider], w.service) {
		m.siblings[w.provider] = append(m.siblings[w.provider], w.service)
	}
}

// state returns the state of a cell, the zero State if nothing happened in it.
func (w *watch) state(cell window.Cell) detect.State { return w.states[cell].packed.State() }

// setState remembers the state of a cell if it is worth keeping, and reports
// whether one was dropped.
func (w *watch) setState(cell window.Cell, s detect.State) (dropped bool) {
	if s.Anomalous && !baseline.IsVisits(cell) {
		w.anomalous[cell] = true
	} else {
		delete(w.anomalous, cell)
	}
	if s.Informative() {
		w.states[cell] = cellState{packed: s.Pack(), changed: true}
		return false
	}
	_, dropped = w.states[cell]
	delete(w.states, cell)
	return dropped
}

// markSaved notes that the state of a cell was saved.
func (w *watch) markSaved(cell window.Cell) {
	w.states[cell] = cellState{packed: w.states[cell].packed}
}

// hasIncident reports whether w has a live incident.
func (w *watch) hasIncident() bool {
	return w.incident != nil && w.incident.State != incident.Resolved
}

// judgeAgain makes the next tick judge w, whatever it reads.
func (w *watch) judgeAgain() { w.mustJudge, w.pending = true, neverPending }

// setState remembers the state of a cell if it is worth keeping, and has the
// saved one deleted if not.
func (m *Monitor) setState(w *watch, cell window.Cell, s detect.State) {
	if w.setState(cell, s) {
		m.drop(w, cell)
	}
}

// drop has the saved state of a cell deleted at the next checkpoint.
func (m *Monitor) drop(w *watch, cell window.Cell) {
	if m.Checkpoint > 0 {
		m.dropped[cellName(w.service, cell)] = true
	}
}

// recentCounts is the problems by minute in the default window, oldest first.
type recentCounts struct {
	minutes []int64
	end     time.Time // of the newest minute
	sum     int64
}

// set takes over the counts of the default window.
func (r *recentCounts) set(buckets []window.Bucket) {
	r.minutes, r.sum, r.end = r.minutes[:0], 0, buckets[len(buckets)-1].Start.Add(window.Width)
	for _, b := range buckets {
		n := problems(b)
		r.minutes = append(r.minutes, n)
		r.sum += n
	}
}

// moveTo moves the window to a later end. The new minutes have no problems.
func (r *recentCounts) moveTo(end time.Time) {
	for ; r.end.Before(end); r.end = r.end.Add(window.Width) {
		r.sum -= r.minutes[0]
		copy(r.minutes, r.minutes[1:])
		r.minutes[len(r.minutes)-1] = 0
	}
}

// problems returns the problems of all cells in some buckets.
func problems(buckets ...window.Bucket) int64 {
	var n int64
	for _, b := range buckets {
		for _, c := range b.Problems {
			n += c.N
		}
	}
	return n
}

// cellName names a cell in the archive: the service alone, service/country, or
// service/country/symptom, where the country may be empty.
func cellName(service string, cell window.Cell) string {
	switch {
	case cell == baseline.Whole:
		return service
	case cell.Symptom != "":
		return service + "/" + cell.Country + "/" + cell.Symptom
	}
	return service + "/" + cell.Country
}

// parseCellName is the reverse of cellName.
func parseCellName(name string) (service string, cell window.Cell) {
	service, rest, _ := strings.Cut(name, "/")
	country, symptom, _ := strings.Cut(rest, "/")
	return service, window.Cell{Country: country, Symptom: symptom}
}
