package window_test

import (
	"math"
	"testing"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestOneHolderIsAtMostTwoFifthsOfWhatCounts(t *testing.T) {
	for _, c := range []struct {
		loudest []float64
		others  float64
		want    []float64
	}{
		{[]float64{0}, 10, []float64{0}},
		{[]float64{2}, 0, []float64{2}},
		{[]float64{4}, 0, []float64{3}},                          // 1 + log2(4)
		{[]float64{1024}, 0, []float64{11}},                      // everybody in one holder
		{[]float64{40, 20}, 40, []float64{40, 20}},               // no more than the others allow
		{[]float64{1024}, 300, []float64{200}},                   // 200 of 500
		{[]float64{1 << 20}, 300, []float64{200}},                // a thousand times that changes nothing
		{[]float64{1024, 1024}, 6, []float64{12, 12}},            // a = (a + 6)·2/3, for both
		{[]float64{1024, 256, 1, 1}, 4, []float64{12, 12, 1, 1}}, // the second is held down by what the first may have
	} {
		got := window.Allowed(c.loudest, c.others)
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 0.1 {
				t.Errorf("Allowed(%v, %v) = %v, want %v", c.loudest, c.others, got, c.want)
				break
			}
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
	if len(got) != 2 || math.Abs(got["IN"]-(6+1+math.Log2(100))/106) > 1e-9 || math.Abs(got["GB"]-(1+math.Log2(52))/52) > 1e-9 {
		t.Errorf("independence of both slices = %v", got)
	}
	if got := tally.Counts().Independence(11); len(got) != 0 {
		t.Errorf("independence of the last slice = %v, want that all count", got)
	}
}
