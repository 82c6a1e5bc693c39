package detect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// beside is a service whose counts may be the echo of an outage, minute by minute.
// The outage begins in minute 30.
type beside struct {
	outage func(minute int) float64
	share  float64 // reports of the echo for each one of the outage
	lag    int     // minutes by which the echo follows
	stays  int     // minutes by which it outlasts the outage
	quiet  float64 // reports of the service in a quiet minute
	noise  float64 // standard deviation of the echo, as a share, from minute to minute
	drift  float64 // the same from quarter to quarter of an hour
	own    func(minute int) float64
	tie    Tie
}

// curve returns a course that is straight between points of a minute and a rate.
func curve(points ...float64) func(int) float64 {
	return func(minute int) float64 {
		at := float64(minute)
		for i := 2; i < len(points); i += 2 {
			if from, to := points[i-2], points[i]; at >= from && at < to {
				return points[i-1] + (at-from)/(to-from)*(points[i+1]-points[i-1])
			}
		}
		return 0
	}
}

// steady returns a baseline with this rate at all times.
func steady(perMinute float64) *Baseline {
	season := &Season{Zone: "UTC"}
	for i := range season.Factors {
		season.Factors[i] = 1
	}
	return &Baseline{Level: perMinute, Season: season, Recent: 1, Dispersion: 1.3, RateVariance: 0.02, Uncertainty: 0.01,
		Exposure: 1000 * time.Hour, LongestExposure: 1000 * time.Hour}
}

// judge returns the first minute in [from, to) in which something is not
// explained, or -1, and the explanation of that minute or of the last one.
func (c beside) judge(seed uint64, from, to int) (int, Explained) {
	rng := rand.New(rand.NewPCG(seed, 7))
	poisson := func(mean float64) float64 {
		if mean > 50 {
			return max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64()))
		}
		n := 0.0
		for t := rng.ExpFloat64(); t < mean; t += rng.ExpFloat64() {
			n++
		}
		return n
	}
	cfg, b, start := Defaults(), steady(c.quiet), time.Date(2024, 2, 22, 8, 0, 0, 0, time.UTC)
	cfg.Threshold = 12.3
	var small, large []CourseBucket
	var e Explained
	drift := 1.0
	for m := range to {
		if m%15 == 0 {
			drift = 1 + c.drift*rng.NormFloat64()
		}
		echo := max(c.outage(m-c.lag), c.outage(m-c.lag-c.stays)) * c.share * max(0, drift*(1+c.noise*rng.NormFloat64()))
		if c.own != nil {
			echo += c.own(m)
		}
		x, y := poisson(c.quiet+echo), poisson(2+c.outage(m))
		small = append([]CourseBucket{{Reports: x, Discounted: x, Expected: c.quiet, Exposure: 1}}, small...)
		large = append([]CourseBucket{{Reports: y, Discounted: y, Expected: 2, Exposure: 1}}, large...)
		if m < from {
			continue
		}
		end := start.Add(time.Duration(m+1) * time.Minute)
		pull := NewPull(end)
		pull.Add(cfg, Course{end, large[:min(len(large), courseDepth)]}, start.Add(30*time.Minute), c.tie.Share)
		e = Explain(cfg, b, Course{end, small[:min(len(small), depth)]}, pull, Sources{}, c.tie)
		if e.Holds(cfg) {
			return m, e
		}
	}
	return -1, e
}

// The courses of four outages: they rise within half an hour or three minutes, in
// two waves, and slowly.
var (
	rising   = curve(30, 0, 45, 950, 60, 1000, 90, 1700, 150, 2100, 200, 1400, 220, 0)
	sudden   = curve(30, 0, 33, 3000, 150, 3000, 154, 0)
	twoWaves = curve(30, 0, 40, 1400, 70, 500, 110, 500, 125, 2000, 160, 2000, 190, 0)
	gradual  = curve(30, 0, 120, 2000, 180, 2000, 230, 0)
)

