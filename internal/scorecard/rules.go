package main

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// outcry judges with the detector that is measured, at its own threshold.
func outcry(s *series) []bool { return outcryAt(1)(s) }

// outcryAt returns the measured detector with its threshold multiplied by times.
func outcryAt(times float64) detector { return func(s *series) []bool { return alarmsAt(s, times) } }

func alarmsAt(s *series, times float64) []bool {
	cfg := detect.SingleSettings(s.width)
	cfg.Threshold *= times
	d := detect.NewSingle(cfg)
	alarms := make([]bool, len(s.counts))
	at := s.start
	for i, x := range s.counts {
		alarms[i] = d.Step(at, x, !math.IsNaN(x)).Level >= detect.Warning
		at = at.Add(s.width)
	}
	return alarms
}

// The simple rules follow. Each judges the reports of the last 15 minutes, or of
// one bucket where buckets are longer. It is in alarm as long as its condition
// holds. It has only the counts, as such rules usually have.

// ruleWindow returns the number of buckets in 15 minutes, at least 1.
func ruleWindow(width time.Duration) int { return max(1, int(15*time.Minute/width)) }

// windowSums returns for each bucket the sum of the known counts of the n buckets
// that end with it.
func windowSums(counts []float64, n int) []float64 {
	sums := make([]float64, len(counts))
	sum := 0.0
	for i, x := range counts {
		if !math.IsNaN(x) {
			sum += x
		}
		if i >= n && !math.IsNaN(counts[i-n]) {
			sum -= counts[i-n]
		}
		sums[i] = max(sum, 0)
	}
	return sums
}

// trailing returns for each bucket the mean and the standard deviation of n
// values before it. It leaves out the newest overlap values, because their
// windows overlap that of the bucket.
func trailing(values []float64, n, overlap int) (mean, sd []float64) {
	mean, sd = make([]float64, len(values)), make([]float64, len(values))
	sum, square := 0.0, 0.0
	for i := range values {
		if k := i - overlap; k >= 0 {
			sum += values[k]
			square += values[k] * values[k]
		}
		if k := i - overlap - n; k >= 0 {
			sum -= values[k]
			square -= values[k] * values[k]
		}
		if m := float64(min(max(i-overlap+1, 0), n)); m > 0 {
			mean[i] = sum / m
			sd[i] = math.Sqrt(max(square/m-mean[i]*mean[i], 0))
		}
	}
	return mean, sd
}

// sameHour is in alarm above a multiple of the mean of the same hour of the week
// in the four weeks before. The count must be at least floor.
func sameHour(times, floor float64) detector {
	return func(s *series) []bool {
		n := ruleWindow(s.width)
		sums := windowSums(s.counts, n)
		perWeek := int(7 * 24 * time.Hour / s.width)
		hour := int(time.Hour / s.width)
		hourly := windowSums(s.counts, hour)
		alarms := make([]bool, len(sums))
		day, _ := trailing(sums, int(24*time.Hour/s.width), n)
		for i, x := range sums {
			mean, weeks := 0.0, 0.0
			for w := 1; w <= 4; w++ {
				if k := i - w*perWeek + hour/2; k >= hour {
					mean += hourly[k] * float64(n) / float64(hour)
					weeks++
				}
			}
			if weeks > 0 {
				mean /= weeks
			} else {
				mean = day[i]
			}
			alarms[i] = i > 2*n && x >= floor && x > times*mean
		}
		return alarms
	}
}

// sigmas is in alarm above the mean of the last 24 hours plus k standard
// deviations.
func sigmas(k float64) detector {
	return func(s *series) []bool {
		n := ruleWindow(s.width)
		sums := windowSums(s.counts, n)
		mean, sd := trailing(sums, int(24*time.Hour/s.width), n)
		alarms := make([]bool, len(sums))
		for i, x := range sums {
			alarms[i] = i > 12*n && x > 0 && x > mean[i]+k*sd[i]
		}
		return alarms
	}
}

// poissonTail is in alarm when the count has a probability below p under a
// Poisson distribution with the mean of the last 24 hours.
func poissonTail(p float64) detector {
	return func(s *series) []bool {
		n := ruleWindow(s.width)
		sums := windowSums(s.counts, n)
		mean, _ := trailing(sums, int(24*time.Hour/s.width), n)
		alarms := make([]bool, len(sums))
		for i, x := range sums {
			alarms[i] = i > 12*n && x > mean[i] && detect.Tail(x, max(mean[i], 1e-3), math.Inf(1)) > -math.Log(p)
		}
		return alarms
	}
}

// plainCUSUM is a negative binomial CUSUM with size 5 that tests for five times
// the mean of the last 24 hours. It is in alarm while its sum is at or above the
// threshold. It is reset when the counts are back at the mean for half an hour.
func plainCUSUM(threshold float64) detector {
	return func(s *series) []bool {
		const times, size = 5.0, 5.0
		counts := make([]float64, len(s.counts))
		for i, x := range s.counts {
			if !math.IsNaN(x) {
				counts[i] = x
			}
		}
		mean, _ := trailing(counts, int(24*time.Hour/s.width), 1)
		half := max(1, int(30*time.Minute/s.width))
		last := windowSums(s.counts, half)
		alarms := make([]bool, len(s.counts))
		sum := 0.0
		for i, x := range s.counts {
			if math.IsNaN(x) || i*int(s.width/time.Minute) < 180 {
				continue
			}
			m := max(mean[i], 1e-4)
			shrink := math.Log((size + times*m) / (size + m))
			sum = max(0, sum+x*(math.Log(times)-shrink)-size*shrink)
			alarms[i] = sum >= threshold
			if alarms[i] && last[i] <= 1.2*m*float64(half) {
				sum, alarms[i] = 0, false
			}
		}
		return alarms
	}
}
