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

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.Abs(got-want) > by*math.Abs(want) {
		t.Errorf("%s is %.4f, want %.4f within %g %%", what, got, want, by*100)
	}
}

func TestPoissonHasItsMoments(t *testing.T) {
	for _, mean := range []float64{0.05, 1, 7.5, 16, 40, 333} {
		rng := rand.New(rand.NewPCG(1, 2))
		m, v := moments(200_000, func() float64 { return float64(poisson(rng, mean)) })
		near(t, "mean", m, mean, 0.03)
		near(t, "variance", v, mean, 0.05)
	}
	if n := poisson(rand.New(rand.NewPCG(1, 2)), 0); n != 0 {
		t.Errorf("a mean of 0 gave %d", n)
	}
}

func TestWanderHasItsMoments(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, quarters := range []int{1, 4} {
		m, v := moments(200_000, func() float64 { return wander(rng, 0.04, quarters) })
		near(t, "mean", m, 1, 0.01)
		near(t, "variance", v, 0.04/float64(quarters), 0.05)
	}
}

func TestEvenSumsStayNearTheirMeans(t *testing.T) {
	for _, mean := range []float64{0.1, 1, 20, 2000} {
		rng := rand.New(rand.NewPCG(3, 4))
		var e even
		var due float64
		_, v := moments(20_000, func() float64 {
			n := e.draw(rng, mean)
			due += mean
			if off := math.Abs(float64(e.done) - due); off > 5*math.Sqrt(mean/2)+5 {
				t.Fatalf("the sum is off by %g at a mean of %g", off, mean)
			}
			if n < 0 {
				t.Fatalf("drew %d", n)
			}
			return float64(n)
		})
		if mean >= 20 {
			near(t, "variance by the minute", v, mean, 0.1)
		}
	}
}

func TestDealGivesEachShareItsDue(t *testing.T) {
	shares := []float64{0.51, 0.29, 0.19, 0.01}
	d := deal{due: make([]float64, len(shares))}
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
		near(t, string(rhythm)+" season", sum/n, 1, 0.001)
	}
}

func TestSeasonFollowsTheDay(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2024, 4, day, hour, 30, 0, 0, time.UTC) }
	if night, evening := Social.Season(at(3, 4)), Social.Season(at(3, 20)); evening < 5*night {
		t.Errorf("social: evening %.2f, night %.2f", evening, night)
	}
	if monday, sunday := Work.Season(at(1, 10)), Work.Season(at(7, 10)); monday < 1.8*sunday {
		t.Errorf("work: Monday %.2f, Sunday %.2f", monday, sunday)
	}
	// The middle of an hour has exactly its figure; between two it is linear.
	p := patterns[Social]
	want := p.hours[20] / mean(p.hours[:]) * p.days[time.Wednesday] / mean(p.days[:])
	near(t, "half past eight", Social.Season(at(3, 20)), want, 1e-9)
	want = (p.hours[23] + p.hours[0]) / 2 / mean(p.hours[:]) * p.days[time.Thursday] / mean(p.days[:])
	near(t, "midnight", Social.Season(time.Date(2024, 4, 4, 0, 0, 0, 0, time.UTC)), want, 1e-9)
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
	usual := Split{{"connection", 0.9}, {"other", 0.1}}
	sg := Surge{Moves: []SplitPoint{
		{t0, Split{{"connection", 1}}},
		{t0.Add(10 * time.Minute), Split{{"login", 1}}},
	}}
	symptoms := sg.symptoms(usual)
	shares := make([]float64, len(symptoms))
	for after, want := range map[time.Duration]float64{-time.Hour: 1, 0: 1, 2 * time.Minute: 0.8, 10 * time.Minute: 0, time.Hour: 0} {
		sg.splitAt(shares, symptoms, usual, t0.Add(after))
		if math.Abs(shares[0]-want) > 1e-9 || math.Abs(shares[0]+shares[1]-1) > 1e-9 {
			t.Errorf("shares after %s = %v, want connection %g", after, shares, want)
		}
	}
	plain := Surge{}
	symptoms = plain.symptoms(usual)
	shares = make([]float64, len(symptoms))
	if plain.splitAt(shares, symptoms, usual, t0); shares[0] != 0.9 || shares[1] != 0.1 {
		t.Errorf("without moves the shares are %v", shares)
	}
}
