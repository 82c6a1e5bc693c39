package scenario

import (
	"math"
	"testing"
)

func TestAScaledScenarioHasAsManyReportsAndServices(t *testing.T) {
	base := mustLoad(t, "aws-2025-10-20")
	quiet := base.Services[0].Quiet[0].PerQuarter
	s := base.Scaled(100, 50_000)
	services, countries, n := map[string]bool{}, map[string]bool{}, 0
	for _, all := range s.Stream(DefaultSeed) {
		for _, sub := range all {
			services[sub.Service], countries[sub.Country] = true, true
			n++
		}
	}
	if math.Abs(float64(n)-50_000) > 1500 {
		t.Errorf("%d reports, want about 50,000", n)
	}
	if len(services) != 100 || len(countries) < 60 {
		t.Errorf("they name %d services and %d countries, want 100 and at least 60", len(services), len(countries))
	}
	if last := s.Services[99].Slug; CopyOf(last) != base.Services[99%len(base.Services)].Slug || services[CopyOf(last)] == false {
		t.Errorf("CopyOf(%q) = %q, want the slug of its original", last, CopyOf(last))
	}
	if got := base.Services[0].Quiet[0].PerQuarter; got != quiet {
		t.Errorf("after Scaled the rate of the original is %v, want %v", got, quiet)
	}
}
