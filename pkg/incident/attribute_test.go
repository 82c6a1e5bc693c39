package incident

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// exhaustive returns the highest penalised score of any subset.
func exhaustive(all []Segment) float64 {
	best := 0.0
	for set := 1; set < 1<<len(all); set++ {
		x, m, n := 0.0, 0.0, 0.0
		for i, s := range all {
			if set>>i&1 == 1 {
				x, m, n = x+float64(s.Observed), m+expected(s), n+1
			}
		}
		best = max(best, score(x, m)-penalty*n)
	}
	return best
}

// scoreOf returns the penalised score of a subset.
func scoreOf(subset []Segment) float64 {
	x, m := 0.0, 0.0
	for _, s := range subset {
		x, m = x+float64(s.Observed), m+expected(s)
	}
	return score(x, m) - penalty*float64(len(subset))
}

func TestAttributeFindsTheOptimumOfAnExhaustiveSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	named := 0
	for trial := range 3000 {
		var all []Segment
		for i := range 1 + r.IntN(12) {
			m := math.Exp(6*r.Float64() - 3)
			times := 1.0
			if r.IntN(3) == 0 {
				times = math.Exp(3 * r.Float64())
			}
			x := int64(math.Round(m*times + math.Sqrt(m)*r.NormFloat64()))
			if x < minReports {
				x, m = minReports, m+5
			}
			all = append(all, Segment{ID: fmt.Sprint(i), Observed: x, Expected: m})
		}
		got := Attribute(all)
		named += len(got)
		if want := exhaustive(all); math.Abs(scoreOf(got)-want) > 1e-6*(1+want) {
			t.Fatalf("trial %d: score %v, best %v\nof %v\nfound %v", trial, scoreOf(got), want, all, got)
		}
	}
	if named < 2000 {
		t.Errorf("only %d segments were named in all, want at least 2000", named)
	}
}

func TestAttributeNamesTheCountriesThatRose(t *testing.T) {
	got := Attribute([]Segment{
		{ID: "DE", Observed: 12, Expected: 11}, {ID: "IN", Observed: 300, Expected: 9}, {ID: "LK", Observed: 2, Expected: 0},
		{ID: "GB", Observed: 80, Expected: 10}, {ID: "US", Observed: 40, Expected: 44},
	})
	if len(got) != 2 || got[0].ID != "IN" || got[1].ID != "GB" {
		t.Errorf("named %v, want IN and GB", got)
	}
	if got := Attribute([]Segment{{ID: "DE", Observed: 12, Expected: 11}, {ID: "US", Observed: 0, Expected: 2}}); got != nil {
		t.Errorf("without an excess %v is named", got)
	}
	if got := Attribute(nil); got != nil {
		t.Errorf("of nothing %v is named", got)
	}
}
