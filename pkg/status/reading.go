package status

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// reading is one window of a service as it was read from the store. All numbers
// of a snapshot come from one reading.
type reading struct {
	span
	window  time.Duration
	counted []span // the parts that could be counted; they do not touch
	minutes int    // how many of its minutes could be counted, the running one included
	cells   map[window.Cell]int64
	total   int64
	// shares are the shares of the counts that are those of independent people, by
	// country; where one is missing, all are.
	shares map[string]float64
}

// span is a stretch of time.
type span struct{ from, to time.Time }

// read reads the window w of a service, which ends at now with the running
// minute.
func (b *Board) read(ctx context.Context, slug string, w time.Duration, now time.Time) (*reading, error) {
	r := &reading{span: span{windowStart(now, w), now}, window: w, cells: map[window.Cell]int64{}}
	buckets, err := b.Store.Buckets(ctx, slug, r.from, now.Add(window.Width))
	if err != nil {
		return nil, fmt.Errorf("read the last %s of %s: %w", window.Name(w), slug, err)
	}
	for _, bucket := range buckets {
		r.addCounted(bucket)
		for _, n := range bucket.Problems {
			r.cells[n.Cell] += n.N
			r.total += n.N
		}
	}
	if r.total >= fewestAside && w <= window.SliceRetention {
		// The first slice may begin before the window does.
		networks, err := b.Store.Networks(ctx, slug, now, min(w+window.SliceWidth, window.SliceRetention))
		if err != nil {
			return nil, fmt.Errorf("read the networks of the last %s of %s: %w", window.Name(w), slug, err)
		}
		r.shares = networks.Independence(window.SliceOf(r.from))
	}
	return r, nil
}

// fewestAside is the least number of reports of which it is worth saying that some
// are set aside.
const fewestAside = 10

// asideOf returns how many of n reports from a country are set aside, because one
// holder of addresses sent too many.
func (r *reading) asideOf(country string, n int64) int64 {
	share, ok := r.shares[country]
	if !ok {
		return 0
	}
	return int64(math.Round((1 - share) * float64(n)))
}

// aside returns how many reports of the window are set aside.
func (r *reading) aside() (total int64) {
	if len(r.shares) == 0 {
		return 0
	}
	counts := map[string]int64{}
	for cell, n := range r.cells {
		counts[cell.Country] += n
	}
	for country, n := range counts {
		total += r.asideOf(country, n)
	}
	return total
}

// addCounted adds the time of a bucket that could be counted. The running minute
// always does: whether it can be counted is noted some seconds after it begins.
func (r *reading) addCounted(b window.Bucket) {
	end := earlier(b.Start.Add(window.Width), r.to)
	if !b.Known && end.Before(r.to) {
		return
	}
	r.minutes++
	switch n := len(r.counted); {
	case !b.Start.Before(end):
	case n > 0 && r.counted[n-1].to.Equal(b.Start):
		r.counted[n-1].to = end
	default:
		r.counted = append(r.counted, span{b.Start, end})
	}
}

// isPartial reports whether a part of the window could not be counted.
func (r *reading) isPartial() bool { return r.minutes < int(r.window/window.Width) }

// expected returns the reports that baseline expects in the whole window up to
// now, whether it could be counted or not.
func (r *reading) expected(baseline *detect.Baseline) float64 {
	return incident.RoundExpected(baseline.Expected(r.from, r.to))
}

// isAbove reports whether n reports are more than the usual range of the time
// that could be counted.
func (r *reading) isAbove(n int64, baseline *detect.Baseline) bool {
	expected := 0.0
	if r.isPartial() {
		for _, c := range r.counted {
			expected += baseline.Expected(c.from, c.to)
		}
	} else {
		expected = r.expected(baseline)
	}
	return n > 0 && float64(n) > baseline.Upper(expected)
}

// windowStart returns the start of the window w that ends with the bucket of
// now.
func windowStart(now time.Time, w time.Duration) time.Time {
	return window.Start(now).Add(window.Width - w)
}
