package detect

import (
	"math"
	"math/rand/v2"
	"time"
)

// monday is where simulated histories begin.
var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// sim draws the reports of one cell: a rate with a daily and weekly rhythm and a
// random factor for each hour, from senders in networks.
type sim struct {
	rand     *rand.Rand
	per5     float64 // reports in 5 minutes, mean of a week
	rhythm   float64 // amplitude of the day, in [0, 1)
	rateSD   float64 // standard deviation of the logarithm of the hourly rate factor
	networks int     // networks that people report from

	hour      int64
	logFactor float64
	blocks    []block // newest last
}

// block counts the reports of five minutes by network.
type block struct {
	start time.Time
	by    map[int]int
}

func newSim(seed uint64, per5 float64) *sim {
	return &sim{rand: rand.New(rand.NewPCG(seed, 1)), per5: per5, rhythm: 0.6, rateSD: 0.1, networks: 20000}
}

// rate returns the normal rate in reports per minute, without the factor of the
// hour.
func (s *sim) rate(at time.Time) float64 {
	day := float64(at.Unix()%86400) / 86400
	r := s.per5 / 5 * (1 + s.rhythm*math.Sin(2*math.Pi*(day-0.3)))
	if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
		r *= 0.8
	}
	return r
}

// minute draws the reports of one normal minute.
func (s *sim) minute(at time.Time) float64 {
	return s.poisson(s.rate(at) * s.hourFactor(at))
}

// hourFactor returns the random factor of the hour of at.
func (s *sim) hourFactor(at time.Time) float64 {
	if h := at.Unix() / 3600; h != s.hour {
		s.hour = h
		s.logFactor = 0.7*s.logFactor + math.Sqrt(1-0.49)*s.rateSD*s.rand.NormFloat64()
	}
	return math.Exp(s.logFactor)
}

// history draws hours up to end.
func (s *sim) history(end time.Time, n int) []Count {
	var h []Count
	for i := n; i > 0; i-- {
		at := end.Add(-time.Duration(i) * time.Hour)
		n := s.poisson(60 * s.rate(at.Add(30*time.Minute)) * s.hourFactor(at))
		h = append(h, Count{Start: at, Width: time.Hour, N: n, Known: 1})
	}
	return h
}

// sources draws the networks of n reports in a minute, and returns the sources at
// its end as a store does.
func (s *sim) sources(at time.Time, n float64) Sources { return s.sourcesFrom(at, n, 0) }

// sourcesFrom is sources with loud further reports of one network.
func (s *sim) sourcesFrom(at time.Time, n float64, loud int) Sources {
	start := at.Truncate(5 * time.Minute)
	if k := len(s.blocks); k == 0 || !s.blocks[k-1].start.Equal(start) {
		s.blocks = append(s.blocks, block{start, map[int]int{}})
	}
	for at.Sub(s.blocks[0].start) >= 20*time.Minute {
		s.blocks = s.blocks[1:]
	}
	by := s.blocks[len(s.blocks)-1].by
	for range int(n) {
		by[1+s.rand.IntN(s.networks)]++
	}
	if loud > 0 {
		by[0] += loud
	}
	all := map[int]int{}
	for _, sl := range s.blocks {
		for k, v := range sl.by {
			all[k] += v
		}
	}
	var src Sources
	most := 0.0
	for _, v := range all {
		w := 1 + math.Log2(float64(v))
		src.Networks++
		src.Reports += int64(v)
		src.Discounted += w
		most = max(most, w)
	}
	if src.Discounted > 0 {
		src.Largest = most / src.Discounted
	}
	return src
}

// poisson draws from the Poisson distribution.
func (s *sim) poisson(mean float64) float64 {
	if mean > 60 {
		return max(0, math.Round(mean+math.Sqrt(mean)*s.rand.NormFloat64()))
	}
	l, p := math.Exp(-mean), 1.0
	for k := 0; ; k++ {
		if p *= s.rand.Float64(); p <= l {
			return float64(k)
		}
	}
}
