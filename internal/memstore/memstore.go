// Package memstore is a store, a history and an archive in memory, for measuring
// the live monitor: it is given counts by the minute and keeps no report. Every
// report has a network of its own, so that no quorum prevents a false alarm, unless
// it is added as one of a burst.
package memstore

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Store holds the counts of some services. Counts are added in the order of time.
// It is not safe for concurrent use.
type Store struct {
	// ReportsPerDay is how many problems a day the whole installation has, of which
	// these services are a part.
	ReportsPerDay float64
	// OnSave is called with every new version of an incident.
	OnSave func(incident.Incident)

	services  []string
	countries []string
	symptoms  []string
	numbers   map[string]int // of the services, by name
	minutes   [][]count      // by service: the last minutes, oldest first
	hours     [][]count      // by service: the last weeks by the hour, oldest first
	gaps      [][]gap        // by service, oldest first
	beaten    int32          // the minute of the last beat; 0 before the first
}

// count is the reports of a cell in a minute or an hour.
type count struct {
	at               int32 // minutes, or hours, since the Unix epoch
	country, symptom uint8
	n                uint32
	isBurst          bool // all from one network
}

// gap is the minutes [from, to) in which nobody could count, since the Unix epoch.
type gap struct{ from, to int32 }

const (
	// minutesKept is how many minutes are kept. A monitor reads the last hour, and
	// back to the onset of an incident.
	minutesKept = int32(4 * time.Hour / window.Width)
	// minutesPerHour is the number of minutes in one hour of the history.
	minutesPerHour = int32(time.Hour / window.Width)
)

// New returns a Store without counts. Services, countries and symptoms are called
// by their position in these lists.
func New(services, countries, symptoms []string) *Store {
	s := &Store{
		services: services, countries: countries, symptoms: symptoms, numbers: map[string]int{},
		minutes: make([][]count, len(services)), hours: make([][]count, len(services)), gaps: make([][]gap, len(services)),
	}
	for i, name := range services {
		s.numbers[name] = i
	}
	return s
}

// Add adds n problems of a service to the minute of at.
func (s *Store) Add(at time.Time, service, country, symptom, n int) {
	s.addCount(service, count{at: int32(window.MinuteOf(at)), country: uint8(country), symptom: uint8(symptom), n: uint32(n)})
}

// AddBurst is Add with all problems from one network.
func (s *Store) AddBurst(at time.Time, service, country, symptom, n int) {
	s.addCount(service, count{at: int32(window.MinuteOf(at)), country: uint8(country), symptom: uint8(symptom), n: uint32(n), isBurst: true})
}

func (s *Store) addCount(service int, c count) {
	s.minutes[service] = append(forget(s.minutes[service], c.at-minutesKept), c)
	s.addToHour(service, c)
}

// AddGap notes that the minute of at could not be counted for a service.
func (s *Store) AddGap(at time.Time, service int) {
	minute := int32(window.MinuteOf(at))
	gaps := s.gaps[service]
	if last := len(gaps) - 1; last >= 0 && gaps[last].to == minute {
		gaps[last].to++
		return
	}
	s.gaps[service] = append(gaps, gap{minute, minute + 1})
}

// addToHour adds c to the hour of its minute.
func (s *Store) addToHour(service int, c count) {
	c.at /= minutesPerHour
	all := s.hours[service]
	for i := len(all) - 1; i >= 0 && all[i].at == c.at; i-- {
		if all[i].country == c.country && all[i].symptom == c.symptom {
			all[i].n += c.n
			return
		}
	}
	s.hours[service] = append(forget(all, c.at-int32(baseline.HistoryLength/time.Hour)-2), c)
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

// unknown returns how many of the minutes [from, to) could not be counted.
func (s *Store) unknown(service int, from, to int32) int {
	n := int32(0)
	gaps := s.gaps[service]
	i, _ := slices.BinarySearchFunc(gaps, from, func(g gap, at int32) int { return int(g.to) - int(at) - 1 })
	for ; i < len(gaps) && gaps[i].from < to; i++ {
		n += max(min(gaps[i].to, to)-max(gaps[i].from, from), 0)
	}
	return int(n)
}

// Buckets returns the minutes in [from, to).
func (s *Store) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	number, first := s.numbers[service], int32(window.MinuteOf(from))
	buckets := make([]window.Bucket, max(window.Minutes(to.Sub(from)), 0))
	hasGap := s.unknown(number, first, first+int32(len(buckets))) > 0
	for i := range buckets {
		minute := first + int32(i)
		buckets[i] = window.Bucket{
			Start: from.Add(window.Minute(i).Duration()), Known: (s.beaten == 0 || minute <= s.beaten) && (!hasGap || s.unknown(number, minute, minute+1) == 0),
		}
	}
	all := s.minutes[number]
	for _, c := range all[position(all, first):] {
		if i := int(c.at - first); i < len(buckets) {
			buckets[i].Problems = append(buckets[i].Problems, window.Count{Cell: s.cell(c), N: int64(c.n)})
		}
	}
	return buckets, nil
}

