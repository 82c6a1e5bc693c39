package main

import (
	"math"
	"math/rand/v2"
	"time"
)

// unknown is the count of a bucket that could not be counted.
var unknown = math.NaN()

// series holds the counts of one cell and what is true about them.
type series struct {
	width  time.Duration
	start  time.Time
	counts []float64
	rates  []float64 // usual count per bucket, without outages
	per5   float64   // mean usual rate, reports per 5 minutes
	moves  bool      // its level shifts for good
	judged int       // first bucket that is judged; the buckets before it are the history

	outages []outage
	bursts  []burst
}

// outage is a stretch [from, to) of buckets in which the rate is at least twice
// the usual one.
type outage struct {
	from, to int
	half     int     // end of the buckets with at least half the excess of its height
	times    float64 // multiple of the usual rate at its height
	excess   float64 // reports per 5 minutes above the usual, at its height
}

// burst is a single bucket with many reports.
type burst struct {
	at   int
	size float64
}

// recipe holds the parameters by which a series is drawn.
type recipe struct {
	width   time.Duration
	history int     // weeks before the first judged bucket
	weeks   int     // weeks that are judged
	low     float64 // lowest mean rate, reports per 5 minutes
	high    float64 // highest mean rate; the rate is drawn log-uniformly between the two
	outages int     // outages that are judged
	past    int     // outages in the history
	bursts  int
	rough   bool // scatters three times and wanders twice as much
	calm    bool // has no growth, shift, gap or change of the clocks
	slow    bool // its outages take 15 to 60 minutes to rise
}

// monday is the start of every series. Clocks change in its fifth week.
var monday = time.Date(2024, 2, 26, 0, 0, 0, 0, time.UTC)

// draw draws a series. The same seed and recipe give the same series. Recipes
// that differ only in past outages give the same counts in the judged weeks.
func draw(seed uint64, r recipe) *series {
	rnd := rand.New(rand.NewPCG(seed, 0x0c71))
	s := &series{width: r.width, start: monday}
	perDay := int(24 * time.Hour / r.width)
	n := 7 * perDay * (r.history + r.weeks)
	s.judged = 7 * perDay * r.history
	s.per5 = r.low * math.Pow(r.high/r.low, rnd.Float64())
	s.drawRates(rnd, r, n)
	times := make([]float64, n)
	for i := range times {
		times[i] = 1
	}
	past := rand.New(rand.NewPCG(seed, 0x9a57)) // a source of its own, so that past outages do not change the judged weeks
	s.place(past, times, 0, s.judged, recipe{outages: r.past})
	s.outages = nil
	s.place(rnd, times, max(s.judged, perDay/2), n, r)
	s.counts = make([]float64, n)
	clump := 0.02 + 0.4*rnd.Float64()*rnd.Float64()
	if r.rough {
		clump *= 3
	}
	s.count(past, times, clump, 0, s.judged)
	s.count(rnd, times, clump, s.judged, n)
	s.addBursts(rnd, r.bursts)
	if !r.calm {
		s.addGaps(rnd)
	}
	return s
}

// drawRates draws the usual rate of each bucket: a rhythm of the day and the
// week, a wander from hour to hour, growth or a lasting shift, and the change of
// the clocks.
func (s *series) drawRates(rnd *rand.Rand, r recipe, n int) {
	day, half, phase := 0.2+0.6*rnd.Float64(), 0.25*rnd.Float64(), rnd.Float64()
	weekend := 0.5 + 0.7*rnd.Float64()
	var jitter [168]float64
	for i := range jitter {
		jitter[i] = math.Exp(0.08 * rnd.NormFloat64())
	}
	wander, memory := 0.03+0.15*rnd.Float64(), 3+21*rnd.Float64() // sd of the logarithm, hours
	if r.rough {
		wander *= 2
	}
	growth, shiftAt, shift, clock := 1.0, -1, 1.0, -1
	if kind := rnd.IntN(8); !r.calm {
		switch kind {
		case 0:
			growth = 1.3 // a week
		case 1:
			s.moves = true
			shiftAt, shift = rnd.IntN(n), 1/1.5
			if rnd.IntN(2) == 0 {
				shift = 1.5 + 1.5*rnd.Float64()
			}
		case 2, 3:
			clock = n * (r.history*7 - 2 + rnd.IntN(7)) / ((r.history + r.weeks) * 7)
		}
	}
	if shiftAt >= s.judged-int(48*time.Hour/s.width) && shift > 1 {
		shiftAt %= max(s.judged*4/5, 1) // a rise in the judged weeks would count as false alarms, so it goes to the history
	}
	s.rates = make([]float64, n)
	drift := wander * rnd.NormFloat64()
	perHour := int(time.Hour / s.width)
	carry := math.Exp(-1 / memory)
	for i := range s.rates {
		if i%perHour == 0 {
			drift = carry*drift + math.Sqrt(1-carry*carry)*wander*rnd.NormFloat64()
		}
		hour := float64(i) * s.width.Hours()
		local := hour
		if clock >= 0 && i >= clock {
			local++
		}
		turn := 2 * math.Pi * (math.Mod(local, 24)/24 - phase)
		season := math.Max(0.05, 1+day*math.Sin(turn)+half*math.Sin(2*turn))
		if int(local/24)%7 >= 5 {
			season *= weekend
		}
		rate := s.per5 * s.width.Minutes() / 5 * season * jitter[int(local)%168] * math.Exp(drift)
		rate *= math.Pow(growth, hour/168-float64(r.history))
		if shiftAt >= 0 && i >= shiftAt {
			rate *= shift
		}
		s.rates[i] = rate
	}
}

