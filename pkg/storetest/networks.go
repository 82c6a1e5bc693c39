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
	t.Run("a report of something earlier lends its network to nobody", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, repeated(counted, 2),
			with(fromNetwork(1, 1, "IN", noon.Add(14*time.Minute)), func(r *report.Report) { r.Minute = noon }),
			with(fromNetwork(2, 2, "IN", noon.Add(2*time.Minute)), func(r *report.Report) { r.Minute = noon }))
		for _, at := range []time.Duration{0, 4, 14, 19} {
			if got := networks(t, s, "acme", noon.Add(at*time.Minute)).World.Networks; got != 0 {
				t.Errorf("networks %d minutes later = %d, want 0", at, got)
			}
		}
		wantOutcome(t, s, counted, with(fromNetwork(3, 3, "IN", noon.Add(2*time.Minute-time.Second)), func(r *report.Report) { r.Minute = noon }))
		if got := networks(t, s, "acme", noon.Add(4*time.Minute)).World.Networks; got != 1 {
			t.Errorf("networks of a report that names the minute before = %d, want 1", got)
		}
	})
	t.Run("networks of two days are never added up", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, fromNetwork(1, 1, "IN", midnight.Add(-time.Second)))
		wantOutcome(t, s, counted, fromNetwork(2, 2, "IN", midnight))
		late := with(fromNetwork(3, 3, "IN", midnight.Add(30*time.Second)), func(r *report.Report) { r.Minute = midnight.Add(-time.Minute) })
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
	t.Run("beyond MaxNetworks a slice keeps the holder of a network, whoever came first", func(t *testing.T) {
		s := open(t)
		const flood, crowd = 40, 30 // the holders of each
		of := func(holder, n int) report.Network { return report.Network(holder) | report.Network(n)<<28 }
		var batch []report.Report
		for n := 1; n <= window.MaxNetworks+200; n++ {
			batch = append(batch, fromNetwork(n, of(flood, n), "US", noon))
		}
		wantOutcomes(t, s, repeated(counted, len(batch)), batch...)
		flooded := len(batch)
		for n := range 2 * crowd {
			batch = append(batch, fromNetwork(len(batch)+1, of(100+n%crowd, n+1), "BD", noon))
		}
		wantOutcomes(t, s, repeated(counted, 2*crowd), batch[flooded:]...)
		wantOutcome(t, s, counted, fromNetwork(len(batch)+1, of(flood, 1), "US", noon))
		got := networks(t, s, "acme", noon)
		if want := int64(len(batch)) + 1; got.World.Reports != want {
			t.Errorf("reports = %d, want %d", got.World.Reports, want)
		}
		if want := window.MaxNetworks + 1; got.ByCountry["US"].Networks != want { // one for all that came late
			t.Errorf("networks of the flood = %d, want %d", got.ByCountry["US"].Networks, want)
		}
		if got := got.ByCountry["BD"]; got.Reports != 2*crowd || got.Networks != crowd {
			t.Errorf("sources of the crowd = %+v, want %d reports of %d networks", got, 2*crowd, crowd)
		}
		if got := len(got.Holdings("BD", 0, 0)); got != crowd {
			t.Errorf("holders of the crowd = %d, want %d", got, crowd)
		}
		if got := len(got.Holdings("US", 0, 0)); got != 1 {
			t.Errorf("holders of the flood = %d, want 1", got)
		}
	})
	t.Run("beyond twice MaxNetworks a country keeps 64 holders", func(t *testing.T) {
		s := open(t)
		var batch []report.Report
		for n := 1; n <= 2*window.MaxNetworks+500; n++ {
			batch = append(batch, fromNetwork(n, report.Network(n)|report.Network(n)<<28, "US", noon))
		}
		for len(batch) > 0 {
			some := batch[:min(len(batch), 1000)]
			wantOutcomes(t, s, repeated(counted, len(some)), some...)
			batch = batch[len(some):]
		}
		got := networks(t, s, "acme", noon)
		if want := int64(2*window.MaxNetworks + 500); got.World.Reports != want {
			t.Errorf("reports = %d, want %d", got.World.Reports, want)
		}
		if most := 2*window.MaxNetworks + 64; got.World.Networks > most || got.World.Networks < 2*window.MaxNetworks {
			t.Errorf("networks = %d, want from %d to %d", got.World.Networks, 2*window.MaxNetworks, most)
		}
	})
}
