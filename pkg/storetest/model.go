package storetest

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// model is a store that is simple enough to be obviously right: it keeps every
// report and looks through all of them each time.
type model struct {
	answered []answered
	visits   []report.Report
	beats    map[time.Time]bool
}

// answered is a report with the answer it got.
type answered struct {
	report.Report
	status window.Status
}

// count returns the outcome of one report, as Store.Count does.
func (m *model) count(r report.Report) window.Outcome {
	m.beats[window.Start(r.Received)] = true
	if r.Kind == report.Visit {
		m.visits = append(m.visits, r)
		return counted
	}
	for _, a := range m.answered {
		if a.Service == r.Service && a.ID == r.ID && r.Received.Sub(a.Received) < window.IDMemory {
			return window.Outcome{Status: a.status, Resent: true, Kind: a.Kind, Cell: window.Cell{Country: a.Country, Symptom: a.Symptom}}
		}
	}
	status := m.judge(r)
	m.answered = append(m.answered, answered{r, status})
	return window.Outcome{Status: status}
}

// judge returns the status of a report whose ID is new.
func (m *model) judge(r report.Report) window.Status {
	others := map[report.Reporter]bool{}
	for _, a := range m.answered {
		apart := a.Minute.Sub(r.Minute).Abs()
		if a.status != window.Counted || a.Service != r.Service || a.Kind != r.Kind || apart >= window.Cooldown {
			continue
		}
		if a.Reporter == r.Reporter || !r.Yesterday.IsZero() && a.Reporter == r.Yesterday {
			return window.Repeat
		}
		if a.Reporter.Address == r.Reporter.Address || !r.Yesterday.IsZero() && a.Reporter.Address == r.Yesterday.Address {
			others[a.Reporter] = true
		}
	}
	if len(others) >= window.DevicesOf(&r) {
		return window.Limited
	}
	return window.Counted
}

// buckets returns what Store.Buckets does.
func (m *model) buckets(service string, from, to time.Time) []window.Bucket {
	var buckets []window.Bucket
	for at := from; at.Before(to); at = at.Add(window.Width) {
		buckets = append(buckets, window.Bucket{Start: at, Known: m.beats[at]})
	}
	for _, a := range m.answered {
		if a.status != window.Counted || a.Service != service || a.Minute.Before(from) || !a.Minute.Before(to) {
			continue
		}
		b := &buckets[a.Minute.Sub(from)/window.Width]
		if a.Kind == report.Problem {
			b.Problems = addReport(b.Problems, a.Report)
		} else {
			b.Recoveries = addReport(b.Recoveries, a.Report)
		}
	}
	for _, v := range m.visits {
		if v.Service == service && !v.Minute.Before(from) && v.Minute.Before(to) {
			b := &buckets[v.Minute.Sub(from)/window.Width]
			b.Visits = addReport(b.Visits, v)
		}
	}
	return buckets
}

// addReport counts r in counts.
func addReport(counts []window.Count, r report.Report) []window.Count {
	cell := window.Cell{Country: r.Country, Symptom: r.Symptom}
	for i := range counts {
		if counts[i].Cell == cell {
			counts[i].N++
			return counts
		}
	}
	return append(counts, window.Count{Cell: cell, N: 1})
}

// networks returns what Store.Networks does.
func (m *model) networks(service string, at time.Time) window.NetworkCounts {
	after := at.Truncate(window.SliceWidth).Add(window.SliceWidth - networksSpan)
	if today := at.Truncate(24 * time.Hour); today.After(after) {
		after = today
	}
	type source struct {
		slice   window.Slice
		country string
		network report.Network
	}
	world, countries, arrived := map[report.Network]int64{}, map[string]map[report.Network]int64{}, map[source]int64{}
	for _, a := range m.answered {
		if a.status != window.Counted || !window.HasNetwork(&a.Report) || a.Service != service ||
			a.Received.Before(after) || !a.Received.Before(at.Truncate(window.SliceWidth).Add(window.SliceWidth)) {
			continue
		}
		world[a.Network]++
		if countries[a.Country] == nil {
			countries[a.Country] = map[report.Network]int64{}
		}
		countries[a.Country][a.Network]++
		arrived[source{window.SliceOf(a.Received), a.Country, a.Network}]++
	}
	c := window.NetworkCounts{World: sourcesOf(slices.Collect(maps.Values(world))...), ByCountry: map[string]window.Sources{}}
	for country, networks := range countries {
		c.ByCountry[country] = sourcesOf(slices.Collect(maps.Values(networks))...)
	}
	for s, n := range arrived {
		c.Arrivals = append(c.Arrivals, window.Arrival{Slice: s.slice, Country: s.country, Network: s.network, N: n})
	}
	return c
}

