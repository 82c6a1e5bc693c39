package detect

import (
	"math/bits"
	"time"
)

// depth is how many buckets a State remembers.
const depth = 60

// everything are the bits of all buckets that a State remembers.
const allBits = 1<<depth - 1

// State is what the detector remembers of a cell between buckets. It is a
// value: copying it is all that is needed to keep an old one, and its JSON
// restores it exactly. The zero State is that of a cell in which nobody has
// reported anything for as long as windows reach back.
type State struct {
	At            time.Time      `json:"at"`      // end of the last bucket consumed; zero before the first
	First         time.Time      `json:"first"`   // start of the first bucket consumed
	Reports       [depth]float32 `json:"reports"` // per bucket, newest first
	Discounted    [depth]float32 `json:"weights"` // the same as evidence: discounted by their sources
	Masked        uint64         `json:"blank"`   // bit i: bucket i says nothing, because nobody could count or an anomaly was closed
	DiscountRatio float64        `json:"spread"`  // discounted reports per report in usual times; 0 is not known
	Bank          Bank           `json:"bank"`

	Anomalous     bool      `json:"anomalous"` // an anomaly has begun and not ended
	QuorumMet     bool      `json:"settled"`   // it has had the quorum of a warning; its onset stands
	Onset         time.Time `json:"onset"`
	PreOnsetRatio float64   `json:"busy"`     // how much busier than usual the cell was when it began, from 1 to 2
	PeakRate      float64   `json:"peak"`     // largest rate of evidence seen, per minute; halves in two hours
	EndScore      float64   `json:"relief"`   // nats for the counts being usual again
	EndScoreSince time.Time `json:"relieved"` // when Relief last left 0
	Easing        bool      `json:"easing"`
	Ended         time.Time `json:"ended"` // an end that no verdict has told yet
}

// Live tells whether there is evidence in s, or reports in its windows.
func (s *State) Active() bool {
	return s.Anomalous || !s.Ended.IsZero() || s.Bank.hasEvidence() || s.Reports != [depth]float32{}
}

// Worth tells whether s knows anything that a zero State does not: it is live,
// or has learned how heavy the tail of its cell is. Other states need not be
// kept.
func (s *State) Informative() bool { return s.Active() || s.Bank.Peaks > fadedPeaks }

// fadedPeaks is the number of excursions under which a calibration has faded.
const fadedPeaks = 0.5

// push moves s over one bucket. Its weight is as its reports until the sources
// are weighed.
func (s *State) push(d Settings, x Bucket) {
	s.shift(1)
	if s.First.IsZero() {
		s.First, s.At = x.Start, x.Start
	}
	end := x.Start.Add(d.Width)
	s.Bank.fadeBy(midnightsBetween(s.At, end))
	s.At = end
	if !x.Known {
		s.Masked |= 1
		return
	}
	s.Reports[0], s.Discounted[0] = float32(x.N), float32(x.N)
}

// shift makes room for n buckets, which are silent until filled.
func (s *State) shift(n int) {
	n = min(n, depth)
	copy(s.Reports[n:], s.Reports[:depth-n])
	copy(s.Discounted[n:], s.Discounted[:depth-n])
	clear(s.Reports[:n])
	clear(s.Discounted[:n])
	s.Masked = s.Masked << n & allBits
}

// blanks returns the bits of the n newest buckets that say nothing.
func (s *State) maskedBits(n int) uint64 { return s.Masked & (1<<n - 1) }

// usual returns the reports that are usual in the buckets [i, j), counted from
// the newest, as far as they say something.
func (s *State) expected(d Settings, b *Baseline, i, j int) float64 {
	if s.maskedBits(j)>>i == 0 {
		return b.Expected(s.bucketStart(d, j-1), s.bucketStart(d, i-1))
	}
	sum := 0.0
	for ; i < j; i++ {
		if s.Masked>>i&1 == 0 {
			sum += b.Expected(s.bucketStart(d, i), s.bucketStart(d, i-1))
		}
	}
	return sum
}

// start returns when bucket i began, counted from the newest.
func (s *State) bucketStart(d Settings, i int) time.Time {
	return s.At.Add(-time.Duration(i+1) * d.Width)
}

// forget blanks the buckets that began before t, so that no later window
// reaches back over it.
func (s *State) maskBefore(d Settings, t time.Time) {
	for i := range depth {
		if s.bucketStart(d, i).Before(t) {
			s.Reports[i], s.Discounted[i] = 0, 0
			s.Masked |= 1 << i
		}
	}
}

// said returns how many of the n newest buckets say something.
func (s *State) unmasked(n int) int { return n - bits.OnesCount64(s.maskedBits(n)) }
