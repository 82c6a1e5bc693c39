package scenario

import (
	"context"
	"encoding/binary"
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// counter counts every submission, as a store without limits does. The real
// store gives the same counts, because every reporter of a replay is new.
type counter map[counted]int64

type counted struct {
	service string
	minute  window.Minute
	window.Cell
}

func (c counter) add(s *Submission) {
	c[counted{s.Service, window.MinuteOf(s.At), window.Cell{Country: s.Country, Symptom: s.Symptom}}]++
}

// Buckets puts everything of the span into one bucket: readers only add up.
func (c counter) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	b := window.Bucket{Start: from, Known: true}
	for k, n := range c {
		if k.service == service && k.minute >= window.MinuteOf(from) && k.minute < window.MinuteOf(to) {
			b.Problems = append(b.Problems, window.Count{Cell: k.Cell, N: n})
		}
	}
	return []window.Bucket{b}, nil
}

// countStream counts the whole stream and returns the counts, the Run and the
// number of submissions.
func countStream(s *Scenario, seed int64) (counter, *Run, int) {
	c, run, total := make(counter), s.Begin(seed), 0
	for _, submissions := range s.Stream(seed) {
		total += len(submissions)
		for i := range submissions {
			c.add(&submissions[i])
			run.Count(&submissions[i], window.Counted)
		}
	}
	return c, run, total
}

// perfectIncidents returns the incidents of a detector that is always right.
func perfectIncidents(s *Scenario, resolved time.Time) []incident.Incident {
	var incidents []incident.Incident
	for _, sv := range s.Services {
		if sv.Role == Story {
			inc := incident.Incident{
				ID: sv.Slug, Service: sv.Slug, State: incident.Resolved,
				Onset: sv.Onset, Declared: sv.Onset.Add(2 * time.Minute), Resolved: resolved,
			}
			for _, code := range sv.Where {
				inc.Countries = append(inc.Countries, incident.Segment{ID: code})
			}
			incidents = append(incidents, inc)
		}
	}
	return incidents
}

func TestPrintedFiguresHoldForEverySeed(t *testing.T) {
	if testing.Short() {
		t.Skip("this test reads every replay three times")
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			s := mustLoad(t, name)
			for seed := int64(1); seed <= 3; seed++ {
				counts, run, total := countStream(s, seed)
				if total > MaxReports {
					t.Errorf("seed %d has %d reports, want at most %d", seed, total, MaxReports)
				}
				if s.Expect == NoIncident && total > 1_000_000 {
					t.Errorf("seed %d has %d reports, want at most a million for a quiet time", seed, total)
				}
				res, err := run.Result(t.Context(), counts, perfectIncidents(s, s.End), nil)
				if err != nil {
					t.Fatal(err)
				}
				if !res.OK {
					t.Errorf("seed %d: %q", seed, res.Off)
				}
				replayed := 0
				for _, p := range s.Press {
					if p.Replayed {
						replayed++
					}
				}
				if len(s.Brigades) > 0 {
					replayed++
				}
				if len(res.Press) != replayed || len(res.NotReplayed) != len(s.Press)-replayed && len(s.Brigades) == 0 {
					t.Errorf("seed %d: %d figures and %d not replayed, of %d", seed, len(res.Press), len(res.NotReplayed), len(s.Press))
				}
			}
		})
	}
}

// The split must hold whenever the incident is resolved.
func TestSplitOf2017HoldsFromOnsetToResolution(t *testing.T) {
	s := mustLoad(t, "whatsapp-2017-11-03")
	onset := s.Services[0].Onset
	for seed := int64(1); seed <= 3; seed++ {
		counts, run, _ := countStream(s, seed)
		for after := 45 * time.Minute; after <= 2*time.Hour; after += 15 * time.Minute {
			res, err := run.Result(t.Context(), counts, perfectIncidents(s, onset.Add(after)), nil)
			if err != nil {
				t.Fatal(err)
			}
			for symptom, want := range map[string]float64{"connection": 0.51, "messaging": 0.29, "login": 0.19, "other": 0.01} {
				if got := res.Services[0].Symptoms[symptom]; math.Abs(got-want) > 0.007 {
					t.Errorf("seed %d, resolved after %s: %s %.4f, want %.2f", seed, after, symptom, got, want)
				}
			}
		}
	}
}

