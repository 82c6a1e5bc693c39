package monitor

import (
	"maps"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// Assessment is the result of a tick for one service: its live state, and the
// reports of the default window. The leader sends it to all followers.
type Assessment struct {
	incident.Live
	Observed int64
	Expected float64
}

// Live returns the current state of a service. It returns the zero Live if the
// service is not active.
func (m *Monitor) Live(service string) incident.Live {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.current[service].Live
}

// Judged returns the time of the last tick that could use the store. A single
// service may have been judged earlier: its time is the At of its Live.
func (m *Monitor) Judged() time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.judgedAt
}

// Assessments returns the current assessments of all active services.
func (m *Monitor) Assessments() map[string]Assessment {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return maps.Clone(m.current)
}

// Adopt replaces all assessments with those that another process made in the tick
// at the given time, and publishes the counts that changed. A Monitor that adopts
// assessments must not judge services itself.
func (m *Monitor) Adopt(at time.Time, all map[string]Assessment) {
	m.mu.Lock()
	before := m.current
	m.current, m.judgedAt = all, at
	m.mu.Unlock()
	for service, a := range all {
		if old, known := before[service]; !known || old.Observed != a.Observed {
			m.Publisher.Publish(a.countsEvent(service))
		}
	}
}

// publish sends the events of the judgement j to subscribers, and sets the current
// state of the service from j.
func (m *Monitor) publish(j *judged, events []publish.Event, now time.Time) {
	if len(events) > 0 {
		m.Publisher.Publish(events...)
	}
	live := incident.Live{At: now, LastKnown: j.lastKnown, Verdict: j.Service}
	if j.hasIncident() {
		live.Incident, live.Verdict = j.incident, j.incident.Verdict
	}
	for _, c := range j.Countries {
		if live.Countries == nil {
			live.Countries = map[string]detect.Verdict{}
		}
		live.Countries[c.Country] = c.Verdict
	}
	m.setLive(j.watch, live)
}

// setLive sets the current state of a service, and publishes its counts if they
// changed.
func (m *Monitor) setLive(w *watch, live incident.Live) {
	live.Muted = m.muteOf(w.service)
	if live.Aside = w.aside; live.At.Sub(w.asideAt) > recentSpan {
		live.Aside = 0
	}
	m.mu.Lock()
	a, known := m.current[w.service]
	changed := !known || a.Observed != w.recent.sum
	a.Live = live
	if changed {
		a.Observed = w.recent.sum
		a.Expected = w.baselines.Of(baseline.Whole).Expected(w.recent.end.Add(-window.Default), live.At)
	}
	m.current[w.service] = a
	m.mu.Unlock()
	if changed {
		m.Publisher.Publish(a.countsEvent(w.service))
	}
}

// withdraw removes the assessment of a service.
func (m *Monitor) withdraw(service string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.current, service)
}

// countsEvent returns the event with the counts of a service.
func (a *Assessment) countsEvent(service string) publish.Event {
	level := detect.OK
	if a.Incident != nil {
		level = a.Incident.Level
	}
	return publish.NewCountsEvent(service, level, detect.Verdict{
		At: a.At, Window: window.Default, Observed: a.Observed, Expected: a.Expected,
	})
}
