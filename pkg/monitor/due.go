package monitor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// groupSize is how many services are read in one call of the store: enough that
// the round trip does not matter, few enough that the answer stays small.
const groupSize = 256

// selectDue divides the services whose partition is there into those to be read,
// in groups of one partition each, those that are idle, and those that are
// inactive. Services of a partition are read together because they share its
// fate when part of the store is away.
func (m *Monitor) selectDue(now time.Time, missing *partitions) (due [][]*watch, idle, inactive []*watch) {
	var byPartition [window.Partitions][]*watch
	for _, service := range slices.Sorted(maps.Keys(m.services)) {
		w := m.services[service]
		switch {
		case missing.has(service):
		case !w.isActive(now, m.Policy.ReopenWithin):
			inactive = append(inactive, w)
		case w.isIdle():
			idle = append(idle, w)
		default:
			p := window.PartitionOf(service)
			byPartition[p] = append(byPartition[p], w)
		}
	}
	for _, services := range byPartition {
		due = slices.AppendSeq(due, slices.Chunk(services, groupSize))
	}
	return due, idle, inactive
}

// isActive reports whether w has to be watched: it had reports within the default
// window or shortly before, it has an anomaly, or an incident that is live or may
// reopen. Any other service is skipped until it has a report.
func (w *watch) isActive(now time.Time, reopen time.Duration) bool {
	if w.activeAt.After(now.Add(-window.Default-window.Width-settle)) || len(w.anomalous) > 0 {
		return true
	}
	return w.incident != nil && (w.incident.State != incident.Resolved || w.incident.Resolved.After(now.Add(-reopen)))
}

// isCalm reports whether nothing is wrong with w, as far as it was judged.
func (w *watch) isCalm() bool {
	return len(w.recent.minutes) > 0 && len(w.anomalous) == 0 && !w.hasIncident()
}

// isIdle reports whether w need not be read: it has no new reports, and nothing
// is wrong.
func (w *watch) isIdle() bool { return !w.mustJudge && w.isCalm() }

// passTime moves services without anything to judge up to now: minutes leave
// their default window, and no reports come in.
func (m *Monitor) passTime(ctx context.Context, services []*watch, now time.Time) error {
	var err error
	for _, w := range services {
		if timeErr := m.passTimeOf(ctx, w, now); timeErr != nil {
			err = errors.Join(err, fmt.Errorf("judge %s: %w", w.service, timeErr))
		}
	}
	return err
}

func (m *Monitor) passTimeOf(ctx context.Context, w *watch, now time.Time) error {
	before := w.recent.sum
	w.mustJudge = false
	w.recent.moveTo(window.Start(now).Add(window.Width))
	w.lastKnown = settled(now)
	if w.recent.sum != before {
		baselines, err := m.Baselines.Service(ctx, w.service, now)
		if err != nil {
			w.judgeAgain()
			return err
		}
		w.baselines = baselines
	}
	live := m.Live(w.service)
	live.At, live.LastKnown = now, w.lastKnown
	m.setLive(w, live)
	return nil
}

// deactivate withdraws the assessments of services, and forgets the services of
// which no state is worth keeping.
func (m *Monitor) deactivate(services []*watch) {
	for _, w := range services {
		m.withdraw(w.service)
		m.leave(w)
		w.incident = nil
		if len(w.states) == 0 {
			delete(m.services, w.service)
		}
	}
}
