package detect

import (
	"math/bits"
	"time"
)

// depth is the number of buckets that a State remembers.
const depth = 60

// allBits has one bit set for each of these buckets.
const allBits = 1<<depth - 1

// State is what the detector remembers of a cell between buckets. A copy is
// independent of the original, and JSON restores a State exactly. The zero State
// is that of a cell without reports in the last depth buckets.
type State struct {
	At            time.Time      `json:"at"`      // end of the last bucket consumed; zero before the first
	First         time.Time      `json:"first"`   // start of the first bucket consumed
	Reports       [depth]float32 `json:"reports"` // by bucket, newest first
	Discounted    [depth]float32 `json:"weights"` // Reports discounted by their sources; this is the evidence
	Masked        uint64         `json:"blank"`   // bit i: bucket i is ignored, because it was not counted, or began before the end of an anomaly
	DiscountRatio float64        `json:"spread"`  // discounted reports per report while there is no anomaly; 0 until learned
	Bank          Bank           `json:"bank"`

	Anomalous     bool      `json:"anomalous"` // an anomaly has begun and not ended
	QuorumMet     bool      `json:"settled"`   // the anomaly has had the quorum of a warning, which was not refuted since; Onset is final
	Began         time.Time `json:"began"`     // first estimate of the onset: what is usual of each holder is older
	Supported     time.Time `json:"supported"` // end of the last bucket in which nothing refuted that quorum; zero before the first
	Onset         time.Time `json:"onset"`
	PreOnsetRatio float64   `json:"busy"`        // ratio of counted to expected reports before the anomaly, in [1, 2]
	PeakRate      float64   `json:"peak"`        // highest rate of discounted reports per minute; decays with peakHalfLife
	EndScore      float64   `json:"relief"`      // evidence that the counts are back at the baseline, in nats
	EndScoreSince time.Time `json:"relieved"`    // start of the bucket in which EndScore last rose from 0
	Easing        bool      `json:"easing"`      // the anomaly continues, but the counts have clearly fallen
	WholeEnded    bool      `json:"whole_ended"` // the anomaly of which this one is a part has ended
	Ended         time.Time `json:"ended"`       // end of the last anomaly, until a Verdict reports it
}

// Active reports whether s has an anomaly, the end of one, evidence, or reports in
// its buckets.
func (s *State) Active() bool {
	return s.Anomalous || !s.Ended.IsZero() || s.Bank.hasEvidence() || s.Reports != [depth]float32{}
}

// Informative reports whether s is worth keeping: it is active, or has learned the
// tail of its cell. Any other State may be replaced by the zero State.
func (s *State) Informative() bool { return s.Active() || s.Bank.Peaks > fadedPeaks }

// fadedPeaks is the number of peaks up to which the calibration of a tail is
// negligible. Half a peak has a thirtieth of the weight of the prior, tailWorth.
const fadedPeaks = 0.5

// push adds x as the newest bucket. Its reports are not discounted until
// discountNewest is called.
func (s *State) push(cfg Settings, x Bucket) {
	s.shift(1)
	if s.First.IsZero() {
		s.First, s.At = x.Start, x.Start
	}
	end := x.Start.Add(cfg.Width)
	s.Bank.fadeBy(midnightsBetween(s.At, end))
	s.At = end
	if !x.Known {
		s.Masked |= 1
		return
	}
	s.Reports[0], s.Discounted[0] = float32(x.N), float32(x.N)
}

// shift adds n newest buckets without reports and drops the n oldest.
func (s *State) shift(n int) {
	n = min(n, depth)
	copy(s.Reports[n:], s.Reports[:depth-n])
	copy(s.Discounted[n:], s.Discounted[:depth-n])
	clear(s.Reports[:n])
	clear(s.Discounted[:n])
	s.Masked = s.Masked << n & allBits
}

// maskedBits returns the bits of Masked for the n newest buckets.
func (s *State) maskedBits(n int) uint64 { return s.Masked & (1<<n - 1) }

// expected returns the number of reports expected in the buckets [i, j), numbered
// from the newest. Masked buckets are left out.
func (s *State) expected(cfg Settings, b *Baseline, i, j int) float64 {
	if s.maskedBits(j)>>i == 0 {
		return b.Expected(s.bucketStart(cfg, j-1), s.bucketStart(cfg, i-1))
	}
	sum := 0.0
	for ; i < j; i++ {
		if s.Masked>>i&1 == 0 {
			sum += b.Expected(s.bucketStart(cfg, i), s.bucketStart(cfg, i-1))
		}
	}
	return sum
}

// bucketStart returns the start of bucket i, numbered from the newest.
func (s *State) bucketStart(cfg Settings, i int) time.Time {
	return s.At.Add(-time.Duration(i+1) * cfg.Width)
}

// maskBefore empties and masks the buckets that began before t, so that no later
// window reaches back before t.
func (s *State) maskBefore(cfg Settings, t time.Time) {
	for i := range depth {
		if s.bucketStart(cfg, i).Before(t) {
			s.Reports[i], s.Discounted[i] = 0, 0
			s.Masked |= 1 << i
		}
	}
}

// unmasked returns the number of buckets among the n newest that are not masked.
func (s *State) unmasked(n int) int { return n - bits.OnesCount64(s.maskedBits(n)) }

// discountedSum returns the discounted reports of the n newest buckets.
func (s *State) discountedSum(n int) float64 {
	sum := 0.0
	for _, x := range s.Discounted[:n] {
		sum += float64(x)
	}
	return sum
}

// midnightsBetween returns the number of midnights (UTC) from one time to
// another.
func midnightsBetween(from, to time.Time) int {
	return int(floorDiv(to.Unix(), 86400) - floorDiv(from.Unix(), 86400))
}

// floorDiv returns a/b rounded down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
