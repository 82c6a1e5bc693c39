package year

import (
	"context"
	"math"
	"testing"
	"time"
)

// TestAFewQuietDays watches a small house for three days: what is drawn is what
// was asked for, nothing is declared, and the same seed gives the same.
func TestAFewQuietDays(t *testing.T) {
	c := Course{Services: 30, Reports: 4_000_000, Days: 3, Allowed: 1, Tick: time.Minute, Seed: 1, Shards: 2}
	var results [2]Result
	for i := range results {
		days := 0
		r, err := Watch(context.Background(), c, func(d int) { days = d })
		if err != nil {
			t.Fatal(err)
		}
		if days != 3 {
			t.Errorf("told of %d days", days)
		}
		r.Took, r.CPU, r.Memory = 0, 0, 0
		results[i] = r
	}
	if results[0] != results[1] {
		t.Errorf("two runs differ: %+v and %+v", results[0], results[1])
	}
	r := results[0]
	if want := 4_000_000.0 * 3 / 365; math.Abs(float64(r.Counted)-want) > 0.1*want {
		t.Errorf("%d reports in three days, want about %.0f", r.Counted, want)
	}
	if r.Outages > 0 {
		t.Errorf("%d outages while nothing was wrong", r.Outages)
	}
}

func TestTheHouseSaysWhatItDrew(t *testing.T) {
	h := newHouse(Course{Services: 5, Reports: 20_000_000, Shards: 1, Seed: 2}, 0)
	for m := range 180 {
		h.pass(start.Add(time.Duration(m) * time.Minute))
	}
	var buckets, rollups int64
	for _, slug := range h.slugs {
		all, err := h.Buckets(context.Background(), slug, start, start.Add(3*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			for _, c := range b.Problems {
				buckets += c.N
			}
		}
		hours, spans, err := h.Rollups(context.Background(), slug, start, start.Add(3*time.Hour))
		if err != nil || len(spans) != 3 {
			t.Fatalf("%d spans, %v", len(spans), err)
		}
		for _, r := range hours {
			rollups += r.N
		}
	}
	if buckets != h.counted || rollups != h.counted || h.counted == 0 {
		t.Errorf("%d reports drawn, %d in buckets, %d in rollups", h.counted, buckets, rollups)
	}
}
