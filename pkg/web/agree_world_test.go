package web

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// worldService is the only service of a world that gets reports.
const worldService = "whatsapp"

// worldStart is when the random counts of a world begin.
var worldStart = time.Date(2022, 10, 25, 22, 0, 0, 0, time.UTC)

// world is one service with random reports, judged by the real monitor. It is
// the store, the archive and the subscriber of that monitor.
type world struct {
	now       time.Time
	minutes   []worldMinute
	repeats   float64 // how many reports come from one network
	history   []window.Rollup
	spans     []window.Span
	monitor   *monitor.Monitor
	board     *status.Board
	saved     []incident.Incident // latest onset first
	timeline  map[string][]incident.Event
	published []publish.Event
}

// worldMinute is a minute as it will have been counted.
type worldMinute struct {
	known bool
	cells []window.Count
}

// newWorld draws the counts of some hours, in most worlds with an outage, or two.
func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{now: worldStart, repeats: math.Exp(r.Float64() * r.Float64() * 4), timeline: map[string][]incident.Event{}}
	service, _ := catalog.Default().Service(worldService)
	countries := []string{"IN", "GB", "BR", "BD"}[:1+r.IntN(4)]
	rate := math.Exp(math.Log(0.003) + r.Float64()*math.Log(5_000)) // reports a minute, in all
	length := 70 + r.IntN(80)
	w.drawHistory(r, countries, rate)
	factors := make([]float64, length)
	for range r.IntN(2) + 1 {
		from, to := 20+r.IntN(length-40), 0
		to = from + 1 + int(math.Exp(r.Float64()*3.8))
		height := math.Exp(1 + r.Float64()*6)
		for m := from; m < min(to, length); m++ {
			factors[m] += height
		}
	}
	hit := 1 + r.IntN(len(countries)) // the countries that an outage reaches
	symptom := service.Symptoms[r.IntN(len(service.Symptoms))]
	gap := 0
	for m := range length {
		if gap--; gap < 0 && r.IntN(120) == 0 {
			gap = r.IntN(20)
		}
		minute := worldMinute{known: gap < 0}
		for i, country := range countries {
			for _, s := range service.Symptoms {
				mean := rate / float64(len(countries)*len(service.Symptoms))
				if i < hit && (s == symptom || factors[m] > 20) {
					mean *= 1 + factors[m]
				}
				if n := poisson(r, mean); n > 0 && minute.known {
					minute.cells = append(minute.cells, window.Count{Cell: window.Cell{Country: country, Symptom: s}, N: n})
				}
			}
		}
		w.minutes = append(w.minutes, minute)
	}
	w.start()
	return w
}

// start makes the monitor and the board of w.
func (w *world) start() {
	baselines := baseline.NewSet(w)
	w.monitor = monitor.New(monitor.Options{Store: w, Archive: w, Baselines: baselines, Publisher: w, Settings: detect.Defaults(),
		FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler)})
	w.board = status.New(status.Options{Catalog: catalog.Default(), Store: w, Archive: w, Baselines: baselines, Judge: w.monitor, Now: func() time.Time { return w.now }})
}

