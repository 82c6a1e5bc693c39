package monitor

import (
	"maps"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// Seen is what a tick showed of one service: what readers see, and the running
// numbers of the default window that subscribers are told.
type Seen struct {
	incident.Live
	Observed int64
	Expected float64
}

// Live returns what is known of service right now.
func (m *Monitor) Live(service string) incident.Live {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.seen[service].Live
}

// Judged returns the time of the last tick that could count and read what was
// counted. When a service was judged its Live tells.
func (m *Monitor) Judged() time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.judged
}

// Seen returns what is known right now of every service that is awake.
func (m *Monitor) Seen() map[string]Seen {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return maps.Clone(m.seen)
}

// Show makes known what another process saw at a tick. A Monitor that is shown
// things does not judge itself.
func (m *Monitor) Show(at time.Time, all map[string]Seen) {
	m.mu.Lock()
	before := m.seen
	m.seen, m.judged = all, at
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
	s, known := m.seen[service]
	changed := !known || s.Observed != w.shown
	if s.Live = l; changed {
		s.Observed, s.Expected = w.shown, w.usual.Of(whole).Expected(w.ends.Add(-window.Default), l.At)
	}
	m.seen[service] = s
	m.mu.Unlock()
	if changed {
		m.Publisher.Publish(s.counts(service))
	}
}

// hide forgets what readers were shown of a service.
func (m *Monitor) hide(service string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, service)
}

// counts tells subscribers of the running numbers.
func (s *Seen) counts(service string) publish.Event {
	level := detect.OK
	if s.Incident != nil {
		level = s.Incident.Level
	}
	return publish.CountsOf(service, level, detect.Verdict{
		At: s.At, Window: window.Default, Observed: s.Observed, Expected: s.Expected,
	})
}
