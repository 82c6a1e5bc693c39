package monitor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// watch is what the monitor remembers of one service. The states are those of
// closed minutes only; the running minute is judged on a copy.
type watch struct {
	states    map[string]detect.State // by country; "" is the service
	next      time.Time               // the first minute not consumed yet
	lastKnown time.Time               // the end of the last minute that could be counted
	lastCount time.Time               // the end of the last minute with a report
	incident  *incident.Incident      // the live one, or the last one while it may reopen
	shown     int64                   // problems in the default window, up to now
	expected  float64                 // usual problems in that window
	sources   window.NetworkCounts
}

// idle tells whether w can be dropped: nothing is live and nobody reported for
// longer than Tick looks back.
func (w *watch) idle(now time.Time, reopen time.Duration) bool {
	if w.lastCount.After(now.Add(-recent - settle)) {
		return false
	}
	if w.incident != nil && (w.incident.State != incident.Resolved || w.incident.Resolved.After(now.Add(-reopen))) {
		return false
	}
	for _, s := range w.states {
		if s.Live() {
			return false
		}
	}
	return true
}

// judgement consumes the minutes that closed since the last tick and judges the
// running one provisionally.
func (m *Monitor) judgement(ctx context.Context, service string, w *watch, now time.Time) (incident.Judgement, error) {
	running := window.Start(now)
	closed := window.Start(now.Add(-settle))
	if closed.Before(w.next) {
		// The clock went back, and what was consumed lies ahead of it: the last
		// hour is judged anew.
		w.states, w.next = map[string]detect.State{}, time.Time{}
	}
	if earliest := closed.Add(-catchUp); w.next.Before(earliest) {
		if err := m.skip(ctx, service, w, earliest); err != nil {
			return incident.Judgement{}, err
		}
	}
	from := running.Add(window.Width - window.Default)
	if w.next.Before(from) {
		from = w.next
	}
	buckets, err := m.Store.Buckets(ctx, service, from, running.Add(window.Width))
	if err != nil {
		return incident.Judgement{}, err
	}
	if w.sources, err = m.Store.Networks(ctx, service, now); err != nil {
		return incident.Judgement{}, err
	}
	shown := buckets[max(0, len(buckets)-int(window.Default/window.Width)):]
	usual, err := m.Baselines.Of(ctx, service, window.Cell{}, now)
	if err != nil {
		return incident.Judgement{}, err
	}
	w.shown, w.expected = total(shown), usual.Sum(shown[0].Start, now)

	ended := map[string]time.Time{}
	for _, b := range buckets {
		if b.Start.Before(w.next) || !b.Start.Before(closed) {
			continue
		}
		if err := m.consume(ctx, service, w, b, ended); err != nil {
			return incident.Judgement{}, err
		}
	}
	j := incident.Judgement{At: now, Known: buckets[len(buckets)-1].Known}
	verdicts, err := m.provisional(ctx, service, w, buckets, now)
	if err != nil {
		return incident.Judgement{}, err
	}
	for _, country := range slices.Sorted(maps.Keys(verdicts)) {
		v := verdicts[country]
		if !v.Anomalous && v.Ended.IsZero() {
			v.Ended = ended[country]
		}
		if country == "" {
			j.Service = v
		} else {
			j.Countries = append(j.Countries, incident.CountryVerdict{Country: country, Verdict: v})
		}
	}
	if w.troubled() || anomalous(j) {
		if err := m.attribute(ctx, service, w, buckets, &j); err != nil {
			return incident.Judgement{}, err
		}
	}
	return j, nil
}

// skip moves w to a minute that is too far ahead to catch up with: what lies
// between was not watched, so it says nothing.
func (m *Monitor) skip(ctx context.Context, service string, w *watch, to time.Time) error {
	for country, s := range w.states {
		usual, err := m.Baselines.Of(ctx, service, window.Cell{Country: country}, to)
		if err != nil {
			return err
		}
		w.states[country] = detect.Skip(m.Dials, s, usual, to, false)
	}
	w.next = to
	return nil
}

// consume feeds one closed minute to the cells that have reports in it or are
// live; all others are at rest and need no step.
func (m *Monitor) consume(ctx context.Context, service string, w *watch, b window.Bucket, ended map[string]time.Time) error {
	for country, n := range byCountry(b, w.states) {
		usual, err := m.Baselines.Of(ctx, service, window.Cell{Country: country}, b.Start)
		if err != nil {
			return err
		}
		s, v := detect.Step(m.Dials, w.states[country], usual, detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1}, sources(w.sources, country))
		if s.Live() || country == "" {
			w.states[country] = s
		} else {
			delete(w.states, country)
		}
		if !v.Ended.IsZero() {
			ended[country] = v.Ended
		}
	}
	w.next = b.Start.Add(window.Width)
	if b.Known {
		w.lastKnown = w.next
	}
	if total([]window.Bucket{b}) > 0 {
		w.lastCount = w.next
	}
	return nil
}