// cell returns the cell of c.
func (s *Store) cell(c count) window.Cell {
	return window.Cell{Country: s.countries[c.country], Symptom: s.symptoms[c.symptom]}
}

// BucketsOf is Buckets for each of services.
func (s *Store) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	all := make([][]window.Bucket, len(services))
	for i, service := range services {
		all[i], _ = s.Buckets(ctx, service, from, to) // it never fails
	}
	return all, nil
}

// NetworksOf returns as many networks as reports.
func (s *Store) NetworksOf(_ context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	all := make([]window.NetworkCounts, len(services))
	for i, service := range services {
		all[i] = s.networks(service, at, span)
	}
	return all, nil
}

func (s *Store) networks(service string, at time.Time, span time.Duration) window.NetworkCounts {
	all := s.minutes[s.numbers[service]]
	from := at.Truncate(window.SliceWidth).Add(window.SliceWidth - span)
	all = all[position(all, int32(window.MinuteOf(from))):]
	n := window.NetworkCounts{ByCountry: map[string]window.Sources{}}
	for _, c := range all {
		n.World = c.addTo(n.World)
		code := s.countries[c.country]
		n.ByCountry[code] = c.addTo(n.ByCountry[code])
	}
	return n
}

// addTo returns sources with those of c.
func (c count) addTo(sources window.Sources) window.Sources {
	loudest := max(sources.Largest*sources.Discounted, 1)
	sources.Reports += int64(c.n)
	if c.isBurst {
		weight := 1 + math.Log2(float64(c.n))
		sources.Networks++
		sources.Discounted += weight
		loudest = max(loudest, weight)
	} else {
		sources.Networks += int(c.n)
		sources.Discounted += float64(c.n)
	}
	sources.Largest = loudest / sources.Discounted
	return sources
}

// Active returns the services with a report since then.
func (s *Store) Active(_ context.Context, since time.Time) ([]string, error) {
	var active []string
	for i, all := range s.minutes {
		if len(all) > 0 && !window.Minute(all[len(all)-1].at).Start().Before(since) {
			active = append(active, s.services[i])
		}
	}
	return active, nil
}

// Beat makes the minutes up to at known that were not added as a gap. Before the
// first beat all are.
func (s *Store) Beat(_ context.Context, at time.Time) error {
	s.beaten = max(s.beaten, int32(window.MinuteOf(at)))
	return nil
}

// Rollups returns the hours in [from, to).
func (s *Store) Rollups(_ context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	number := s.numbers[service]
	var rollups []window.Rollup
	var spans []window.Span
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		minute := int32(window.MinuteOf(at))
		known := int(minutesPerHour) - s.unknown(number, minute, minute+minutesPerHour)
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: known})
	}
	all := s.hours[number]
	first, end := position(all, int32(from.Unix()/3600)), position(all, int32(to.Unix()/3600))
	for _, c := range all[first:end] {
		rollups = append(rollups, window.Rollup{
			Service: service, Kind: report.Problem, Start: time.Unix(int64(c.at)*3600, 0).UTC(), Width: time.Hour,
			Cell: s.cell(c), N: int64(c.n),
		})
	}
	return rollups, spans, nil
}

// SaveIncidents calls OnSave with each.
func (s *Store) SaveIncidents(_ context.Context, all []publish.Conclusion) ([][]publish.Event, error) {
	saved := make([][]publish.Event, len(all))
	for i, c := range all {
		if s.OnSave != nil {
			s.OnSave(c.Incident)
		}
		saved[i] = c.Events
	}
	return saved, nil
}

// Problems returns the problems of the whole installation in [from, to).
func (s *Store) Problems(_ context.Context, from, to time.Time) (int64, error) {
	return int64(s.ReportsPerDay * to.Sub(from).Hours() / 24), nil
}

// CountProblems returns nothing: the rollups have everything.
func (s *Store) CountProblems(context.Context, string, time.Time, time.Time) (map[window.Cell]int64, error) {
	return nil, nil
}

// LiveIncidents returns none: there was no earlier process.
func (s *Store) LiveIncidents(context.Context, time.Time) ([]incident.Incident, error) {
	return nil, nil
}

// States returns none.
func (s *Store) States(context.Context) (map[string][]byte, error) { return nil, nil }

// SaveStates does nothing: nobody restores them.
func (s *Store) SaveStates(context.Context, map[string][]byte) error { return nil }

// Publish does nothing: there are no subscribers.
func (s *Store) Publish(...publish.Event) {}