func TestAnEchoIsExplainedFromItsFirstMinuteToItsLast(t *testing.T) {
	for name, c := range map[string]beside{
		"5 % of it":                          {outage: rising, share: 0.05, lag: 3, quiet: 1.7, noise: 0.1, drift: 0.08},
		"1 % of it":                          {outage: rising, share: 0.01, lag: 2, quiet: 0.5, noise: 0.1, drift: 0.08},
		"at the same minute":                 {outage: rising, share: 0.03, quiet: 1, noise: 0.15, drift: 0.08},
		"seven minutes later":                {outage: twoWaves, share: 0.03, lag: 7, quiet: 1, noise: 0.1},
		"a sudden outage":                    {outage: sudden, share: 0.02, lag: 4, quiet: 1, noise: 0.1},
		"a sudden one, at once":              {outage: sudden, share: 0.05, quiet: 2, noise: 0.1},
		"two waves":                          {outage: twoWaves, share: 0.04, lag: 2, quiet: 0.3, noise: 0.1, drift: 0.05},
		"a slow rise":                        {outage: gradual, share: 0.02, lag: 5, quiet: 4, noise: 0.1, drift: 0.08},
		"it outlasts the outage":             {outage: sudden, share: 0.03, lag: 2, stays: 5, quiet: 1},
		"it outlasts a slow fall":            {outage: rising, share: 0.03, lag: 2, stays: 7, quiet: 1, noise: 0.1},
		"a service of another kind, faintly": {outage: rising, share: 0.001, lag: 2, quiet: 1.5, tie: Others},
	} {
		if c.tie == (Tie{}) {
			c.tie = Peers
		}
		for seed := range uint64(20) {
			if m, e := c.judge(seed+1, 30, 240); m >= 0 {
				t.Errorf("%s, seed %d: in minute %d the score of the rest is %.1f, want all explained", name, seed+1, m, e.Score)
			}
		}
	}
}

// TestEchoesOfManyKindsAreExplained draws the size of the outage, and how its echo
// follows.
func TestEchoesOfManyKindsAreExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("several seconds")
	}
	rng := rand.New(rand.NewPCG(11, 12))
	shapes := []func(int) float64{rising, sudden, twoWaves, gradual}
	for seed := range uint64(120) {
		shape, size := shapes[seed%4], 0.2+2*rng.Float64()*rng.Float64()
		c := beside{
			outage: func(m int) float64 { return size * shape(m) }, share: 0.01 + 0.04*rng.Float64(),
			lag: rng.IntN(10), stays: rng.IntN(2) * rng.IntN(7), quiet: 4 * rng.Float64() * rng.Float64(),
			noise: 0.15 * rng.Float64(), drift: 0.1 * rng.Float64(), tie: Peers,
		}
		if m, e := c.judge(seed, 30, 240); m >= 0 {
			t.Errorf("outage %d of size %.1f, share %.3f, lag %d, %d longer, quiet %.2f, noise %.2f, drift %.2f: in minute %d the score of the rest is %.1f, want all explained",
				seed%4, size, c.share, c.lag, c.stays, c.quiet, c.noise, c.drift, m, e.Score)
		}
	}
}