// drawHistory draws four quiet weeks.
func (w *world) drawHistory(r *rand.Rand, countries []string, rate float64) {
	for at := worldStart.Add(-28 * 24 * time.Hour); at.Before(worldStart); at = at.Add(time.Hour) {
		w.spans = append(w.spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		for _, c := range countries {
			if n := poisson(r, 60*rate/float64(len(countries))); n > 0 {
				w.history = append(w.history, window.Rollup{Service: worldService, Kind: report.Problem, Start: at, Width: time.Hour,
					Cell: window.Cell{Country: c, Symptom: "messaging"}, N: n})
			}
		}
	}
}

// poisson draws a count with this mean.
func poisson(r *rand.Rand, mean float64) int64 {
	if mean > 30 {
		return max(0, int64(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n, limit := int64(0), math.Exp(-mean)
	for p := r.Float64(); p > limit; p *= r.Float64() {
		n++
	}
	return n
}

// end returns when the counts of w end.
func (w *world) end() time.Time { return worldStart.Add(time.Duration(len(w.minutes)) * time.Minute) }

// tick moves w to a time and has its service judged.
func (w *world) tick(at time.Time) error {
	w.now, w.published = at, nil
	return w.monitor.Tick(context.Background(), at)
}

// bucket returns the minute from start as counted so far. Before the world began
// every minute was counted and had no reports.
func (w *world) bucket(start time.Time) window.Bucket {
	if start.After(w.now) {
		return window.Bucket{Start: start} // nobody knows the future
	}
	b := window.Bucket{Start: start, Known: true}
	m := int(start.Sub(worldStart) / time.Minute)
	if start.Before(worldStart) || m >= len(w.minutes) || !start.Before(w.now) {
		return b
	}
	b.Known = w.minutes[m].known
	passed := min(1, w.now.Sub(start).Minutes())
	for _, c := range w.minutes[m].cells {
		if c.N = int64(float64(c.N) * passed); c.N > 0 {
			b.Problems = append(b.Problems, c)
		}
	}
	return b
}

// Buckets returns the minutes of a service. Only one service has reports.
func (w *world) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	var all []window.Bucket
	for at := window.Start(from); at.Before(window.Start(to)); at = at.Add(window.Width) {
		b := w.bucket(at)
		if service != worldService {
			b.Problems = nil
		}
		all = append(all, b)
	}
	return all, nil
}

// BucketsOf returns the minutes of services.
func (w *world) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	all := make([][]window.Bucket, len(services))
	for i, s := range services {
		all[i], _ = w.Buckets(ctx, s, from, to)
	}
	return all, nil
}

// Networks returns what NetworksOf does, of one service.
func (w *world) Networks(ctx context.Context, service string, at time.Time, span time.Duration) (window.NetworkCounts, error) {
	all, err := w.NetworksOf(ctx, []string{service}, at, span)
	return all[0], err
}

// NetworksOf returns the sources of the last span.
func (w *world) NetworksOf(_ context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	all := make([]window.NetworkCounts, len(services))
	for i, s := range services {
		byCountry, total := map[string]int64{}, int64(0)
		buckets, _ := w.Buckets(context.Background(), s, at.Add(-span), at.Add(window.Width))
		for _, b := range buckets {
			for _, c := range b.Problems {
				byCountry[c.Country] += c.N
				total += c.N
			}
		}
		all[i] = window.NetworkCounts{World: w.sources(total), ByCountry: map[string]window.Sources{}}
		for country, n := range byCountry {
			all[i].ByCountry[country] = w.sources(n)
		}
	}
	return all, nil
}

// sources returns the sources of n reports, of which each network sent some.
func (w *world) sources(n int64) window.Sources {
	if n == 0 {
		return window.Sources{}
	}
	networks := max(1, int(float64(n)/w.repeats))
	each := 1 + math.Log2(float64(n)/float64(networks))
	return window.Sources{Networks: networks, Reports: n, Discounted: each * float64(networks), Largest: 1 / float64(networks)}
}

// Active returns the service.
func (w *world) Active(context.Context, time.Time) ([]string, error) {
	return []string{worldService}, nil
}

// Beat does nothing: which minutes are known was drawn.
func (w *world) Beat(context.Context, time.Time) error { return nil }

// Rollups returns the quiet weeks.
func (w *world) Rollups(_ context.Context, service string, from, to time.Time) (rollups []window.Rollup, spans []window.Span, err error) {
	for _, s := range w.spans {
		if !s.Start.Before(from) && s.Start.Before(to) {
			spans = append(spans, s)
		}
	}
	for _, r := range w.history {
		if r.Service == service && !r.Start.Before(from) && r.Start.Before(to) {
			rollups = append(rollups, r)
		}
	}
	return rollups, spans, nil
}

// Problems returns the reports of all services a day.
func (w *world) Problems(context.Context, time.Time, time.Time) (int64, error) { return 100_000, nil }

// CountProblems returns nothing: no incident is older than the buckets.
func (w *world) CountProblems(context.Context, string, time.Time, time.Time) (map[window.Cell]int64, error) {
	return nil, nil
}

// States returns none.
func (w *world) States(context.Context) (map[string][]byte, error) { return nil, nil }

// SaveStates does nothing.
func (w *world) SaveStates(context.Context, map[string][]byte) error { return nil }

// LiveIncidents returns none: there was no earlier process.
func (w *world) LiveIncidents(context.Context, time.Time) ([]incident.Incident, error) {
	return nil, nil
}

// SaveIncidents keeps incidents and their timelines.
func (w *world) SaveIncidents(_ context.Context, all []publish.Conclusion) ([][]publish.Event, error) {
	events := make([][]publish.Event, len(all))
	for n, c := range all {
		inc := c.Incident
		if i := slices.IndexFunc(w.saved, func(old incident.Incident) bool { return old.ID == inc.ID }); i >= 0 {
			w.saved[i] = inc
		} else {
			w.saved = slices.Insert(w.saved, 0, inc)
		}
		w.timeline[inc.ID] = append(w.timeline[inc.ID], c.Timeline...)
		events[n] = c.Events
	}
	return events, nil
}

// Incident returns an incident with its timeline.
func (w *world) Incident(_ context.Context, id string) (incident.Incident, []incident.Event, error) {
	for _, inc := range w.saved {
		if inc.ID == id {
			return inc, w.timeline[id], nil
		}
	}
	return incident.Incident{}, nil, fault.New(fault.NotFound, "there is no such incident")
}

// Incidents returns all incidents.
func (w *world) Incidents(_ context.Context, f archive.IncidentFilter) ([]incident.Incident, string, error) {
	if f.Service != "" && f.Service != worldService {
		return nil, "", nil
	}
	return slices.Clone(w.saved), "", nil
}

// Publish keeps the events of a tick.
func (w *world) Publish(events ...publish.Event) { w.published = append(w.published, events...) }

// oneService is a board that lists only the service of a world.
type oneService struct{ *status.Board }

// Statuses returns the status of the service.
func (b oneService) Statuses(ctx context.Context) ([]status.Status, error) {
	s, err := b.Status(ctx, worldService)
	return []status.Status{s}, err
}

// minuteOfID returns the onset that the ID of an incident names.
func minuteOfID(id string) string { return strings.TrimPrefix(id, worldService+"-") }
