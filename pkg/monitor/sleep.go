package monitor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// awake tells whether w has to be judged: somebody reported within the default
// window or shortly before, or there is trouble, or was and may be again. All
// other services are silent, and learn of it when somebody reports.
func (w *watch) awake(now time.Time, reopen time.Duration) bool {
	if w.lastCount.After(now.Add(-window.Default-window.Width-settle)) || len(w.alarmed) > 0 {
		return true
	}
	return w.incident != nil && (w.incident.State != incident.Resolved || w.incident.Resolved.After(now.Add(-reopen)))
}

// unsettled returns the start of the first minute that may have got reports which
// no tick saw.
func (m *Monitor) unsettled(now time.Time) time.Time {
	since := window.Start(m.listed.Add(-settle))
	if earliest := now.Add(-recent); since.Before(earliest) || since.After(now) {
		return earliest
	}
	return since
}

// doze lets time pass for a service that has nothing to judge: its minutes leave
// the window. That is known without asking anybody.
func (m *Monitor) doze(ctx context.Context, service string, w *watch, now time.Time) error {
	before := w.shown
	w.fresh = false
	for end := window.Start(now).Add(window.Width); w.ends.Before(end); w.ends = w.ends.Add(window.Width) {
		w.shown -= w.minutes[0]
		copy(w.minutes, w.minutes[1:])
		w.minutes[len(w.minutes)-1] = 0
	}
	w.lastKnown = settled(now)
	if w.shown != before {
		var err error
		if w.usual, err = m.Baselines.Service(ctx, service, now); err != nil {
			w.again()
			return fmt.Errorf("judge %s: %w", service, err)
		}
	}
	l := m.Live(service)
	l.At, l.LastKnown = now, w.lastKnown
	m.see(service, w, l)
	return nil
}

// sleep forgets what readers were told of a service. Its states stay as long as
// they are worth it.
func (m *Monitor) sleep(service string) {
	m.hide(service)
	if w := m.services[service]; len(w.states) == 0 {
		delete(m.services, service)
	} else {
		w.incident = nil
	}
}

// sweptAtOnce is how many services a tick may read the history of to see whether
// their states are still worth something: nobody waits for that.
const sweptAtOnce = 64

// sweep drops the states that silence has made worthless, once a day, some
// services at a tick.
func (m *Monitor) sweep(ctx context.Context, now time.Time) error {
	if day := now.Unix() / 86400; day != m.sweptOn {
		m.sweptOn, m.unswept = day, slices.Sorted(maps.Keys(m.services))
	}
	to := window.Start(now.Add(-catchUp))
	for n := 0; n < sweptAtOnce && len(m.unswept) > 0; m.unswept = m.unswept[1:] {
		service := m.unswept[0]
		w := m.services[service]
		if w == nil || w.awake(now, m.Policy.ReopenWithin) || m.missing[window.PartitionOf(service)] {
			continue
		}
		n++
		usual, err := m.Baselines.Service(ctx, service, now)
		if err != nil {
			return fmt.Errorf("drop old states of %s: %w", service, err)
		}
		if w.next.Before(to) {
			m.skip(w, usual, to)
		}
		for cell, kept := range w.states {
			if s := kept.packed.State(); !s.Informative() {
				m.keep(service, w, cell, s)
			}
		}
		if len(w.states) == 0 {
			delete(m.services, service)
		}
	}
	return nil
}

// skip moves w to a minute that is too far ahead to consume all up to it. As far
// as this process was watching, nobody reported anything in between; what lies
// before that was not watched, so it says nothing.
func (m *Monitor) skip(w *watch, usual *baseline.Service, to time.Time) {
	for cell, kept := range w.states {
		b, s := usual.Of(cell), kept.packed.State()
		if m.watching.After(w.next) {
			s = detect.Skip(m.Settings, s, b, earlier(m.watching, to), false)
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

// keep remembers the state of a cell as long as it is worth it.
func (m *Monitor) keep(service string, w *watch, cell window.Cell, s detect.State) {
	if w.keep(cell, s) {
		m.drop(service, cell)
	}
}

// drop has the saved state of a cell deleted, if states are saved.
func (m *Monitor) drop(service string, cell window.Cell) {
	if m.Checkpoint > 0 {
		m.dropped[cellName(service, cell)] = true
	}
}