func TestASecondFailureBesideAnEchoIsFound(t *testing.T) {
	for name, c := range map[string]beside{
		"three times the echo":        {outage: rising, share: 0.05, lag: 3, quiet: 1.7, own: curve(90, 0, 95, 240, 150, 240)},
		"twice the echo, at once":     {outage: rising, share: 0.02, lag: 3, quiet: 1.7, noise: 0.1, own: curve(90, 0, 91, 70, 150, 70)},
		"beside a faint echo":         {outage: sudden, share: 0.003, lag: 2, quiet: 0.5, own: curve(90, 0, 92, 40, 150, 40)},
		"while the outage falls":      {outage: twoWaves, share: 0.04, lag: 2, quiet: 1, own: curve(90, 0, 93, 80, 150, 80)},
		"another kind, without echo":  {outage: rising, quiet: 0.2, own: curve(90, 0, 91, 8, 150, 8), tie: Others},
		"another kind, soon after it": {outage: sudden, quiet: 0.2, own: curve(50, 0, 51, 20, 150, 20), tie: Others},
	} {
		if c.tie == (Tie{}) {
			c.tie = Peers
		}
		began := 30
		for c.own(began+1) == 0 {
			began++
		}
		for seed := range uint64(20) {
			m, e := c.judge(seed+1, began-15, began+30)
			if m < began || m > began+4 {
				t.Errorf("%s, seed %d: found in minute %d, want it in the five minutes from %d", name, seed+1, m, began)
			} else if onset := e.Onset.Sub(time.Date(2024, 2, 22, 8, 0, 0, 0, time.UTC)).Minutes(); math.Abs(onset-float64(began)) > 4 {
				t.Errorf("%s, seed %d: its onset is minute %.0f, want %d within 4", name, seed+1, onset, began)
			}
		}
	}
}

func TestTheShareOfAnEchoIsLearned(t *testing.T) {
	c := beside{outage: sudden, share: 0.05, lag: 2, quiet: 1, tie: Peers}
	_, e := c.judge(1, 100, 101)
	if share := e.Factor * Peers.Share; math.Abs(share-0.05) > 0.004 || e.Fit < 0.9 {
		t.Errorf("the share is %.3f and the fit %.2f, want 0.050 and at least 0.9", share, e.Fit)
	}
}

func TestOneLoudNetworkBesideAnEchoIsNoFailure(t *testing.T) {
	cfg := Defaults()
	c := Course{End: time.Unix(0, 0), Spans: make([]CourseBucket, depth)}
	forecast := make([]float64, depth)
	for i := range c.Spans {
		c.Spans[i], forecast[i] = CourseBucket{Reports: 2, Discounted: 2, Expected: 0.1, Exposure: 1}, 2
	}
	c.Spans[0].Reports += 1000
	// 40 reports of the echo from as many networks, and 1,000 from one more.
	src := Sources{SourceCounts: SourceCounts{Networks: 41, Reports: 1040, Discounted: 51, Largest: 11.0 / 51}}
	if got := restNetworks(c, forecast, src); got >= cfg.OutageNetworks {
		t.Errorf("restNetworks with one loud network = %d, want less than %d", got, cfg.OutageNetworks)
	}
	src = Sources{SourceCounts: SourceCounts{Networks: 140, Reports: 1040, Discounted: 240, Largest: 11.0 / 240}}
	if got := restNetworks(c, forecast, src); got < cfg.OutageNetworks {
		t.Errorf("restNetworks with a hundred more networks = %d, want at least %d", got, cfg.OutageNetworks)
	}
}

func TestACourseKeepsWhatItsStateForgot(t *testing.T) {
	cfg, b, start := Defaults(), steady(1), time.Date(2024, 2, 22, 8, 0, 0, 0, time.UTC)
	var s State
	for m := range 30 {
		s, _ = Step(cfg, s, b, Bucket{Start: start.Add(time.Duration(m) * time.Minute), N: float64(m), Known: true}, Sources{})
	}
	before := CourseOf(cfg, s, b, []Bucket{{Start: s.At, N: 5, Known: true, Exposure: 0.5}}, Sources{})
	if got := before.Spans[0]; got.Reports != 5 || got.Exposure != 0.5 || math.Abs(got.Expected-0.5) > 0.2 {
		t.Errorf("the running bucket is %+v, want 5 reports in half a minute", got)
	}
	s.maskBefore(cfg, s.At.Add(-time.Minute))
	after := CourseOf(cfg, s, b, nil, Sources{}).Extend(cfg, before)
	if got, want := after.Excess(20), before.Excess(20); math.Abs(got-want) > 1e-9 {
		t.Errorf("the excess is %.2f after the state forgot it, want %.2f", got, want)
	}
}
