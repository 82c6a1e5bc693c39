package scenario

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// moments returns mean and variance of n draws.
func moments(n int, draw func() float64) (mean, variance float64) {
	var sum, squares float64
	for range n {
		v := draw()
		sum += v
		squares += v * v
	}
	mean = sum / float64(n)
	return mean, squares/float64(n) - mean*mean
}

func checkNear(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.Abs(got-want) > by*math.Abs(want) {
		t.Errorf("%s is %.4f, want %.4f within %g %%", what, got, want, by*100)
	}
}

func TestPoissonCountsHaveTheirMeanAsVariance(t *testing.T) {
	for _, mean := range []float64{0.05, 1, 7.5, 16, 40, 333} {
		rng := rand.New(rand.NewPCG(1, 2))
		m, v := moments(200_000, func() float64 { return float64(poisson(rng, mean)) })
		checkNear(t, "mean", m, mean, 0.03)
		checkNear(t, "variance", v, mean, 0.05)
	}
	if n := poisson(rand.New(rand.NewPCG(1, 2)), 0); n != 0 {
		t.Errorf("poisson(0) = %d, want 0", n)
	}
}

func TestWanderHasMeanOneAndItsDispersion(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, quarters := range []int{1, 4} {
		m, v := moments(200_000, func() float64 { return wander(rng, 0.04, quarters) })
		checkNear(t, "mean", m, 1, 0.01)
		checkNear(t, "variance", v, 0.04/float64(quarters), 0.05)
	}
}

func TestSumsOfAnEvenCounterStayNearTheirMeans(t *testing.T) {
	for _, mean := range []float64{0.1, 1, 20, 2000} {
		rng := rand.New(rand.NewPCG(3, 4))
		var e evenCounter
		var due float64
		_, v := moments(20_000, func() float64 {
			n := e.draw(rng, mean)
			due += mean
			if off := math.Abs(float64(e.done) - due); off > 5*math.Sqrt(mean/2)+5 {
				t.Fatalf("draw(%g): the sum is off by %g, want at most 5 standard deviations", mean, off)
			}
			if n < 0 {
				t.Fatalf("draw(%g) = %d, want at least 0", mean, n)
			}
			return float64(n)
		})
		if mean >= 20 {
			checkNear(t, "variance by the minute", v, mean, 0.1)
		}
	}
}

func TestADealerGivesEachShareItsPart(t *testing.T) {
	shares := []float64{0.51, 0.29, 0.19, 0.01}
	d := dealer{due: make([]float64, len(shares))}
	got := make([]float64, len(shares))
	for n := 1; n <= 5000; n++ {
		got[d.next(shares)]++
		for i, s := range shares {
			if off := math.Abs(got[i] - s*float64(n)); off > 2 {
				t.Fatalf("after %d reports share %d is off by %g", n, i, off)
			}
		}
	}
}

func TestSeasonsAreOneOnAverage(t *testing.T) {
	for rhythm := range patterns {
		var sum, n float64
		for q := time.Date(2024, 4, 1, 0, 7, 30, 0, time.UTC); q.Before(time.Date(2024, 4, 8, 0, 0, 0, 0, time.UTC)); q = q.Add(quarter) {
			sum += rhythm.Season(q)
			n++
		}
		checkNear(t, string(rhythm)+" season", sum/n, 1, 0.001)
	}
}

func TestSeasonFollowsTheDay(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2024, 4, day, hour, 30, 0, 0, time.UTC) }
	if night, evening := Social.Season(at(3, 4)), Social.Season(at(3, 20)); evening < 5*night {
		t.Errorf("Social.Season: evening %.2f, night %.2f, want at least five times the night", evening, night)
	}
	if monday, sunday := Work.Season(at(1, 10)), Work.Season(at(7, 10)); monday < 1.8*sunday {
		t.Errorf("Work.Season: Monday %.2f, Sunday %.2f, want Monday at least 1.8 times Sunday", monday, sunday)
	}
	// The middle of an hour has exactly its value; between two middles the season is linear.
	p := patterns[Social]
	want := p.hours[20] / mean(p.hours[:]) * p.days[time.Wednesday] / mean(p.days[:])
	checkNear(t, "half past eight", Social.Season(at(3, 20)), want, 1e-9)
	want = (p.hours[23] + p.hours[0]) / 2 / mean(p.hours[:]) * p.days[time.Thursday] / mean(p.days[:])
	checkNear(t, "midnight", Social.Season(time.Date(2024, 4, 4, 0, 0, 0, 0, time.UTC)), want, 1e-9)
}

func TestShapesAreLinearBetweenTheirPoints(t *testing.T) {
	t0 := time.Date(2024, 4, 3, 18, 0, 0, 0, time.UTC)
	sg := Surge{Shape: []Level{{t0, 0}, {t0.Add(10 * time.Minute), 1}, {t0.Add(20 * time.Minute), 0.5}}}
	for after, want := range map[time.Duration]float64{
		-time.Nanosecond: 0, 0: 0, 5 * time.Minute: 0.5, 10 * time.Minute: 1, 14 * time.Minute: 0.8, 20 * time.Minute: 0, time.Hour: 0,
	} {
		if got := sg.level(t0.Add(after)); math.Abs(got-want) > 1e-9 {
			t.Errorf("level after %s = %g, want %g", after, got, want)
		}
	}
}

func TestSplitsMoveBetweenTheirPoints(t *testing.T) {
	t0 := time.Date(2024, 4, 3, 18, 0, 0, 0, time.UTC)
	quiet := Split{{"connection", 0.9}, {"other", 0.1}}
	sg := Surge{Moves: []SplitPoint{
		{t0, Split{{"connection", 1}}},
		{t0.Add(10 * time.Minute), Split{{"login", 1}}},
	}}
	symptoms := sg.symptoms(quiet)
	shares := make([]float64, len(symptoms))
	for after, want := range map[time.Duration]float64{-time.Hour: 1, 0: 1, 2 * time.Minute: 0.8, 10 * time.Minute: 0, time.Hour: 0} {
		sg.splitAt(shares, symptoms, quiet, t0.Add(after))
		if math.Abs(shares[0]-want) > 1e-9 || math.Abs(shares[0]+shares[1]-1) > 1e-9 {
			t.Errorf("splitAt %s after the first point = %v, want connection %g and a sum of 1", after, shares, want)
		}
	}
	plain := Surge{}
	symptoms = plain.symptoms(quiet)
	shares = make([]float64, len(symptoms))
	if plain.splitAt(shares, symptoms, quiet, t0); shares[0] != 0.9 || shares[1] != 0.1 {
		t.Errorf("splitAt without moves = %v, want the split of the service, 0.9 and 0.1", shares)
	}
}
