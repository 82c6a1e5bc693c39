package detect

import "math"

// multiples are the rates that the arms of a bank test for, as multiples of the
// baseline. An arm of the multiple k neither rises nor falls at the rate
// (k-1)/ln k; for the lowest one that is 1.8 times the baseline.
//
// They were chosen by measurement (internal/scorecard): with 2.5 as the lowest,
// which is level at 1.6 times, busy series had six times the false alarms.
var multiples = [...]float64{3, 5, 12, 40}

// sumOfMultiples is the sum of multiples.
const sumOfMultiples = 3 + 5 + 12 + 40

// Arm is one CUSUM (Page 1954): the largest log-likelihood ratio, over all
// starting times, of "the rate is a multiple of the baseline" against "the rate
// is the baseline".
type Arm struct {
	Sum      float64 `json:"sum"`      // evidence in nats, at least 0
	Since    int64   `json:"since"`    // Unix seconds when Sum left 0
	Reports  float64 `json:"reports"`  // counted since then
	Expected float64 `json:"expected"` // by the baseline since then
}

// Bank is the evidence of a series: an Arm for each multiple, and the
// calibration of their tail.
//
// An excursion is a stretch in which some arm is above 0. Its peak is the
// largest sum of any arm in it.
type Bank struct {
	Arms [len(multiples)]Arm `json:"arms"`
	Top  float64             `json:"top"`  // peak of the running excursion so far, in nats
	Tail float64             `json:"tail"` // at least 1; scores are sums divided by it
	// Peaks is the number of excursions with a peak above tailFrom, and Excess the
	// sum of what those peaks had above it. Both decay.
	Peaks  float64 `json:"peaks"`
	Excess float64 `json:"excess"`
}

// The calibration of the tail. If the forecast were right, the peaks of
// excursions would exceed h with a probability that falls as e^-h, so that what
// they have above tailFrom would be exponential with mean 1. The measured mean
// is Tail. Fitting a peak-over-threshold tail follows Siffer et al. 2017 (SPOT).
//
// The constants trade speed against caution: a low tailFrom or tailWorth learns a
// heavy tail sooner, from fewer and less extreme peaks.
const (
	tailFrom   = 3.0     // nats
	tailWorth  = 15.0    // peaks that the prior mean of 1 is worth
	tailBound  = 3.0     // largest excess of one peak, as a multiple of Tail
	tailFading = 0.97555 // share of the calibration kept from day to day: a half-life of four weeks
)

// step moves b over the bucket that begins at start, in Unix seconds, with x
// reports where mean are expected. f is how far such counts scatter.
//
// No bucket adds more than limit nats to an arm, so that one bucket alone never
// makes an outage. With l the log-likelihood ratio of a bucket, E[exp l] is 1 if
// the forecast holds, and the limit only lowers it; the bound of Threshold stays
// valid.
func (b *Bank) step(x, mean float64, f spread, limit float64, start int64) {
	if b.Tail > 1 {
		limit *= b.Tail
	}
	null := f.logLikelihood(x, mean)
	top := 0.0
	for i := range b.Arms {
		a := &b.Arms[i]
		l := min(f.logLikelihood(x, multiples[i]*mean)-null, limit)
		if a.Sum+l <= 0 {
			*a = Arm{}
			continue
		}
		if a.Sum == 0 {
			a.Since = start
		}
		a.Sum += l
		a.Reports += x
		a.Expected += mean
		top = max(top, a.Sum)
	}
	if top == 0 {
		b.endExcursion()
	} else {
		b.Top = max(b.Top, top)
	}
}

// endExcursion ends the running excursion and learns the tail from its peak.
func (b *Bank) endExcursion() {
	if b.Top > tailFrom {
		b.Peaks++
		b.Excess += min(b.Top-tailFrom, tailBound*b.Tail)
		b.calibrate()
	}
	b.Top = 0
}

// calibrate sets Tail to the mean excess, shrunk to 1 and never below it.
func (b *Bank) calibrate() {
	b.Tail = max(1, (tailWorth+b.Excess)/(tailWorth+b.Peaks))
}

// fadeBy decays the calibration by a number of days.
func (b *Bank) fadeBy(days int) {
	if days <= 0 || b.Peaks == 0 {
		return
	}
	by := math.Pow(tailFading, float64(days))
	b.Peaks *= by
	b.Excess *= by
	b.calibrate()
}

// bestArm returns the arm with the largest sum.
func (b *Bank) bestArm() Arm {
	best := 0
	for i := range b.Arms {
		if b.Arms[i].Sum > b.Arms[best].Sum {
			best = i
		}
	}
	return b.Arms[best]
}

// hasEvidence reports whether any arm is above 0.
func (b *Bank) hasEvidence() bool {
	return b.Arms[0].Sum > 0 || b.Arms[1].Sum > 0 || b.Arms[2].Sum > 0 || b.Arms[3].Sum > 0
}

// score returns the evidence of b in calibrated nats.
func (b *Bank) score() float64 { return b.bestArm().Sum / max(b.Tail, 1) }

// scoreWithSupport returns the score of b plus the support of another signal, at
// most MaxSupport. Without evidence of its own b scores 0.
func (b *Bank) scoreWithSupport(support float64) float64 {
	score := b.score()
	if score <= 0 {
		return 0
	}
	return score + min(max(support, 0), MaxSupport)
}

// leak keeps only this share of the evidence. Without a leak, a rate slightly
// above the baseline for half a day would add up to an outage.
func (b *Bank) leak(keep float64) {
	for i := range b.Arms {
		b.Arms[i].Sum *= keep
	}
}

// clear removes the evidence and keeps the calibration.
func (b *Bank) clear() {
	b.Arms = [len(multiples)]Arm{}
	b.endExcursion()
}
