package detect

import (
	"math"
	"testing"
	"time"
)

// watch runs a cell for days without an outage and learns its baseline every six
// hours. It returns the number of anomalies that began and the highest score.
func watch(cfg Settings, s *sim, days int, from func(at time.Time, n float64) Sources, scale func(at time.Time) float64) (begun int, top float64) {
	now := end
	history := s.history(now, 28*24)
	var st State
	for range days * 4 {
		b := Learn(history[len(history)-28*24:], now, nil)
		for range 6 {
			c := Count{Start: now, Width: time.Hour, Known: 1}
			for range 60 {
				x := s.minute(now)
				if scale != nil {
					x = s.poisson(s.rate(now) * scale(now))
				}
				before := st.Anomalous
				var v Verdict
				st, v = Step(cfg, st, b, Bucket{Start: now, N: x, Known: true}, from(now, x))
				if st.Anomalous && !before {
					begun++
				}
				top = max(top, v.Score)
				c.N += x
				now = now.Add(time.Minute)
			}
			history = append(history, c)
		}
	}
	return begun, top
}

// nobody returns no sources.
func nobody(time.Time, float64) Sources { return Sources{} }

// TestQuietWeeksStayQuiet runs 1.5 million ticks with daily and weekly rhythm and
// an hourly rate that varies by 15 %, without a quorum.
func TestQuietWeeksStayQuiet(t *testing.T) {
	cfg := Defaults()
	cfg.WarningNetworks, cfg.OutageNetworks = 0, 0
	weeks, begun := 0, 0
	for _, per5 := range []float64{0.02, 0.2, 2, 20, 200} {
		highest := 0.0
		for seed := range uint64(10) {
			s := newSim(100+seed, per5)
			s.rateSD = 0.15
			n, top := watch(cfg, s, 21, nobody, nil)
			weeks += 3
			begun += n
			highest = max(highest, top)
		}
		t.Logf("%6.2f per 5 minutes: highest score %.1f of %.1f", per5, highest, cfg.Threshold)
	}
	t.Logf("%d anomalies in %d weeks", begun, weeks)
	if begun > 0 {
		t.Errorf("%d anomalies in %d quiet weeks", begun, weeks)
	}
}

func TestQuietDaysStayQuietWithSources(t *testing.T) {
	for _, networks := range []int{50, 20000} {
		s := newSim(7, 20)
		s.networks = networks
		if n, top := watch(Defaults(), s, 7, s.sources, nil); n > 0 {
			t.Errorf("%d networks: %d anomalies, highest score %v", networks, n, top)
		}
	}
}

func TestGrowthIsNoAnomaly(t *testing.T) {
	for _, per5 := range []float64{2, 20, 200} {
		s := newSim(9, per5)
		growth := func(at time.Time) float64 { return math.Pow(1.3, at.Sub(end).Hours()/hours) }
		if n, top := watch(Defaults(), s, 21, nobody, growth); n > 0 {
			t.Errorf("%v per 5 minutes: %d anomalies, highest score %v", per5, n, top)
		}
	}
}

func TestANewSeriesSettlesQuietly(t *testing.T) {
	cfg := Defaults()
	cfg.WarningNetworks, cfg.OutageNetworks = 0, 0
	for _, per5 := range []float64{0.02, 0.2, 2, 20} {
		begun := 0
		for seed := range uint64(5) {
			s := newSim(seed, per5)
			now := end
			var history []Count
			var st State
			for h := range 14 * 24 {
				b := Learn(history, now, nil)
				c := Count{Start: now, Width: time.Hour, Known: 1}
				for range 60 {
					x := s.minute(now)
					before := st.Anomalous
					st, _ = Step(cfg, st, b, Bucket{Start: now, N: x, Known: true}, Sources{})
					if st.Anomalous && !before && h >= 2 {
						begun++
					}
					c.N += x
					now = now.Add(time.Minute)
				}
				history = append(history, c)
			}
		}
		t.Logf("%v per 5 minutes: %d anomalies in 5 first fortnights after the first two hours", per5, begun)
		if begun > 0 {
			t.Errorf("%v per 5 minutes: %d anomalies", per5, begun)
		}
	}
}
