package year

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// shard is a part of the services, with a store, a history and an archive in
// memory.
type shard struct {
	*draw
	course  Course
	slugs   []string
	bySlug  map[string]int
	minutes [][]count       // by service: the last minutes, oldest first
	hours   [][]count       // by service: the last weeks by the hour, oldest first
	days    map[int64]int64 // reports by day since the Unix epoch
	counted int64           // reports since the watch began

	suspected, confirmed map[string]bool // IDs of incidents
}

// count is the reports of a cell in a minute or an hour.
type count struct {
	at               int32 // minutes, or hours, since the Unix epoch
	country, symptom uint8
	n                uint16
}

// minutesKept is how many minutes are kept. A monitor reads the last hour, and
// back to the onset of an incident.
const minutesKept = int32(4 * time.Hour / window.Width)

// newShard returns the shard of a course with a number.
func newShard(c Course, number int) *shard {
	services := (c.Services + number) / c.Shards
	h := &shard{
		draw: newDraw(c, number, services), course: c, bySlug: map[string]int{}, days: map[int64]int64{},
		minutes: make([][]count, services), hours: make([][]count, services),
		suspected: map[string]bool{}, confirmed: map[string]bool{},
	}
	for s := range services {
		slug := fmt.Sprintf("service-%d-%04d", number, s)
		h.slugs = append(h.slugs, slug)
		h.bySlug[slug] = s
	}
	return h
}

// drawMinute draws the reports of a minute and counts them.
func (h *shard) drawMinute(at time.Time) {
	minute := int32(window.MinuteOf(at))
	h.minute(at, func(service, country, symptom, n int) {
		c := count{minute, uint8(country), uint8(symptom), uint16(n)}
		h.minutes[service] = append(forget(h.minutes[service], minute-minutesKept), c)
		h.addToHour(service, c)
		h.days[at.Unix()/86400] += int64(n)
		h.counted += int64(n)
	})
}

// addToHour adds c to the hour of its minute.
func (h *shard) addToHour(service int, c count) {
	c.at /= int32(time.Hour / window.Width)
	all := h.hours[service]
	for i := len(all) - 1; i >= 0 && all[i].at == c.at; i-- {
		if all[i].country == c.country && all[i].symptom == c.symptom {
			all[i].n += c.n
			return
		}
	}
	h.hours[service] = append(forget(all, c.at-int32(baseline.HistoryLength/time.Hour)-2), c)
}

// forget drops counts before at. To copy seldom, it waits until they are half of
// all, and at least 64.
func forget(all []count, at int32) []count {
	i := position(all, at)
	if i < 64 || i < len(all)/2 {
		return all
	}
	return slices.Delete(all, 0, i)
}

// position returns the index of the first count at or after at.
func position(all []count, at int32) int {
	i, _ := slices.BinarySearchFunc(all, at, func(c count, at int32) int { return int(c.at) - int(at) })
	return i
}

// Buckets returns the minutes in [from, to).
func (h *shard) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	buckets := make([]window.Bucket, max(window.Minutes(to.Sub(from)), 0))
	for i := range buckets {
		buckets[i] = window.Bucket{Start: from.Add(window.Minute(i).Duration()), Known: true}
	}
	all, first := h.minutes[h.bySlug[service]], int32(window.MinuteOf(from))
	for _, c := range all[position(all, first):] {
		if i := int(c.at - first); i < len(buckets) {
			buckets[i].Problems = append(buckets[i].Problems, window.Count{
				Cell: window.Cell{Country: countries[c.country], Symptom: symptoms[c.symptom]}, N: int64(c.n),
			})
		}
	}
	return buckets, nil
}

// BucketsOf is Buckets for each of services.
func (h *shard) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	all := make([][]window.Bucket, len(services))
	for i, service := range services {
		all[i], _ = h.Buckets(ctx, service, from, to) // it never fails
	}
	return all, nil
}

// NetworksOf returns as many networks as reports: each has a network of its own.
func (h *shard) NetworksOf(_ context.Context, services []string, at time.Time) ([]window.NetworkCounts, error) {
	all := make([]window.NetworkCounts, len(services))
	for i, service := range services {
		all[i] = h.networks(service, at)
	}
	return all, nil
}

func (h *shard) networks(service string, at time.Time) window.NetworkCounts {
	all := h.minutes[h.bySlug[service]]
	from := at.Truncate(window.SliceWidth).Add(window.SliceWidth - window.SliceRetention)
	all = all[position(all, int32(window.MinuteOf(from))):]
	n := window.NetworkCounts{ByCountry: map[string]window.Sources{}}
	add := func(s window.Sources, reports int64) window.Sources {
		s.Reports += reports
		s.Networks, s.Discounted, s.Largest = int(s.Reports), float64(s.Reports), 1/float64(s.Reports)
		return s
	}
	for _, c := range all {
		n.World = add(n.World, int64(c.n))
		code := countries[c.country]
		n.ByCountry[code] = add(n.ByCountry[code], int64(c.n))
	}
	return n
}

// Active returns the services with a report since then.
func (h *shard) Active(_ context.Context, since time.Time) ([]string, error) {
	var active []string
	for s, all := range h.minutes {
		if len(all) > 0 && !window.Minute(all[len(all)-1].at).Start().Before(since) {
			active = append(active, h.slugs[s])
		}
	}
	return active, nil
}

// Beat does nothing: every minute is known.
func (h *shard) Beat(context.Context, time.Time) error { return nil }

// Rollups returns the hours in [from, to).
func (h *shard) Rollups(_ context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	var rollups []window.Rollup
	var spans []window.Span
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
	}
	all := h.hours[h.bySlug[service]]
	first, end := position(all, int32(from.Unix()/3600)), position(all, int32(to.Unix()/3600))
	for _, c := range all[first:end] {
		rollups = append(rollups, window.Rollup{
			Service: service, Kind: report.Problem, Start: time.Unix(int64(c.at)*3600, 0).UTC(), Width: time.Hour,
			Cell: window.Cell{Country: countries[c.country], Symptom: symptoms[c.symptom]}, N: int64(c.n),
		})
	}
	return rollups, spans, nil
}

// SaveIncident notes that an incident was suspected or confirmed.
func (h *shard) SaveIncident(_ context.Context, inc incident.Incident, _ []incident.Event, events []publish.Event) ([]publish.Event, error) {
	h.suspected[inc.ID] = true
	if !inc.Declared.IsZero() {
		h.confirmed[inc.ID] = true
	}
	return events, nil
}

// Problems returns the reports of whole days. It takes the other shards to have as
// many as this one.
func (h *shard) Problems(_ context.Context, from, to time.Time) (int64, error) {
	var n int64
	for day := from.Unix() / 86400; day < to.Unix()/86400; day++ {
		n += h.days[day]
	}
	return n * int64(h.course.Shards), nil
}

// CountProblems returns nothing: the rollups have everything.
func (h *shard) CountProblems(context.Context, string, time.Time, time.Time) (map[window.Cell]int64, error) {
	return nil, nil
}

// LiveIncidents returns none: there was no earlier process.
func (h *shard) LiveIncidents(context.Context, time.Time) ([]incident.Incident, error) {
	return nil, nil
}

// States returns none.
func (h *shard) States(context.Context) (map[string][]byte, error) { return nil, nil }

// SaveStates does nothing: nobody restores them.
func (h *shard) SaveStates(context.Context, map[string][]byte) error { return nil }

// Publish does nothing: there are no subscribers.
func (h *shard) Publish(...publish.Event) {}