// place puts the outages of a recipe into [from, to), at least half a day apart.
func (s *series) place(rnd *rand.Rand, times []float64, from, to int, r recipe) {
	if r.outages == 0 {
		return
	}
	minutes := int(s.width / time.Minute)
	room := (to - from) / r.outages
	for k := range r.outages {
		spare := room - 20*60/minutes // 20 hours hold an outage, its tail and quiet after it
		begin := from + k*room + rnd.IntN(max(spare, 1))
		height := 3 * math.Pow(100.0/3, rnd.Float64())
		rise := 2 + 3*rnd.Float64()                      // minutes
		length := 20 * math.Pow(420.0/20, rnd.Float64()) // minutes, until it has decayed
		flat := length * (0.2 + 0.5*rnd.Float64())
		if r.slow {
			rise = 15 + 15*(rise-2)
			flat, length = flat+rise, length+rise
		}
		// After flat minutes the rate decays exponentially. It reaches twice the usual at length.
		decay := (length - flat) / math.Log(max(height-1, 1.5))
		o := outage{from: begin, times: height, excess: (height - 1) * s.rates[begin] * 5 / float64(minutes)}
		o.to = begin
		for i := begin; i < to; i++ {
			at := (float64(i-begin) + 0.5) * float64(minutes)
			more := height - 1
			switch {
			case at < rise:
				more *= at / rise
			case at > flat:
				more *= math.Exp(-(at - flat) / decay)
			}
			if at > rise && more < 0.02 {
				break
			}
			times[i] = 1 + more
			if more >= 1 {
				o.to = i + 1
			}
			if more >= (height-1)/2 {
				o.half = i + 1
			}
		}
		s.outages = append(s.outages, o)
	}
}

// count draws the counts of [from, to) from gamma-Poisson distributions, whose
// variance is (1+clump) times the mean.
func (s *series) count(rnd *rand.Rand, times []float64, clump float64, from, to int) {
	for i := from; i < to; i++ {
		mean := s.rates[i] * times[i]
		s.counts[i] = poisson(rnd, clump*gamma(rnd, mean/clump))
	}
}

// addBursts adds n bursts, spread over the judged weeks.
func (s *series) addBursts(rnd *rand.Rand, n int) {
	if n == 0 {
		return
	}
	room := (len(s.counts) - s.judged) / n
	for k := range n {
		b := burst{at: s.judged + k*room + rnd.IntN(room), size: math.Round(5 * math.Pow(1000, rnd.Float64()))}
		s.counts[b.at] += b.size
		s.bursts = append(s.bursts, b)
	}
}

// addGaps makes up to five stretches unknown, a few of them long. It leaves out
// outages and their aftermath.
func (s *series) addGaps(rnd *rand.Rand) {
	for range rnd.IntN(6) {
		length := int(5*math.Pow(72, rnd.Float64())) / int(s.width/time.Minute)
		from := rnd.IntN(len(s.counts))
		for i := from; i < min(from+length, len(s.counts)); i++ {
			if !s.inOutage(i, aftermath) {
				s.counts[i] = unknown
			}
		}
	}
}

// inOutage reports whether bucket i lies in an outage or in the time after it.
func (s *series) inOutage(i int, after time.Duration) bool {
	for _, o := range s.outages {
		if i >= o.from && i < o.to+int(after/s.width) {
			return true
		}
	}
	return false
}

// poisson draws from the Poisson distribution. Above a mean of 60 it uses the
// normal approximation.
func poisson(rnd *rand.Rand, mean float64) float64 {
	if mean > 60 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*rnd.NormFloat64()))
	}
	l, p := math.Exp(-mean), 1.0
	for k := 0.0; ; k++ {
		if p *= rnd.Float64(); p <= l {
			return k
		}
	}
}

// gamma draws from the gamma distribution with this shape and scale 1. The method
// is from Marsaglia and Tsang, A Simple Method for Generating Gamma Variables
// (2000).
func gamma(rnd *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(rnd, shape+1) * math.Pow(rnd.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rnd.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-rnd.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
