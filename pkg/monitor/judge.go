package monitor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
)

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
	var troubled []incident.Present
	for _, service := range slices.Sorted(maps.Keys(m.services)) {
		w := m.services[service]
		j, judged, err := m.bring(ctx, service, w, now)
		switch {
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("judge %s: %w", service, err))
			w.again()
		case !judged:
		case w.troubled() || j.Anomalous():
			troubled = append(troubled, m.present(service, w, j))
		default:
			conclude(service, j)
		}
	}
	relations := incident.Relate(troubled, m.Policy)
	for _, p := range troubled {
		p.Judgement.Relation = relations[p.Service]
		conclude(p.Service, p.Judgement)
	}
	return failed
}

// bring brings one service up to now by its own counts. It is not judged where
// nothing has changed.
func (m *Monitor) bring(ctx context.Context, service string, w *watch, now time.Time) (j incident.Judgement, judged bool, err error) {
	switch {
	case !w.awake(now, m.Policy.Reopen):
		m.sleep(service)
		return j, false, nil
	case w.dozing():
		return j, false, m.doze(ctx, service, w, now)
	}
	s, err := m.look(ctx, service, w, now)
	if err != nil {
		return j, false, err
	}
	if w.unchanged(&s) {
		w.fresh = false
		return j, false, m.doze(ctx, service, w, now)
	}
	if j, err = m.judgement(ctx, service, w, &s); err != nil {
		return j, false, err
	}
	w.fresh = false
	return j, true, nil
}

// present is a service as others see it.
func (m *Monitor) present(service string, w *watch, j incident.Judgement) incident.Present {
	p := incident.Present{Service: service, Incident: w.incident, Judgement: j}
	if m.Kin != nil {
		p.Provider, p.Needs = m.Kin(service)
	}
	return p
}
