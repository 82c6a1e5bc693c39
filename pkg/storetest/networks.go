package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// fromNetwork returns report n, received from a network.
func fromNetwork(n int, network report.Network, country string, at time.Time) report.Report {
	return with(problem(n, at), func(r *report.Report) { r.Network, r.Country = network, country })
}

// sourcesOf returns the sources of networks that sent so many reports each.
func sourcesOf(reports ...int64) window.Sources {
	var s window.Sources
	for _, n := range reports {
		weight := 1 + math.Log2(float64(n))
		s.Networks++
		s.Reports += n
		s.Discounted += weight
		s.Largest = max(s.Largest, weight)
	}
	if s.Discounted > 0 {
		s.Largest /= s.Discounted
	}
	return s
}

func testNetworks(t *testing.T, open func(*testing.T) window.Store) {
	midnight := noon.Add(12 * time.Hour)
	t.Run("networks are distinct, discounted and by country", func(t *testing.T) {
		s := open(t)
		wantNetworks(t, s, "acme", noon, window.NetworkCounts{})
		wantOutcomes(t, s, repeated(counted, 7),
			fromNetwork(1, 1, "IN", noon), fromNetwork(2, 1, "IN", noon), fromNetwork(3, 1, "IN", noon),
			fromNetwork(4, 2, "IN", noon), fromNetwork(5, 2, "BD", noon), fromNetwork(6, 3, "BD", noon), fromNetwork(7, 3, "BD", noon.Add(time.Minute)))
		wantNetworks(t, s, "acme", noon.Add(2*time.Minute), window.NetworkCounts{
			World:     sourcesOf(3, 2, 2),
			ByCountry: map[string]window.Sources{"IN": sourcesOf(3, 1), "BD": sourcesOf(1, 2)},
		})
		wantNetworks(t, s, "umbrella", noon.Add(2*time.Minute), window.NetworkCounts{})
	})
	t.Run("a network in several slices is one network", func(t *testing.T) {
		s := open(t)
		for n, minutes := range []int{0, 5, 10, 15} {
			wantOutcome(t, s, counted, fromNetwork(n+1, 1, "IN", noon.Add(time.Duration(minutes)*time.Minute)))
		}
		wantNetworks(t, s, "acme", noon.Add(19*time.Minute), window.NetworkCounts{
			World: sourcesOf(4), ByCountry: map[string]window.Sources{"IN": sourcesOf(4)},
		})
		wantNetworks(t, s, "acme", noon.Add(20*time.Minute), window.NetworkCounts{
			World: sourcesOf(3), ByCountry: map[string]window.Sources{"IN": sourcesOf(3)},
		})
		hour := networksIn(t, s, "acme", noon.Add(40*time.Minute), window.SliceRetention).World
		if want := sourcesOf(4); hour != want {
			t.Errorf("sources of an hour = %+v, want %+v", hour, want)
		}
		wantNetworks(t, s, "acme", noon.Add(4*time.Minute), window.NetworkCounts{
			World: sourcesOf(1), ByCountry: map[string]window.Sources{"IN": sourcesOf(1)},
		})
		wantNetworks(t, s, "acme", noon.Add(-time.Second), window.NetworkCounts{})
		wantNetworks(t, s, "acme", noon.Add(35*time.Minute), window.NetworkCounts{})
	})
	t.Run("only problems that counted have networks", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, []window.Outcome{counted, repeat, resentCounted, counted, counted},
			fromNetwork(1, 1, "IN", noon),
			with(fromNetwork(2, 2, "IN", noon), func(r *report.Report) { r.Reporter = reporter(1) }),
			fromNetwork(1, 3, "IN", noon),
			with(fromNetwork(3, 4, "IN", noon), func(r *report.Report) { r.Kind = report.Recovery }),
			with(fromNetwork(4, 5, "IN", noon), func(r *report.Report) { r.Kind = report.Visit }))
		wantNetworks(t, s, "acme", noon, window.NetworkCounts{
			World: sourcesOf(1), ByCountry: map[string]window.Sources{"IN": sourcesOf(1)},
		})
	})
	t.Run("a report belongs to the slice of its arrival, not of the minute it names", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, with(fromNetwork(1, 1, "IN", noon.Add(14*time.Minute)), func(r *report.Report) { r.Minute = noon }))
		if got := networks(t, s, "acme", noon.Add(9*time.Minute)).World.Networks; got != 0 {
			t.Errorf("networks in the slice before the arrival = %d, want 0", got)
		}
		if got := networks(t, s, "acme", noon.Add(29*time.Minute)).World.Networks; got != 1 {
			t.Errorf("networks in the slice of the arrival = %d, want 1", got)
		}
	})
	t.Run("networks of two days are never added up", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, fromNetwork(1, 1, "IN", midnight.Add(-time.Second)))
		wantOutcome(t, s, counted, fromNetwork(2, 2, "IN", midnight))
		late := with(fromNetwork(3, 3, "IN", midnight.Add(time.Minute)), func(r *report.Report) { r.Minute = midnight.Add(-2 * time.Minute) })
		wantOutcome(t, s, counted, late)
		for _, c := range []struct {
			at   time.Time
			want int
		}{{midnight.Add(-time.Second), 1}, {midnight.Add(2 * time.Minute), 2}, {midnight.Add(15 * time.Minute), 2}} {
			if got := networks(t, s, "acme", c.at).World.Networks; got != c.want {
				t.Errorf("networks at %s = %d, want %d", clock(c.at), got, c.want)
			}
		}
	})
	t.Run("a slice has at most MaxNetworks networks, and counts further reports without them", func(t *testing.T) {
		s := open(t)
		const further = 10
		var batch []report.Report
		for n := 1; n <= window.MaxNetworks+further; n++ {
			batch = append(batch, fromNetwork(n, report.Network(n), "IN", noon))
		}
		wantOutcomes(t, s, repeated(counted, len(batch)), batch...)
		wantOutcome(t, s, counted, fromNetwork(len(batch)+1, 1, "IN", noon))
		got := networks(t, s, "acme", noon).World
		want := window.Sources{
			Networks: window.MaxNetworks, Reports: window.MaxNetworks + further + 1,
			Discounted: window.MaxNetworks + 1, Largest: 2. / (window.MaxNetworks + 1),
		}
		if got.Networks != want.Networks || got.Reports != want.Reports ||
			math.Abs(got.Discounted-want.Discounted) > 1e-6 || math.Abs(got.Largest-want.Largest) > 1e-9 {
			t.Errorf("sources = %+v, want %+v", got, want)
		}
	})
}
