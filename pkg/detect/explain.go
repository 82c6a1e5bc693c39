package detect

import (
	"math"
	"time"
)

// Explained is what the outage of another service leaves of the evidence of a
// cell.
type Explained struct {
	Score    float64   // evidence of what remains, in nats
	Onset    time.Time // when that began; zero without evidence
	Networks int       // lower bound of the networks behind what remains
	Factor   float64   // reports for each one of the Pull, by what was learned
	Echo     float64   // reports of the course that the Pull explains
	Fit      float64   // share of the excess and of Echo that agree, in [0, 1]
}

// Holds reports whether what remains would make an outage by itself.
func (e Explained) Holds(cfg Settings) bool {
	return e.Score >= cfg.Threshold && e.Networks >= cfg.OutageNetworks
}

// remainders are the multiples of the forecast that the arms of a rest test for.
// A forecast with the echo in it is far surer than one of silence, so the lowest
// is below that of a Bank.
var remainders = [...]float64{2, 3, 5, 12, 40}

// logRemainders are the natural logarithms of remainders.
var logRemainders = [...]float64{math.Log(2), math.Log(3), math.Log(5), math.Log(12), math.Log(40)}

// The explanation trades how soon a second failure stands out against how much an
// echo may differ from its outage. All were chosen by simulation (explain_test.go).
const (
	// factorWorth is how many reports of the Pull the prior of the factor is worth.
	// Its mean is 1.
	factorWorth = 0.5
	// minShape bounds how sure it can be that there is no echo.
	minShape = 0.2
	// factorHalfLife is after how many buckets half of what was learned about the
	// factor is forgotten, so that a share that drifts is followed.
	factorHalfLife = 20
	// echoDeviation is the standard deviation of an echo in one bucket, as a share
	// of its mean.
	echoDeviation = 0.15
	// learnAfter is how many buckets later a bucket is learned from, if the score is
	// still low then. The first buckets of a second failure teach nothing.
	learnAfter  = 4
	surelyKnown = 8
	// learnBelow is the score from which on nothing is learned: a second failure is
	// not to be learned as echo.
	learnBelow = 5.0
	// restShare is the most that a bucket adds, as a share of the threshold.
	restShare = 0.8
	// judged is the number of newest buckets that are judged. Older ones were judged
	// in their time, and only teach the factor.
	judged = 30
	// fitSpan is the number of buckets that are compared as one for Fit.
	fitSpan = 5
)

// Tie says how an echo may follow the outage of another service.
type Tie struct {
	Share  float64 // reports for each report of the outage, before anything is learned
	Within int     // the longest delay, in buckets
	// Doubtful is whether to be sure of the factor by what the Pull brought, not by
	// what an echo brought. A failure that begins soon after the other one then
	// stands out sooner, and so does an echo that begins late.
	Doubtful bool
}

// Peers ties services of one kind in one country. People who cannot reach the
// customers of another carrier report their own.
//
// Others ties all others.
var (
	Peers  = Tie{Share: 0.02, Within: maxLag}
	Others = Tie{Share: 0.005, Within: 4, Doubtful: true}
)

// maxLag is the longest time by which an echo may follow, in buckets.
const maxLag = 10

// maxHold is the longest time by which an echo may outlast an outage, in buckets.
const maxHold = 15

// delay is one way in which an echo may follow an outage: some buckets later; as
// high as the outage was in some buckets, because people go on for a while; or as a
// mean over the past that fades by a share from bucket to bucket.
type delay struct {
	lag  int
	hold int
	fade float64
}

// delays are all ways that are tried. What remains is what the best one leaves.
var delays = [...]delay{
	{lag: 0}, {lag: 2}, {lag: 4}, {fade: 0.8}, {hold: maxHold}, {lag: 6}, {lag: 8}, {lag: maxLag}, {fade: 0.9},
}