// active returns what Store.Active does.
func (m *model) active(since time.Time) []string {
	var services []string
	for _, a := range m.answered {
		if a.status == window.Counted && a.Kind == report.Problem && !a.Minute.Before(since) {
			services = append(services, a.Service)
		}
	}
	slices.Sort(services)
	return slices.Compact(services)
}

func testModel(t *testing.T, open func(*testing.T) window.Store) {
	for seed := range uint64(4) {
		s := open(t)
		Compare(t, s, seed, func() window.Store { return s })
	}
}

// Compare sends the same random reports of five hours, with midnight in between,
// to a store and to a model, and fails when they answer differently. Now and
// then it goes on with the store that reopen returns: the same one, or a new one
// on the same data.
func Compare(t *testing.T, s window.Store, seed uint64, reopen func() window.Store) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 42))
	start := noon.Add(10 * time.Hour)
	crowd := &crowd{rnd: rnd}
	m := &model{beats: map[time.Time]bool{}}
	for now := start; now.Before(start.Add(5 * time.Hour)); now = now.Add(time.Duration(rnd.IntN(240)) * time.Second) {
		switch rnd.IntN(12) {
		case 0:
			beat(t, s, now)
			m.beats[window.Start(now)] = true
		case 1:
			forget(t, s, now)
		case 2:
			s = reopen()
		}
		batch := crowd.reports(now)
		var want []window.Outcome
		for _, r := range batch {
			want = append(want, m.count(r))
		}
		got := s.Count(t.Context(), batch)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d, Count at %s of\n%+v\n(-want +got):\n%s", seed, clock(now), batch, diff)
		}
		for _, service := range []string{"acme", "umbrella"} {
			from := window.Start(now.Add(-time.Duration(rnd.IntN(300)) * time.Minute))
			to := window.Start(now.Add(2 * time.Minute))
			wantBuckets(t, s, service, from, to, m.buckets(service, from, to))
			wantNetworks(t, s, service, now, m.networks(service, now))
		}
		since := window.Start(now.Add(-time.Duration(rnd.IntN(60)) * time.Minute))
		wantActive(t, s, since, m.active(since)...)
	}
}

// crowd makes random reports of a few reporters, so that many are repeats.
type crowd struct {
	rnd  *rand.Rand
	sent []report.Report // may be sent again
}

// reports returns a batch of up to 11 reports, received now.
func (c *crowd) reports(now time.Time) []report.Report {
	batch := make([]report.Report, c.rnd.IntN(12))
	for i := range batch {
		batch[i] = c.report(now)
	}
	return batch
}

// report returns a report received now, of which a quarter have an ID that was
// sent before.
func (c *crowd) report(now time.Time) report.Report {
	rnd := c.rnd
	today := now.Truncate(24 * time.Hour)
	r := report.Report{
		Service: pick(rnd, "acme", "umbrella"), Kind: pick(rnd, report.Problem, report.Problem, report.Recovery, report.Visit),
		Symptom: pick(rnd, "login", "messaging"), Country: pick(rnd, "IN", "BD", "ZZ"),
		Minute: window.Start(now), Received: now,
		Devices: pick(rnd, 0, 0, 3, 10, 11),
		Network: report.Network(rnd.IntN(5) + 10*today.Day()),
	}
	if rnd.IntN(3) == 0 {
		r.Minute = window.Start(now.Add(-time.Duration(rnd.IntN(int(report.MaxDelay)))))
	}
	address, device := uint64(rnd.IntN(4)), uint64(rnd.IntN(12))
	pseudonym := func(day time.Time) report.Reporter {
		n := uint64(day.Day()) * 1000
		return report.Reporter{Address: n + address, Device: n + 100*address + device}
	}
	r.Reporter = pseudonym(today)
	if now.Sub(today) < window.Cooldown {
		r.Yesterday = pseudonym(today.Add(-24 * time.Hour))
	}
	if r.Kind == report.Visit {
		r.Symptom = ""
	}
	var id [16]byte
	for i := range id {
		id[i] = byte(rnd.Uint32())
	}
	r.ID = uuid.UUID(id)
	if len(c.sent) > 0 && rnd.IntN(4) == 0 {
		old := c.sent[len(c.sent)-1-rnd.IntN(min(len(c.sent), 200))]
		if now.Sub(old.Received) < window.IDMemory {
			r.ID, r.Service = old.ID, old.Service
			return r
		}
	}
	if r.Kind != report.Visit {
		c.sent = append(c.sent, r) // under a new ID: whether an older one is still remembered may differ
	}
	return r
}

// pick returns one of its arguments at random.
func pick[T any](rnd *rand.Rand, of ...T) T { return of[rnd.IntN(len(of))] }
