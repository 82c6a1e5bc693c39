package detect

import "math"

// multiples are the rates that the bank of CUSUMs looks for, as multiples of
// the usual one. The lowest stands still at 1.8 times the usual rate; 2.5, which
// does at 1.6, raised six times the false alarms on busy series.
var multiples = [...]float64{3, 5, 12, 40}

// logMultiples are their logarithms.
var logMultiples = [...]float64{math.Log(3), math.Log(5), math.Log(12), math.Log(40)}

// Arm is one CUSUM (Page 1954): the largest log-likelihood ratio, over all
// moments in the past, of "since then the rate is a multiple of the usual one"
// against "it is usual". Being the maximum over all windows it needs none.
type Arm struct {
	Sum      float64 `json:"sum"`      // nats
	Since    int64   `json:"since"`    // Unix seconds: since when the sum is above 0
	Reports  float64 `json:"reports"`  // counted since then
	Expected float64 `json:"expected"` // usual since then
}

// Bank is the evidence of a series: an Arm for each multiple, and how heavy the
// tail of their excursions was so far.
type Bank struct {
	Arms [len(multiples)]Arm `json:"arms"`
	Top  float64             `json:"top"`  // highest score of the running excursion
	Tail float64             `json:"tail"` // from 1: nats are divided by it
	// Peaks and Excess are the number of excursions above tailFrom and the sum
	// of what they had above it, fading.
	Peaks  float64 `json:"peaks"`
	Excess float64 `json:"excess"`
}

// The calibration of the tail. If the forecast were right, the peaks of a
// CUSUM's excursions would fall off as e^-h; what they have above tailFrom would
// have the mean 1 (exponential excesses, Siffer et al. 2017).
const (
	tailFrom   = 3.0
	tailWorth  = 15.0
	tailBound  = 3.0
	tailFading = dailyRetention // per day
)

// step moves the bank over one bucket whose negative binomial forecast has this
// mean and size. No bucket adds more than cap nats, so that one bucket alone
// never speaks for an outage: E[exp l] stays at most 1.
func (b *Bank) step(x, mean, size, cap float64, start int64) {
	if b.Tail > 1 {
		cap *= b.Tail
	}
	top := 0.0
	for i := range b.Arms {
		a := &b.Arms[i]
		shrink := math.Log1p((multiples[i] - 1) * mean / (size + mean))
		l := min(x*(logMultiples[i]-shrink)-size*shrink, cap)
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

// settle ends an excursion and learns from its peak.
func (b *Bank) endExcursion() {
	if b.Top > tailFrom {
		b.Peaks++
		b.Excess += min(b.Top-tailFrom, tailBound*b.Tail)
		b.calibrate()
	}
	b.Top = 0
}

func (b *Bank) calibrate() {
	b.Tail = max(1, (tailWorth+b.Excess)/(tailWorth+b.Peaks))
}

// fade forgets a day's worth of the calibration.
func (b *Bank) fade() {
	b.Peaks *= tailFading
	b.Excess *= tailFading
	b.calibrate()
}

// best returns the arm that says most.
func (b *Bank) bestArm() Arm {
	best := 0
	for i := range b.Arms {
		if b.Arms[i].Sum > b.Arms[best].Sum {
			best = i
		}
	}
	return b.Arms[best]
}

// leak forgets a part of the evidence, so that a rate that is a little above the
// usual one for half a day does not add up to an outage.
func (b *Bank) leak(keep float64) {
	for i := range b.Arms {
		b.Arms[i].Sum *= keep
	}
}

// clear forgets the evidence, not its calibration.
func (b *Bank) clear() {
	b.Arms = [len(multiples)]Arm{}
	b.endExcursion()
}
