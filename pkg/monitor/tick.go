package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// Tick judges every service that is active at now. A service whose partition is
// missing stays as it is until the partition is back.
//
// An error does not mean that nothing was judged: a step that fails for one
// service is made up for by the next tick, and the others go on.
func (m *Monitor) Tick(ctx context.Context, now time.Time) (err error) {
	if m.Ticked != nil {
		defer func(began time.Time) { m.Ticked(time.Since(began), err) }(time.Now())
	}
	now = now.UTC()
	active, missing, listErr := m.listActive(ctx, now)
	if missing == nil {
		return listErr
	}
	thresholdErr := m.updateThreshold(ctx, now) // without the archive the threshold stays
	twiceErr := m.noteTwice(ctx, anyOf(active), now)
	m.begin(now, active)
	actionsErr := m.applyActions(ctx, now, missing)
	roundErr := m.round(ctx, now, missing)
	var sweepErr error
	if roundErr == nil {
		sweepErr = m.sweep(ctx, now, missing)
	}
	return errors.Join(thresholdErr, listErr, twiceErr, actionsErr, roundErr, sweepErr, m.checkpointIfDue(ctx, now))
}

// anyOf returns one of services, or "" if there is none.
func anyOf(services []string) string {
	if len(services) == 0 {
		return ""
	}
	return services[0]
}

// round takes all services one step further: select → read → judge → relate →
// conclude → publish.
func (m *Monitor) round(ctx context.Context, now time.Time, missing *partitions) error {
	m.common.close(settled(now), !m.knownSince.After(m.common.closed.Add(-window.Width)))
	due, idle, inactive := m.selectDue(now, missing)
	m.deactivate(inactive)
	err := m.passTime(ctx, idle, now)

	var all []*judged
	work := newWorkspace()
	for _, group := range due {
		ready, prepareErr := m.prepare(ctx, group, now)
		readings, unchanged, readErr := m.read(ctx, ready, now)
		timeErr := m.passTime(ctx, unchanged, now)
		some, judgeErr := m.judge(ctx, readings, work)
		all = append(all, some...)
		err = errors.Join(err, prepareErr, readErr, timeErr, judgeErr)
	}
	return errors.Join(err, m.concludeAll(ctx, m.relate(all, now), now))
}

// partitions is a set of partitions.
type partitions [window.Partitions]bool

// noteMissing adds the partitions that err names as missing, and reports whether
// the rest can still be judged.
func (p *partitions) noteMissing(err error) bool {
	if err == nil {
		return true
	}
	var some *window.Missing
	if !errors.As(err, &some) {
		return false
	}
	for _, n := range some.Partitions {
		p[n] = true
	}
	return true
}

// has reports whether the partition of a service is in the set.
func (p *partitions) has(service string) bool { return p[window.PartitionOf(service)] }

// listActive notes in the store that counting works, and returns the services
// with recent reports and the partitions that are missing. If those are nil, the
// store cannot be used at all.
func (m *Monitor) listActive(ctx context.Context, now time.Time) (active []string, missing *partitions, err error) {
	missing = &partitions{}
	beatErr := m.Store.Beat(ctx, now)
	if !missing.noteMissing(beatErr) {
		return nil, nil, fmt.Errorf("note that counting works: %w", beatErr)
	}
	active, listErr := m.Store.Active(ctx, m.unlistedSince(now))
	if !missing.noteMissing(listErr) {
		return nil, nil, fmt.Errorf("list active services: %w", listErr)
	}
	if beatErr == nil && listErr == nil {
		m.listedAt = now
	}
	return active, missing, errors.Join(beatErr, listErr)
}

// unlistedSince returns the start of the first minute that may have reports which
// no tick has seen.
func (m *Monitor) unlistedSince(now time.Time) time.Time {
	since := window.Start(m.listedAt.Add(-settle))
	if earliest := now.Add(-recent); since.Before(earliest) || since.After(now) {
		return earliest
	}
	return since
}

// begin notes the time of a tick and the services that have recent reports.
func (m *Monitor) begin(now time.Time, active []string) {
	m.mu.Lock()
	m.judgedAt = now
	m.mu.Unlock()
	if gap := now.Sub(m.tickedAt); gap < 0 || gap >= recent {
		m.knownSince = window.Start(now.Add(-catchUp)) // that much is read again
	}
	m.tickedAt = now
	for _, service := range active {
		w := m.watch(service)
		w.activeAt, w.mustJudge = now, true
	}
}
