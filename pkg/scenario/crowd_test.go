package scenario

import (
	"net/netip"
	"testing"
	"time"
)

func TestACrowdIsAHundredReportsFromThirtyNetworksInAMinute(t *testing.T) {
	start := time.Date(2022, 10, 25, 6, 37, 0, 0, time.UTC)
	fill := func(c *crowdFinder, minute, reports, networks int) {
		for i := range reports {
			c.add(&Submission{
				At:   start.Add(time.Duration(minute)*time.Minute + time.Duration(i)*100*time.Millisecond),
				Addr: netip.AddrFrom4([4]byte{10, 0, byte(i % networks), byte(i)}),
			})
		}
	}
	var c crowdFinder
	fill(&c, 0, 99, 50)
	fill(&c, 1, 200, 29)
	if !c.first.IsZero() {
		t.Fatalf("add of 99 reports and of 29 networks: crowd at %v, want none", c.first)
	}
	fill(&c, 2, 100, 30)
	fill(&c, 3, 500, 90)
	if want := start.Add(2 * time.Minute); !c.first.Equal(want) {
		t.Errorf("add of 100 reports from 30 networks: crowd at %v, want %v", c.first, want)
	}
}
