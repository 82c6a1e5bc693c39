package incident

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

var (
	noon          = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)
	defaultPolicy = Defaults()
)

// story applies judgements in ticks of ten seconds.
type story struct {
	t        *testing.T
	incident *Incident
	timeline []Event
	at       time.Time
}

// begin returns a story without an incident, at noon.
func begin(t *testing.T) *story { return &story{t: t, at: noon} }

// tick applies j at the next tick.
func (s *story) tick(j Judgement) *story {
	s.t.Helper()
	j.At = s.at
	before, _ := json.Marshal(s.incident) // marshalling plain fields cannot fail
	next, events := Apply(s.incident, "whatsapp", j, defaultPolicy)
	if after, _ := json.Marshal(s.incident); string(before) != string(after) {
		s.t.Fatalf("Apply changed its argument: %s to %s", before, after)
	}
	if len(events) > 0 && (next == nil || s.incident != nil && s.incident.ID == next.ID && next.Version <= s.incident.Version) {
		s.t.Fatalf("events %v without a new version", events)
	}
	s.incident = next
	s.timeline = append(s.timeline, events...)
	s.at = s.at.Add(10 * time.Second)
	return s
}

// ticks applies j at each tick of d.
func (s *story) ticks(d time.Duration, j Judgement) *story {
	s.t.Helper()
	for range d / (10 * time.Second) {
		s.tick(j)
	}
	return s
}

// want asserts the changes so far.
func (s *story) want(changes ...Change) *story {
	s.t.Helper()
	var got []Change
	for _, e := range s.timeline {
		got = append(got, e.Change)
	}
	if !slices.Equal(got, changes) {
		s.t.Fatalf("changes are %v, want %v", got, changes)
	}
	return s
}

// verdict returns a verdict of this level.
func verdict(l detect.Level) detect.Verdict {
	v := detect.Verdict{Level: l, Window: 15 * time.Minute, Observed: 4, Expected: 4}
	if l == detect.Warning || l == detect.Outage {
		v.Anomalous, v.Onset = true, noon.Add(-3*time.Minute)
		v.Observed, v.Score = 40, 30
	}
	return v
}

// world returns a judgement with a verdict of this level for the service.
func world(l detect.Level) Judgement { return Judgement{Known: true, Service: verdict(l)} }

// rose returns the judgement of an outage in these countries.
func rose(countries ...string) Judgement {
	j := world(detect.Outage)
	for _, c := range []string{"BR", "GB", "IN"} {
		s := Segment{ID: c, Observed: 10, Expected: 10}
		if slices.Contains(countries, c) {
			s.Observed = 100
		}
		j.CountrySegments = append(j.CountrySegments, s)
	}
	return j
}

// easing returns the judgement of an outage whose counts fall.
func easing() Judgement {
	j := world(detect.Outage)
	j.Service.Easing = true
	return j
}

// ended returns a judgement by which the anomaly ended at a time.
func ended(at time.Time) Judgement {
	j := world(detect.OK)
	j.Service.Ended = at
	return j
}

// names returns the IDs of segments.
func names(s []Segment) (ids []string) {
	for _, x := range s {
		ids = append(ids, x.ID)
	}
	return ids
}
