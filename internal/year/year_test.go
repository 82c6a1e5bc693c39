package year

import (
	"context"
	"math"
	"testing"
	"time"
)

// TestWatchCountsReportsAndDeclaresNoOutage runs the same watch of three days
// twice.
func TestWatchCountsReportsAndDeclaresNoOutage(t *testing.T) {
	c := Course{Services: 30, Reports: 4_000_000, Days: 3, Allowed: 1, Tick: time.Minute, Seed: 1, Shards: 2}
	var results [2]Result
	for i := range results {
		days := 0
		r, err := Watch(context.Background(), c, func(d int) { days = d })
		if err != nil {
			t.Fatal(err)
		}
		if days != 3 {
			t.Errorf("the last call of progress had %d days, want 3", days)
		}
		r.Took, r.CPU, r.Memory = 0, 0, 0
		results[i] = r
	}
	if results[0] != results[1] {
		t.Errorf("Watch with one seed = %+v, then %+v; want equal results", results[0], results[1])
	}
	r := results[0]
	if want := 4_000_000.0 * 3 / 365; math.Abs(float64(r.Counted)-want) > 0.1*want {
		t.Errorf("Counted = %d in three days, want about %.0f", r.Counted, want)
	}
	if r.Outages > 0 {
		t.Errorf("Outages = %d, want 0", r.Outages)
	}
}

func TestBucketsAndRollupsHoldAllDrawnReports(t *testing.T) {
	part := newShard(Course{Services: 5, Reports: 20_000_000, Shards: 1, Seed: 2}, 0)
	for m := range 180 {
		part.drawMinute(start.Add(time.Duration(m) * time.Minute))
	}
	var buckets, rollups int64
	for _, slug := range part.slugs {
		all, err := part.Buckets(context.Background(), slug, start, start.Add(3*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			for _, c := range b.Problems {
				buckets += c.N
			}
		}
		hourly, spans, err := part.Rollups(context.Background(), slug, start, start.Add(3*time.Hour))
		if err != nil || len(spans) != 3 {
			t.Fatalf("Rollups of three hours = %d spans, %v; want 3", len(spans), err)
		}
		for _, r := range hourly {
			rollups += r.N
		}
	}
	if buckets != part.counted || rollups != part.counted || part.counted == 0 {
		t.Errorf("%d reports were drawn, %d are in buckets and %d in rollups; want the same number, above 0", part.counted, buckets, rollups)
	}
}
