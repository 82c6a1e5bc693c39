package window_test

import (
	"math"
	"testing"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestOneHolderIsAtMostTwoFifthsOfWhatCounts(t *testing.T) {
	for _, c := range []struct{ held, total, want float64 }{
		{0, 10, 0},
		{1, 1, 1},
		{2, 2, 2},
		{4, 4, 3},                            // 1 + log2(4)
		{1024, 1024, 11},                     // everybody in one holder
		{40, 100, 40},                        // no more than the others allow
		{1024, 1024 + 300, 200 + 11},         // 200 of 500, and the logarithm
		{1 << 20, 1<<20 + 300, 200 + 1 + 20}, // a thousand times that changes little
	} {
		if got := window.Allowed(c.held, c.total); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Allowed(%v, %v) = %v, want %v", c.held, c.total, got, c.want)
		}
	}
}

func TestOnlyCountriesWithALoudHolderLoseReports(t *testing.T) {
	var tally window.Tally
	add := func(slice window.Slice, country string, holder, n int) {
		for i := range n {
			tally.Add(window.Arrival{Slice: slice, Country: country, Network: report.Network(i)<<28 | report.Network(holder), N: 1})
		}
	}
	add(10, "IN", 1, 100)
	add(10, "GB", 9, 50) // in an earlier slice
	for holder := range 6 {
		add(11, "IN", 20+holder, 1)
		add(11, "BD", 30+holder, 5)
	}
	add(11, "GB", 9, 2)
	got := tally.Counts().Independence(10)
	if len(got) != 2 || math.Abs(got["IN"]-(6+5+math.Log2(100))/106) > 1e-9 || math.Abs(got["GB"]-(1+math.Log2(52))/52) > 1e-9 {
		t.Errorf("independence of both slices = %v", got)
	}
	if got := tally.Counts().Independence(11); len(got) != 0 {
		t.Errorf("independence of the last slice = %v, want that all count", got)
	}
}
