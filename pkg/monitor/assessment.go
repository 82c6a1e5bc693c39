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

// Assessment is what the monitor knows of one service after a tick: the state
// that readers get, and the counts of the default window that subscribers get.
// The process that leads sends it to all others.
type Assessment struct {
	incident.Live
	Observed int64
	Expected float64
}

// Live returns what is known of service right now.
func (m *Monitor) Live(service string) incident.Live {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.current[service].Live
}

// Judged returns the time of the last tick that could count and read what was
// counted. When a service was judged its Live tells.
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

// Adopt takes over the assessments that another process made at a tick. A Monitor
// that adopts assessments must not judge services itself.
func (m *Monitor) Adopt(at time.Time, all map[string]Assessment) {
	m.mu.Lock()
	before := m.current
	m.current, m.judgedAt = all, at
	m.mu.Unlock()
	for service, s := range all {
		if old, known := before[service]; !known || old.Observed != s.Observed {
			m.Publisher.Publish(s.counts(service))
		}
	}
}

// show lets readers see the judgement and subscribers the running numbers.
func (m *Monitor) show(service string, w *watch, j incident.Judgement, now time.Time) {
	l := incident.Live{At: now, LastKnown: w.lastKnown, Verdict: j.Service}
	if w.troubled() {
		l.Incident, l.Verdict = w.incident, w.incident.Verdict
	}
	for _, c := range j.Countries {
		if l.Countries == nil {
			l.Countries = map[string]detect.Verdict{}
		}
		l.Countries[c.Country] = c.Verdict
	}
	m.see(service, w, l)
}

// see keeps what is known of a service, and tells subscribers its running
// numbers when they changed.
func (m *Monitor) see(service string, w *watch, l incident.Live) {
	m.mu.Lock()
	s, known := m.current[service]
	changed := !known || s.Observed != w.shown
	if s.Live = l; changed {
		s.Observed, s.Expected = w.shown, w.usual.Of(baseline.Whole).Expected(w.ends.Add(-window.Default), l.At)
	}
	m.current[service] = s
	m.mu.Unlock()
	if changed {
		m.Publisher.Publish(s.counts(service))
	}
}

// hide forgets what readers were shown of a service.
func (m *Monitor) hide(service string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.current, service)
}

// counts tells subscribers of the running numbers.
func (s *Assessment) counts(service string) publish.Event {
	level := detect.OK
	if s.Incident != nil {
		level = s.Incident.Level
	}
	return publish.CountsOf(service, level, detect.Verdict{
		At: s.At, Window: window.Default, Observed: s.Observed, Expected: s.Expected,
	})
}