// Explain returns what remains of the evidence of a cell when each bucket is
// expected to count the baseline's reports and a share of the Pull.
//
// The share is a gamma posterior that is learned from bucket to bucket while
// nothing else is going on. CUSUMs then judge the counts against the forecast, as
// a Bank judges them against the baseline. A rise that follows the Pull leaves
// nothing. A second failure does, with its own onset.
func Explain(cfg Settings, b *Baseline, c Course, pull Pull, src Sources, tie Tie) Explained {
	var best Explained
	found := false
	for _, d := range delays {
		if d.lag > tie.Within || d.fade > 0 && float64(tie.Within) < 1/(1-d.fade) {
			continue
		}
		e := explainWith(cfg, b, c, pull.delayed(cfg, c, d), src, tie)
		if !found || e.Score < best.Score || e.Score == best.Score && e.Fit > best.Fit {
			best, found = e, true
		}
	}
	return best
}

// brought is the reports that a Pull brings to a bucket.
type brought struct {
	mean   float64
	spread float64 // half the difference that a bucket of delay more or less makes
}

// delayed returns what p brings to the buckets of c, newest first.
func (p Pull) delayed(cfg Settings, c Course, d delay) []brought {
	by := int(c.End.Sub(p.end) / cfg.Width)
	at := func(i int) float64 {
		if k := i - by; k >= 0 && k < len(p.rates) {
			return p.rates[k]
		}
		return 0
	}
	all := make([]brought, len(c.Spans))
	faded := 0.0
	for i := len(p.rates); i >= 0; i-- {
		faded += (1 - d.fade) * (at(i) - faded)
		if i >= len(all) {
			continue
		}
		low, mid, high := at(i+d.lag-1), at(i+d.lag), at(i+d.lag+1)
		switch {
		case d.fade > 0:
			low, mid, high = faded, faded, faded
		case d.hold > 0:
			for k := range d.hold {
				mid = max(mid, at(i+k+1))
			}
			low, high = mid, mid
		case d.lag == 0:
			low = mid // the future of the outage is unknown
		}
		exposure := c.Spans[i].Exposure
		all[i] = brought{mean: exposure * (low + mid + high) / 3, spread: exposure * (max(low, mid, high) - min(low, mid, high)) / 2}
	}
	return all
}

// factor is the gamma posterior of the ratio of an echo to what the Pull brings.
type factor struct {
	shape, rate float64
	pulled      float64 // what the Pull brought to the buckets that were learned
}

// mean returns the mean of f.
func (f factor) mean() float64 { return f.shape / f.rate }

// known returns how many reports were expected in the buckets that f has learned,
// by its prior.
func (f factor) known(tie Tie) float64 {
	if tie.Doubtful {
		return f.pulled
	}
	return f.rate
}

// learn adds a bucket. It counts in proportion to the share of its reports that
// belongs to the echo: a faint echo is mostly chance.
func (f *factor) learn(s CourseBucket, by brought, weight float64) {
	if s.Exposure == 0 || by.mean <= 0 {
		return
	}
	echo := f.mean() * by.mean
	counting := s.Expected + echo
	spread := f.mean() * by.spread
	weight *= counting / (counting + spread*spread)
	f.pulled += weight * by.mean
	weight *= echo / counting
	keep := math.Exp2(-1.0 / factorHalfLife)
	f.shape = max(factorWorth+keep*(f.shape-factorWorth)+weight*(s.Discounted-s.Expected), minShape)
	f.rate = factorWorth + keep*(f.rate-factorWorth) + weight*by.mean
}

