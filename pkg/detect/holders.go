package detect

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// behind describes the holders of addresses behind an excess.
type behind struct {
	holders  int     // at least so many are needed to explain it
	networks int     // networks of the holders that sent more than usual, those of one counted as 1 + log2(n)
	largest  float64 // share of the loudest of these holders, each by 1 + log2 of its excess
}

// assessHolders returns the holders behind what h has above mean, the reports that
// are expected in its time; before are those expected in the time it is compared
// with.
//
// It sets aside one holder after the other, the loudest first, until what the
// remaining ones sent is within what is expected of them. The holders that had to
// be set aside are behind the excess, whatever the others did. Each holder is
// expected to have the share of the mean that it had before; where nothing was
// before, nobody knows, and the remaining ones are expected to send all of it. Someone
// who sent much before already takes the place of others there, so they are expected
// to send at least as much as they did then. Where most came from one before, shares
// say nothing; the others are then expected to send what they sent before, with
// dominatedDeviations more.
func assessHolders(h Holdings, mean, before float64, b *Baseline) behind {
	first, most := 0.0, 0.0
	for _, x := range h.List {
		first += x.Before
		most = max(most, x.Before)
	}
	pace := 1.0 // reports expected now for each one expected before
	if before > 0 {
		pace = mean / before
	}
	others := math.Inf(1) // what all but the loudest are expected to send at most
	if most > mostTrusted*first {
		if before > 0 && first > 0 {
			others = pace * (first - most + dominatedDeviations*math.Sqrt(first-most+1))
		}
		first = 0
	}
	above := func(x Holding) float64 {
		if first == 0 {
			return x.Reports
		}
		return x.Reports - mean*x.Before/first
	}
	list := slices.Clone(h.List)
	slices.SortFunc(list, func(a, b Holding) int {
		return cmp.Or(cmp.Compare(above(b), above(a)), cmp.Compare(b.Reports, a.Reports), cmp.Compare(b.Networks, a.Networks))
	})
	var out behind
	rest, restBefore := h.Reports, first
	for _, x := range list {
		expected := mean
		if out.holders > 0 {
			expected = min(mean, others)
		}
		if first > 0 {
			sure := max(0, restBefore-2*math.Sqrt(restBefore))
			expected = max(mean*restBefore/first, pace*sure)
		}
		if rest-expected <= sureDeviations[min(out.holders, 2)]*deviation(b, expected) {
			break
		}
		out.holders++
		rest, restBefore = rest-x.Reports, restBefore-x.Before
	}
	var networks, weights, loudest float64
	for _, x := range list {
		if above(x) <= 0 {
			break
		}
		weight := 1 + math.Log2(max(1, above(x)))
		loudest = max(loudest, weight)
		weights += weight
		networks += 1 + math.Log2(float64(max(1, x.Networks)))
	}
	out.networks = int(networks)
	if weights > 0 {
		out.largest = loudest / weights
	}
	return out
}

// mostTrusted is the largest share of one holder in the time before with which that
// time still says what is usual of each. With more, someone pressed then already.
const mostTrusted = 0.6

// dominatedDeviations is how many standard deviations more than before the others are
// expected to send beside someone who sent most of it then. With 2, chance lent a
// flood of 2,000 a minute a second holder within four hours.
const dominatedDeviations = 3

// sureDeviations is how many standard deviations above the expectation the
// remaining holders must be when none, one, or more were set aside. Whether the
// loudest is alone is judged at every tick of a flood that may last for days, so
// chance must seldom lend it a second.
var sureDeviations = [3]float64{2, 3, 2}

// deviation returns the standard deviation of a count with this mean.
func deviation(b *Baseline, mean float64) float64 {
	return math.Sqrt(mean + mean*mean/b.size(max(mean, 1e-9)))
}

// holdersBehind returns the holders behind the excess of the last minutes, and
// those of the last minutes or of a longer time, whichever has more. activity times
// the baseline is expected. They are compared with the time before the anomaly;
// without an anomaly, with the time before what may be the beginning of one. An anomaly
// that is older than the last minutes may be a flood that goes on, beside which
// something else begins: then what each sent some minutes ago is compared too.
func (s *State) holdersBehind(cfg Settings, b *Baseline, src Sources, activity float64) (recent, best behind) {
	split := s.At.Add(-newestSpan)
	if s.Anomalous && s.Began.Before(split) {
		split = s.Began
	}
	assess := func(since time.Time) (behind, time.Time) {
		h := src.Holders(since, split)
		n := s.bucketsSince(cfg, h.Since)
		mean := activity * s.expected(cfg, b, 0, n)
		before := activity * s.expected(cfg, b, s.bucketsSince(cfg, h.Split), s.bucketsSince(cfg, h.First))
		return assessHolders(h, mean, before, b), h.Since
	}
	recent, from := assess(later(split, s.At.Add(-RecentSpan)))
	if !split.Before(from) {
		return recent, recent
	}
	best = recent
	if longer, _ := assess(split); longer.holders > best.holders {
		best = longer
	}
	if s.Anomalous && s.Began.Before(s.At.Add(-RecentSpan)) {
		split = s.At.Add(-newestSpan)
		if newest, _ := assess(split); newest.holders > best.holders {
			best = newest
		}
	}
	return recent, best
}

// bucketsSince returns the number of buckets from t on, at most depth.
func (s *State) bucketsSince(cfg Settings, t time.Time) int {
	return min(max(int(math.Ceil(float64(s.At.Sub(t))/float64(cfg.Width))), 0), depth)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

const (
	// newestSpan is the time in which a rise that is no anomaly yet may have
	// begun.
	newestSpan = 10 * time.Minute
	// RecentSpan is the time up to now that SourceCounts of Sources describe, and the
	// shorter of the two whose holders are counted.
	RecentSpan = 20 * time.Minute
)
