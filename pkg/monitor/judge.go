package monitor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// atOnce is how many services are read in one go: enough for the way to the
// store not to matter, few enough for what was read to stay small.
const atOnce = 256

// judge brings all services that are awake up to now: each by its own counts,
// then those in trouble beside each other.
func (m *Monitor) judge(ctx context.Context, now time.Time) error {
	var failed error
	conclude := func(service string, j incident.Judgement) {
		w := m.services[service]
		if err := m.conclude(ctx, service, w, j); err != nil {
			failed = errors.Join(failed, fmt.Errorf("conclude on %s: %w", service, err))
			w.again()
			return
		}
		m.logWithheld(service, w, j)
		m.show(service, w, j, now)
	}
	groups, failed := m.awake(ctx, now)
	var troubled []incident.Situation
	for _, services := range groups {
		seen, err := m.look(ctx, services, now)
		failed = errors.Join(failed, err)
		for _, s := range seen {
			w := m.services[s.service]
			j, err := m.judgement(ctx, w, s)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("judge %s: %w", s.service, err))
				w.again()
				continue
			}
			w.fresh = false
			if w.troubled() || j.Anomalous() {
				troubled = append(troubled, m.present(s.service, w, j))
			} else {
				conclude(s.service, j)
			}
		}
	}
	slices.SortFunc(troubled, func(a, b incident.Situation) int { return strings.Compare(a.Service, b.Service) })
	relations := incident.Relate(troubled, m.Policy)
	for _, p := range troubled {
		p.Judgement.Relation = relations[p.Service]
		conclude(p.Service, p.Judgement)
	}
	return failed
}

// awake lists the services that have to be looked at, in groups that are read
// together: those of a partition share its fate when part of the store is away.
// All others doze or sleep, but those of which nobody knows anything.
func (m *Monitor) awake(ctx context.Context, now time.Time) (groups [][]string, failed error) {
	var parts [window.Partitions][]string
	for _, service := range slices.Sorted(maps.Keys(m.services)) {
		w := m.services[service]
		switch {
		case m.missing[window.PartitionOf(service)]:
		case !w.awake(now, m.Policy.ReopenWithin):
			m.sleep(service)
		case w.dozing():
			failed = errors.Join(failed, m.doze(ctx, service, w, now))
		default:
			p := window.PartitionOf(service)
			parts[p] = append(parts[p], service)
		}
	}
	for _, services := range parts {
		groups = slices.AppendSeq(groups, slices.Chunk(services, atOnce))
	}
	return groups, failed
}

// look reads what is known of some services. What cannot be read is left out,
// and the error says why; what has not changed is left out, too.
func (m *Monitor) look(ctx context.Context, services []string, now time.Time) (seen []*sight, failed error) {
	running := window.Start(now)
	from := running.Add(window.Width - window.Default)
	names := make([]string, 0, len(services))
	for _, service := range services {
		w := m.services[service]
		usual, err := m.Baselines.Service(ctx, service, now)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("judge %s: %w", service, err))
			continue
		}
		w.usual = usual
		m.bring(service, w, now)
		from = earlier(from, w.next)
		names = append(names, service)
	}
	buckets, err := m.Store.BucketsOf(ctx, names, from, running.Add(window.Width))
	if err != nil {
		return nil, errors.Join(failed, fmt.Errorf("read what was counted of %d services: %w", len(names), err))
	}
	changed := names[:0]
	for i, service := range names {
		w := m.services[service]
		s := &sight{
			service: service, now: now, buckets: buckets[i], usual: w.usual,
			recent: &m.recent, pending: &m.pending, settings: m.settingsOf(service),
		}
		if w.unchanged(s) {
			failed = errors.Join(failed, m.doze(ctx, service, w, now))
			continue
		}
		changed, seen = append(changed, service), append(seen, s)
	}
	sources, err := m.Store.NetworksOf(ctx, changed, now)
	if err != nil {
		return nil, errors.Join(failed, fmt.Errorf("read where reports of %d services came from: %w", len(changed), err))
	}
	for i, s := range seen {
		s.sources = sources[i]
	}
	return seen, failed
}

// present is a service as others see it.
func (m *Monitor) present(service string, w *watch, j incident.Judgement) incident.Situation {
	p := incident.Situation{Service: service, Incident: w.incident, Judgement: j}
	if m.Dependencies != nil {
		p.Provider, p.Needs = m.Dependencies(service)
	}
	return p
}