func TestTheSplitOf2017ChangesDuringTheOutage(t *testing.T) {
	s := mustLoad(t, "whatsapp-2017-11-03")
	counts, _, _ := countStream(s, DefaultSeed)
	connection := func(asOf time.Time) float64 {
		p := Figure{Services: []string{"whatsapp"}, Symptom: "connection", Window: 10 * time.Minute, AsOf: asOf}
		v, err := p.measure(t.Context(), counts)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	onset := s.Services[0].Onset
	early, late := connection(onset.Add(12*time.Minute)), connection(onset.Add(45*time.Minute))
	if early-late < 0.03 {
		t.Errorf("connection goes from %.3f to %.3f, want it to move by 3 points", early, late)
	}
}

func TestReportsBeforeTheOnsetOf2017StayNearTheQuietRate(t *testing.T) {
	s := mustLoad(t, "whatsapp-2017-11-03")
	counts, _, _ := countStream(s, DefaultSeed)
	count := func(from, to string) float64 {
		at := func(clock string) time.Time {
			d, err := time.Parse("15:04", clock)
			if err != nil {
				t.Fatal(err)
			}
			return s.Start.Truncate(24 * hour).Add(time.Duration(d.Hour())*hour + time.Duration(d.Minute())*time.Minute)
		}
		sums, err := problems(t.Context(), counts, "whatsapp", at(from), at(to))
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for _, v := range sums {
			n += v
		}
		return float64(n)
	}
	sv := &s.Services[0]
	var quiet float64
	for _, r := range sv.Quiet {
		f := newFlow(source(1, "test"), s, sv, r.Country)
		for q := s.Start.Truncate(24 * hour).Add(6*hour + quarter); q.Before(sv.Onset); q = q.Add(quarter) {
			quiet += f.quietRate(q)
		}
	}
	if ratio := count("06:15", "08:00") / quiet; ratio < 1.15 || ratio > 1.5 {
		t.Errorf("reports before the onset are %.2f times the quiet ones, want 1.15 to 1.5 times", ratio)
	}
	if ratio := count("08:00", "08:05") / quiet * 21; ratio < 4 {
		t.Errorf("the first five minutes are %.2f times the quiet ones, want at least 4 times", ratio)
	}
}

func TestStreamYieldsEveryMinuteInOrder(t *testing.T) {
	for _, name := range []string{"brigade", "whatsapp-evening"} {
		s := mustLoad(t, name)
		minutes := 0
		var last time.Time
		for minute, submissions := range s.Stream(DefaultSeed) {
			if want := s.Start.Add(time.Duration(minutes) * time.Minute); !minute.Equal(want) {
				t.Fatalf("%s: minute %v, want %v", name, minute, want)
			}
			minutes++
			for _, sub := range submissions {
				if sub.At.Before(last) || !window.Start(sub.At).Equal(minute) {
					t.Fatalf("%s: %v after %v in minute %v", name, sub.At, last, minute)
				}
				last = sub.At
			}
		}
		if minutes != s.Minutes() {
			t.Errorf("%s has %d minutes, want %d", name, minutes, s.Minutes())
		}
	}
}

func TestTheSameSeedGivesTheSameStream(t *testing.T) {
	collect := func(seed int64) []Submission {
		var all []Submission
		for _, submissions := range mustLoad(t, "brigade").Stream(seed) {
			all = append(all, submissions...)
		}
		return all
	}
	if !reflect.DeepEqual(collect(7), collect(7)) {
		t.Error("Stream(7) twice gave different submissions, want the same")
	}
	if reflect.DeepEqual(collect(7), collect(8)) {
		t.Error("Stream(7) and Stream(8) gave the same submissions, want different ones")
	}
}

func TestAddingAServiceDoesNotChangeTheCountsOfTheOthers(t *testing.T) {
	all := mustLoad(t, "whatsapp-evening")
	alone := mustLoad(t, "whatsapp-evening")
	alone.Services = alone.Services[:1]
	counts := func(s *Scenario) int64 {
		c, run, _ := countStream(s, DefaultSeed)
		if len(c) == 0 {
			t.Fatal("nothing counted")
		}
		return run.counted["whatsapp"]
	}
	if a, b := counts(all), counts(alone); a != b {
		t.Errorf("%d reports beside other services and %d without them, want the same", a, b)
	}
}

func TestEveryPersonIsANewReporter(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	for _, name := range []string{"meta-2021-10-04", "whatsapp-instagram-2024-04-03", "quiet-fortnight"} {
		s := mustLoad(t, name)
		type reporter struct {
			service   string
			household uint64 // the /64
		}
		seen := make(map[reporter]time.Time)
		countryOf := make(map[uint64]string) // by /48
		perNetwork := make(map[uint64]int)
		perCountry := make(map[string]int)
		for _, submissions := range s.Stream(DefaultSeed) {
			for _, sub := range submissions {
				addr := sub.Addr.As16()
				r := reporter{sub.Service, binary.BigEndian.Uint64(addr[:8])}
				if last, ok := seen[r]; ok && sub.At.Sub(last) < 2*window.Cooldown {
					t.Fatalf("%s: %v reports %s at %v and at %v", name, sub.Addr, sub.Service, last, sub.At)
				}
				seen[r] = sub.At
				network := r.household >> 16
				if c, ok := countryOf[network]; ok && c != sub.Country {
					t.Fatalf("%s: the network of %v is in %s and in %s", name, sub.Addr, c, sub.Country)
				}
				if !sub.Addr.IsPrivate() {
					t.Fatalf("%s: %v is not an address of a person", name, sub.Addr)
				}
				countryOf[network] = sub.Country
				perNetwork[network]++
				perCountry[sub.Country]++
			}
		}
		for network, n := range perNetwork {
			if all := perCountry[countryOf[network]]; all > 2000 && float64(n) > 0.06*float64(all) {
				t.Errorf("%s: one network has %d of the %d reports of %s", name, n, all, countryOf[network])
			}
		}
	}
}

func TestIDsAreUUIDsOfTheirTime(t *testing.T) {
	seen := make(map[string]bool)
	for _, submissions := range mustLoad(t, "brigade").Stream(DefaultSeed) {
		for _, sub := range submissions {
			id, err := uuid.Parse(sub.ID)
			if err != nil || id.Version() != 7 || id.Variant() != uuid.RFC4122 || seen[sub.ID] {
				t.Fatalf("ID %q: %v, or a second time", sub.ID, err)
			}
			if sec, _ := id.Time().UnixTime(); sec != sub.At.Unix() {
				t.Fatalf("ID %q has the time %d, want %d", sub.ID, sec, sub.At.Unix())
			}
			seen[sub.ID] = true
		}
	}
}

func TestAnAddressRepeatsOnlyAfterAllHouseholdsOfItsNetwork(t *testing.T) {
	rng := source(1, "test")
	h := newAddressPool(rng)
	seen := make(map[netip.Addr]bool)
	for len(seen) < 60_000 {
		a := h.in(rng, 0)
		if b := a.As16(); b[4] != 0 || b[5] != 0 {
			continue // not the largest network
		}
		if seen[a] {
			t.Fatalf("address %v repeats after %d others of its network, want at least 60,000", a, len(seen))
		}
		seen[a] = true
	}
}

func BenchmarkStream(b *testing.B) {
	s := mustLoad(b, "meta-2021-10-04")
	b.ReportAllocs()
	var n int
	for b.Loop() {
		for _, submissions := range s.Stream(DefaultSeed) {
			n += len(submissions)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/submission")
}
