package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// from is report n received from a network.
func from(n int, network report.Network, country string, at time.Time) report.Report {
	return with(problem(n, at), func(r *report.Report) { r.Network, r.Country = network, country })
}

// described is what sources say of networks with so many reports each.
func described(reports ...int64) window.Sources {
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
	t.Run("distinct networks, discounted, by country", func(t *testing.T) {
		s := open(t)
		wantNetworks(t, s, "acme", noon, window.NetworkCounts{})
		count(t, s, repeated(counted, 7),
			from(1, 1, "IN", noon), from(2, 1, "IN", noon), from(3, 1, "IN", noon),
			from(4, 2, "IN", noon), from(5, 2, "BD", noon), from(6, 3, "BD", noon), from(7, 3, "BD", noon.Add(time.Minute)))
		wantNetworks(t, s, "acme", noon.Add(2*time.Minute), window.NetworkCounts{
			World:     described(3, 2, 2),
			ByCountry: map[string]window.Sources{"IN": described(3, 1), "BD": described(1, 2)},
		})
		wantNetworks(t, s, "umbrella", noon.Add(2*time.Minute), window.NetworkCounts{})
	})
	t.Run("the same network in several slices is one", func(t *testing.T) {
		s := open(t)
		for n, minutes := range []int{0, 5, 10, 15} {
			countOne(t, s, counted, from(n+1, 1, "IN", noon.Add(time.Duration(minutes)*time.Minute)))
		}
		wantNetworks(t, s, "acme", noon.Add(19*time.Minute), window.NetworkCounts{
			World: described(4), ByCountry: map[string]window.Sources{"IN": described(4)},
		})
		wantNetworks(t, s, "acme", noon.Add(20*time.Minute), window.NetworkCounts{
			World: described(3), ByCountry: map[string]window.Sources{"IN": described(3)},
		})
		wantNetworks(t, s, "acme", noon.Add(4*time.Minute), window.NetworkCounts{
			World: described(1), ByCountry: map[string]window.Sources{"IN": described(1)},
		})
		wantNetworks(t, s, "acme", noon.Add(-time.Second), window.NetworkCounts{})
		wantNetworks(t, s, "acme", noon.Add(35*time.Minute), window.NetworkCounts{})
	})
	t.Run("only problems that counted", func(t *testing.T) {
		s := open(t)
		count(t, s, []window.Outcome{counted, repeat, knownCounted, counted, counted},
			from(1, 1, "IN", noon),
			with(from(2, 2, "IN", noon), func(r *report.Report) { r.Reporter = who(1) }),
			from(1, 3, "IN", noon),
			with(from(3, 4, "IN", noon), func(r *report.Report) { r.Kind = report.Recovery }),
			with(from(4, 5, "IN", noon), func(r *report.Report) { r.Kind = report.Visit }))
		wantNetworks(t, s, "acme", noon, window.NetworkCounts{
			World: described(1), ByCountry: map[string]window.Sources{"IN": described(1)},
		})
	})
	t.Run("the slice is that of the arrival", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, with(from(1, 1, "IN", noon.Add(14*time.Minute)), func(r *report.Report) { r.Minute = noon }))
		if got := networks(t, s, "acme", noon.Add(9*time.Minute)).World.Networks; got != 0 {
			t.Errorf("networks before the arrival = %d, want 0", got)
		}
		if got := networks(t, s, "acme", noon.Add(29*time.Minute)).World.Networks; got != 1 {
			t.Errorf("networks of the arrival's slice = %d, want 1", got)
		}
	})
	t.Run("never added up across midnight", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, from(1, 1, "IN", midnight.Add(-time.Second)))
		countOne(t, s, counted, from(2, 2, "IN", midnight))
		late := with(from(3, 3, "IN", midnight.Add(time.Minute)), func(r *report.Report) { r.Minute = midnight.Add(-2 * time.Minute) })
		countOne(t, s, counted, late)
		for _, c := range []struct {
			at   time.Time
			want int
		}{{midnight.Add(-time.Second), 1}, {midnight.Add(2 * time.Minute), 2}, {midnight.Add(15 * time.Minute), 2}} {
			if got := networks(t, s, "acme", c.at).World.Networks; got != c.want {
				t.Errorf("networks at %s = %d, want %d", clock(c.at), got, c.want)
			}
		}
	})
	t.Run("bounded in a slice", func(t *testing.T) {
		s := open(t)
		const further = 10
		var batch []report.Report
		for n := 1; n <= window.MaxNetworks+further; n++ {
			batch = append(batch, from(n, report.Network(n), "IN", noon))
		}
		count(t, s, repeated(counted, len(batch)), batch...)
		countOne(t, s, counted, from(len(batch)+1, 1, "IN", noon))
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