// explainWith is Explain for one delay.
func explainWith(cfg Settings, b *Baseline, c Course, pulled []brought, src Sources, tie Tie) Explained {
	f := factor{shape: factorWorth, rate: factorWorth}
	var arms [len(remainders)]Arm
	var out Explained
	var echo, excess, agree, disagree float64
	forecast := make([]float64, len(c.Spans))
	first := len(c.Spans) - 1
	learned := first + 1
	keep := cfg.retention(b)
	for i := first; i >= 0; i-- {
		s, by := c.Spans[i], pulled[i]
		if s.Exposure > 0 {
			start := c.End.Add(-time.Duration(i+1) * cfg.Width)
			mean := s.Expected + f.mean()*by.mean
			forecast[i] = mean
			if i < judged {
				stepRest(&arms, s.Discounted, mean, restSize(b, s, by, f), restShare*cfg.Threshold, keep, start.Unix())
			}
		}
		for learned > i && (i >= judged || f.known(tie) < surelyKnown || learned > i+learnAfter) {
			learned--
			f.learn(c.Spans[learned], pulled[learned], max(0, 1-restScore(&arms)/learnBelow))
		}
		echo += f.mean() * by.mean
		excess += s.Discounted - s.Expected
		out.Echo += f.mean() * by.mean
		if i%fitSpan == 0 {
			agree += max(0, min(echo, excess))
			disagree += max(echo, excess)
			echo, excess = 0, 0
		}
	}
	if disagree > 0 {
		out.Fit = agree / disagree
	}
	out.Factor = f.mean()
	out.Score = restScore(&arms)
	if best := bestRest(&arms); best.Sum > 0 {
		out.Onset = time.Unix(best.Since, 0).UTC()
	}
	out.Networks = restNetworks(c, forecast, src)
	return out
}

// restSize returns the size of the negative binomial forecast of a bucket. Its
// variance has that of the baseline, of the factor, and of the echo itself.
func restSize(b *Baseline, s CourseBucket, by brought, f factor) float64 {
	echo := f.mean() * by.mean
	mean := s.Expected + echo
	relative := f.shape/(f.rate*f.rate)*by.mean*by.mean + echoDeviation*echoDeviation*echo*echo + f.mean()*f.mean()*by.spread*by.spread
	extra := (b.Dispersion-1)*mean + (b.RateVariance+b.Uncertainty)*s.Expected*s.Expected + relative
	return mean * mean / max(extra, 1e-6*mean*mean)
}

// stepRest moves the arms over a bucket with x reports.
func stepRest(arms *[len(remainders)]Arm, x, mean, size, limit, keep float64, start int64) {
	for i := range arms {
		a, k := &arms[i], remainders[i]
		shrink := math.Log1p((k - 1) * mean / (size + mean))
		sum := a.Sum*keep + min(x*(logRemainders[i]-shrink)-size*shrink, limit)
		switch {
		case sum <= 0:
			*a = Arm{}
			continue
		case a.Sum == 0:
			a.Since = start
		}
		a.Sum = sum
	}
}

// restScore returns the evidence of the arms, as Bank.score does.
func restScore(arms *[len(remainders)]Arm) float64 {
	best := 0.0
	for i := range arms {
		best = max(best, arms[i].Sum-(logRemainders[i]-logRemainders[0]))
	}
	return best
}

// bestRest returns the arm with the largest sum.
func bestRest(arms *[len(remainders)]Arm) Arm {
	best := arms[0]
	for _, a := range arms {
		if a.Sum > best.Sum {
			best = a
		}
	}
	return best
}

// restNetworks returns a lower bound of the networks behind what exceeds the
// forecast in the time that src describes.
func restNetworks(c Course, forecast []float64, src Sources) int {
	if src.Reports <= 0 {
		return math.MaxInt32
	}
	var reports, expected float64
	for i := 0; i < len(c.Spans) && reports < float64(src.Reports); i++ {
		reports += c.Spans[i].Reports
		expected += forecast[i]
	}
	upper := expected + math.Sqrt(expected+0.0025*expected*expected)
	networks := int(float64(src.Networks) - upper + 1)
	if loudest := src.Largest * src.Discounted; loudest > 0 {
		networks = max(networks, int((src.Discounted-upper)/loudest))
	}
	return min(max(networks, 0), src.Networks)
}
