package detect

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// Packed is a State without loss in little memory: a bit for each of its words,
// followed by the words that are not zero.
//
// A monitor keeps hundreds of thousands of states, most of them of cells with one
// or two reports in the last hour. A State takes 816 bytes, a Packed about 100.
type Packed string

// packedWords is the number of eight-byte words in a State. packedBits is the
// number of bytes that hold a bit for each.
const (
	packedWords = depth + 4*len(multiples) + 17
	packedBits  = (packedWords + 7) / 8
)

// Pack returns s packed.
func (s *State) Pack() Packed {
	var w words
	w.walk(s, true)
	var buf [packedBits + 8*packedWords]byte
	b := buf[:packedBits]
	for i, x := range w {
		if x != 0 {
			b[i/8] |= 1 << (i % 8)
			b = binary.LittleEndian.AppendUint64(b, x)
		}
	}
	return Packed(b)
}

// State returns the State that was packed. The empty Packed is the zero State.
func (p Packed) State() (s State) {
	if p == "" {
		return s
	}
	var w words
	rest := p[packedBits:]
	for i, set := range []byte(p[:packedBits]) {
		for ; set != 0; set &= set - 1 {
			w[8*i+bits.TrailingZeros8(set)] = binary.LittleEndian.Uint64([]byte(rest[:8]))
			rest = rest[8:]
		}
	}
	w.walk(&s, false)
	return s
}

// words are the fields of a State.
type words [packedWords]uint64

// walk copies s to w if pack, else w to s, field by field.
func (w *words) walk(s *State, pack bool) {
	n := 0
	word := func(x *uint64) {
		if pack {
			w[n] = *x
		} else {
			*x = w[n]
		}
		n++
	}
	float := func(f *float64) {
		x := math.Float64bits(*f)
		word(&x)
		*f = math.Float64frombits(x)
	}
	moment := func(t *time.Time) { // 0 stands for the zero time; no state is of 1970
		var x uint64
		if !t.IsZero() {
			x = uint64(t.UnixNano())
		}
		if word(&x); !pack && x != 0 {
			*t = time.Unix(0, int64(x)).UTC()
		}
	}
	for i := range depth {
		x := uint64(math.Float32bits(s.Reports[i]))<<32 | uint64(math.Float32bits(s.Discounted[i]))
		word(&x)
		s.Reports[i], s.Discounted[i] = math.Float32frombits(uint32(x>>32)), math.Float32frombits(uint32(x))
	}
	for i := range s.Bank.Arms {
		a := &s.Bank.Arms[i]
		since := uint64(a.Since)
		word(&since)
		a.Since = int64(since)
		for _, f := range []*float64{&a.Sum, &a.Reports, &a.Expected} {
			float(f)
		}
	}
	for _, f := range []*float64{&s.Bank.Top, &s.Bank.Tail, &s.Bank.Peaks, &s.Bank.Excess, &s.DiscountRatio, &s.PreOnsetRatio, &s.PeakRate, &s.EndScore} {
		float(f)
	}
	for _, t := range []*time.Time{&s.At, &s.First, &s.Onset, &s.EndScoreSince, &s.Ended, &s.Began, &s.Supported} {
		moment(t)
	}
	word(&s.Masked)
	var flags uint64
	for i, f := range []*bool{&s.Anomalous, &s.QuorumMet, &s.Easing, &s.WholeEnded} {
		if *f {
			flags |= 1 << i
		}
	}
	word(&flags)
	for i, f := range []*bool{&s.Anomalous, &s.QuorumMet, &s.Easing, &s.WholeEnded} {
		*f = flags&(1<<i) != 0
	}
}
