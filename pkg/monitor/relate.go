package monitor

import (
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// relate sets the relations of services in trouble to each other, and returns
// all judgements: first those of services without trouble, then the others by
// service.
func (m *Monitor) relate(all []*judged, now time.Time) []*judged {
	var calm, troubled []*judged
	for _, j := range all {
		if j.isTroubled() {
			troubled = append(troubled, j)
		} else {
			calm = append(calm, j)
		}
	}
	slices.SortFunc(troubled, func(a, b *judged) int { return strings.Compare(a.service, b.service) })
	situations := make([]incident.Situation, 0, len(troubled))
	for _, j := range troubled {
		situations = append(situations, m.situation(j))
	}
	situations = append(situations, m.outlasted(troubled, now)...)
	relations := incident.Relate(situations, m.Policy)
	for _, j := range troubled {
		j.Relation = relations[j.service]
	}
	return append(calm, troubled...)
}

// situation returns a service as incident compares it with others.
func (m *Monitor) situation(j *judged) incident.Situation {
	s := incident.Situation{
		Service: j.service, Incident: j.incident, Judgement: j.Judgement,
		Evidence: &evidence{watch: j.watch, reading: j.reading, detector: m.settingsOf(j.service)},
	}
	if m.Dependencies != nil {
		s.Provider, s.Needs = m.Dependencies(j.service)
	}
	if m.Category != nil {
		s.Category = m.Category(j.service)
	}
	return s
}

// outlasted returns the services whose outage is over and whose echo is not.
func (m *Monitor) outlasted(troubled []*judged, now time.Time) []incident.Situation {
	var over []incident.Situation
	added := map[string]bool{}
	for _, j := range troubled {
		added[j.service] = true
	}
	for _, j := range troubled {
		if !j.hasIncident() || j.incident.EchoOf == "" || added[j.incident.EchoOf] {
			continue
		}
		added[j.incident.EchoOf] = true
		w := m.services[j.incident.EchoOf]
		if w == nil || w.baselines == nil {
			continue
		}
		s := m.situation(&judged{watch: w, Judgement: incident.Judgement{At: now}})
		if s.Incident == nil {
			s.Incident = w.over
		}
		over = append(over, s)
	}
	return over
}

// evidence is the counts of a service, as incident asks for them.
type evidence struct {
	*watch
	reading  *reading // nil if nothing was read at this tick
	detector detect.Settings
	window   *tally // counts of the default window; nil until they are needed
}

// Settings returns the settings of the detector.
func (e *evidence) Settings() detect.Settings { return e.detector }

// Course returns the course of a country, or of the service for "". The watch
// remembers it, because the end of an anomaly makes a state forget the anomaly.
func (e *evidence) Course(country string) detect.Course {
	cell := window.Cell{Country: country}
	c := e.courseOf(cell).Extend(e.detector, e.courses[country])
	if e.courses == nil {
		e.courses = map[string]detect.Course{}
	}
	e.courses[country] = c
	return c
}

// Explain returns what a pull leaves of the evidence of a cell.
func (e *evidence) Explain(country, symptom string, pull detect.Pull, tie detect.Tie) (rest detect.Explained, holds bool) {
	cell := window.Cell{Country: country, Symptom: symptom}
	rest = detect.Explain(e.detector, e.baselines.Of(cell), e.courseOf(cell), pull, e.sourcesOf(cell), tie)
	return rest, rest.Holds(e.detector)
}

// courseOf returns the course of a cell, with the minutes that are not settled.
func (e *evidence) courseOf(cell window.Cell) detect.Course {
	var pending []detect.Bucket
	if e.reading != nil {
		var counts tally
		for _, b := range e.reading.buckets {
			if b.Start.Before(e.next) {
				continue
			}
			counts.reset()
			counts.add(e.reading.independent(b))
			passed := min(1, e.reading.now.Sub(b.Start).Seconds()/window.Width.Seconds())
			pending = append(pending, detect.Bucket{Start: b.Start, N: float64(counts.of(cell)), Known: b.Known, Exposure: passed})
		}
	}
	return detect.CourseOf(e.detector, e.state(cell), e.baselines.Of(cell), pending, e.sourcesOf(cell))
}

// sourcesOf returns the sources of the recent reports of a cell; none if nothing
// was read.
func (e *evidence) sourcesOf(cell window.Cell) detect.Sources {
	if e.reading == nil {
		return detect.Sources{}
	}
	return e.reading.sourcesOf(cell, window.Start(e.reading.now), e.windowCounts)
}

// windowCounts returns the counts of the default window by cell.
func (e *evidence) windowCounts() *tally {
	if e.window == nil {
		e.window = &tally{}
		for _, b := range e.reading.defaultWindow() {
			e.window.add(b)
		}
	}
	return e.window
}
