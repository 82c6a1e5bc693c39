package monitor

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// Live returns what is known of service right now.
func (m *Monitor) Live(service string) incident.Live {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.live[service]
}

// Judged returns the time of the last tick that could count and read what was
// counted. When a service was judged its Live tells.
func (m *Monitor) Judged() time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.judged
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
	m.mu.Lock()
	m.live[service] = l
	m.mu.Unlock()
	m.tell(service, w, now)
}

// tell publishes the running numbers of a service when they changed.
func (m *Monitor) tell(service string, w *watch, now time.Time) {
	if w.told == w.shown {
		return
	}
	w.told = w.shown
	level := detect.OK
	if w.troubled() {
		level = w.incident.Level
	}
	m.Publisher.Publish(publish.CountsOf(service, level, detect.Verdict{
		At: now, Window: window.Default, Observed: w.shown,
		Expected: w.usual.Of(whole).Sum(w.ends.Add(-window.Default), now),
	}))
}
