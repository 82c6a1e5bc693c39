package detect

import (
	"math"
	"time"
)

// evidence is what the windows of a cell say at one moment.
type evidence struct {
	score    float64       // over all windows, in nats
	window   time.Duration // the one that says most
	observed float64       // reports in it
	expected float64
}

// usualWindow is the window that is shown as long as none stands out.
const usualWindow = 15 * time.Minute

// weigh judges every window that ends with the newest bucket, of which
// exposure has passed.
func (s *State) weigh(d Dials, b *Baseline, exposure float64) evidence {
	var e evidence
	reports, expected, done := 0.0, 0.0, 0
	best, sum := -1.0, 0.0
	for _, w := range d.Windows {
		n := d.buckets(w)
		for i := done; i < n; i++ {
			reports += float64(s.Reports[i])
		}
		expected += s.usual(d, b, done, n)
		if done == 0 && exposure < 1 && s.Blank&1 == 0 {
			expected -= (1 - exposure) * s.usual(d, b, 0, 1)
		}
		done = n
		score := Tail(s.weight(n), expected, b.size(expected))
		if s.said(n) == 0 {
			score = 0
		}
		// The mean of the probabilities' reciprocals is what Cauchy's combination
		// comes to for small ones; summed in logarithms.
		switch {
		case score > best:
			sum = 1 + sum*math.Exp(best-score)
			best = score
			e.window, e.observed, e.expected = w, reports, expected
		default:
			sum += math.Exp(score - best)
		}
		if w == usualWindow && best < 3 {
			e.window, e.observed, e.expected = w, reports, expected
		}
	}
	e.score = max(0, best+math.Log(sum/float64(len(d.Windows))))
	return e
}

// weight returns the evidence in the n newest buckets.
func (s *State) weight(n int) float64 {
	sum := 0.0
	for _, x := range s.Weights[:n] {
		sum += float64(x)
	}
	return sum
}