// provisional judges what has come in since the last closed minute, on copies
// of the states.
func (m *Monitor) provisional(ctx context.Context, service string, w *watch, buckets []window.Bucket, now time.Time) (map[string]detect.Verdict, error) {
	verdicts := map[string]detect.Verdict{}
	states := maps.Clone(w.states)
	for _, b := range buckets {
		if b.Start.Before(w.next) {
			continue
		}
		end := b.Start.Add(window.Width)
		for country, n := range byCountry(b, states) {
			usual, err := m.Baselines.Of(ctx, service, window.Cell{Country: country}, b.Start)
			if err != nil {
				return nil, err
			}
			x := detect.Bucket{Start: b.Start, N: float64(n), Known: b.Known, Exposure: 1}
			if end.After(now) { // the running minute
				x.Exposure = now.Sub(b.Start).Seconds() / window.Width.Seconds()
				verdicts[country] = detect.Peek(m.Dials, states[country], usual, x, sources(w.sources, country))
				continue
			}
			states[country], verdicts[country] = detect.Step(m.Dials, states[country], usual, x, sources(w.sources, country))
		}
		if total([]window.Bucket{b}) > 0 {
			w.lastCount = end
		}
	}
	return verdicts, nil
}

// attribute adds to j what it needs to say where the excess is and how many
// reports there were since the onset.
func (m *Monitor) attribute(ctx context.Context, service string, w *watch, buckets []window.Bucket, j *incident.Judgement) error {
	recentBuckets := buckets[max(0, len(buckets)-int(window.Default/window.Width)):]
	from := recentBuckets[0].Start
	countries, symptoms := map[string]int64{}, map[string]int64{}
	for _, b := range recentBuckets {
		for _, c := range b.Problems {
			countries[c.Country] += c.N
			symptoms[c.Symptom] += c.N
		}
	}
	expected := func(cell window.Cell) (float64, error) {
		usual, err := m.Baselines.Of(ctx, service, cell, j.At)
		if err != nil {
			return 0, err
		}
		return usual.Sum(from, j.At), nil
	}
	for _, country := range slices.Sorted(maps.Keys(countries)) {
		e, err := expected(window.Cell{Country: country})
		if err != nil {
			return err
		}
		j.CountrySlices = append(j.CountrySlices, incident.Slice{ID: country, Observed: countries[country], Expected: e})
	}
	for _, symptom := range slices.Sorted(maps.Keys(symptoms)) {
		e, err := expected(window.Cell{Symptom: symptom})
		if err != nil {
			return err
		}
		j.SymptomSlices = append(j.SymptomSlices, incident.Slice{ID: symptom, Observed: symptoms[symptom], Expected: e})
	}
	onset := onsetOf(w, *j)
	since, err := m.Store.Buckets(ctx, service, onset, j.At.Add(window.Width))
	if err != nil {
		return fmt.Errorf("count since the onset: %w", err)
	}
	j.Reports = total(since)
	return nil
}

func (w *watch) troubled() bool {
	return w.incident != nil && w.incident.State != incident.Resolved
}

func anomalous(j incident.Judgement) bool {
	return j.Service.Anomalous || slices.ContainsFunc(j.Countries, func(c incident.CountryVerdict) bool { return c.Verdict.Anomalous })
}

// onsetOf returns the onset of the live incident, or the earliest one that the
// verdicts name.
func onsetOf(w *watch, j incident.Judgement) time.Time {
	if w.troubled() {
		return w.incident.Onset
	}
	onset := j.At
	if o := j.Service.Onset; !o.IsZero() {
		onset = o
	}
	for _, c := range j.Countries {
		if o := c.Verdict.Onset; !o.IsZero() && o.Before(onset) {
			onset = o
		}
	}
	return onset
}

// byCountry returns the problems of b by country, and in all under "". Cells
// with a state are there even when nobody reported.
func byCountry(b window.Bucket, states map[string]detect.State) map[string]int64 {
	n := map[string]int64{"": 0}
	for country := range states {
		n[country] = 0
	}
	for _, c := range b.Problems {
		n[c.Country] += c.N
		n[""] += c.N
	}
	return n
}

func total(buckets []window.Bucket) int64 {
	var n int64
	for _, b := range buckets {
		for _, c := range b.Problems {
			n += c.N
		}
	}
	return n
}

// sources says where the reports of a country, or of all of them, came from.
func sources(n window.NetworkCounts, country string) detect.Sources {
	if country == "" {
		return detect.Sources(n.World)
	}
	return detect.Sources(n.ByCountry[country])
}

// cellName names a cell in the archive: the service's slug, and the country
// behind a slash.
func cellName(service, country string) string {
	if country == "" {
		return service
	}
	return service + "/" + country
}

func splitCell(name string) (service, country string) {
	service, country, _ = strings.Cut(name, "/")
	return service, country
}
