package year

import (
	"context"
	"math"
	"testing"
	"time"
)

// TestThreeDaysHaveTheirReportsAndNoOutage watches a few services for three days,
// twice with the same seed.
func TestThreeDaysHaveTheirReportsAndNoOutage(t *testing.T) {
	c := Course{Services: 30, Reports: 4_000_000, Days: 3, Allowed: 1, Tick: time.Minute, Seed: 1, Shards: 2}
	var results [2]Result
	for i := range results {
		days := 0
		r, err := Watch(context.Background(), c, func(d int) { days = d })
		if err != nil {
			t.Fatal(err)
		}
		if days != 3 {
			t.Errorf("progress was called with %d days at last, want 3", days)
		}
		r.Took, r.CPU, r.Memory = 0, 0, 0
		results[i] = r
	}
	if results[0] != results[1] {
		t.Errorf("two watches with one seed give %+v and %+v, want the same", results[0], results[1])
	}
	r := results[0]
	if want := 4_000_000.0 * 3 / 365; math.Abs(float64(r.Counted)-want) > 0.1*want {
		t.Errorf("Counted = %d in three days, want about %.0f", r.Counted, want)
	}
	if r.Outages > 0 {
		t.Errorf("%d outages were declared, want none", r.Outages)
	}
}

func TestBucketsAndRollupsHoldAllReportsDrawn(t *testing.T) {
	h := newShard(Course{Services: 5, Reports: 20_000_000, Shards: 1, Seed: 2}, 0)
	for m := range 180 {
		h.drawMinute(start.Add(time.Duration(m) * time.Minute))
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
			t.Fatalf("Rollups of three hours = %d spans, %v; want 3", len(spans), err)
		}
		for _, r := range hours {
			rollups += r.N
		}
	}
	if buckets != h.counted || rollups != h.counted || h.counted == 0 {
		t.Errorf("%d reports were drawn, %d are in buckets, %d in rollups; want the same", h.counted, buckets, rollups)
	}
}
