package detect

import (
	"testing"
	"time"
)

func BenchmarkTail(b *testing.B) {
	for b.Loop() {
		Tail(37, 4.2, 9)
	}
}

// BenchmarkStep steps a service with 2 reports in 5 minutes.
func BenchmarkStep(b *testing.B) {
	cfg, s := Defaults(), newSim(1, 2)
	end := monday.Add(28 * 24 * time.Hour)
	baseline := Learn(s.history(end, 28*24), end, nil)
	var buckets []Bucket
	for i := range 1440 {
		at := end.Add(time.Duration(i) * time.Minute)
		buckets = append(buckets, Bucket{Start: at, N: s.minute(at), Known: true})
	}
	var st State
	i := 0
	for b.Loop() {
		if i == len(buckets) {
			i, st = 0, State{}
		}
		st, _ = Step(cfg, st, baseline, buckets[i], Sources{SourceCounts: SourceCounts{Networks: 8, Reports: 8, Discounted: 8, Largest: 0.1}})
		i++
	}
}

// BenchmarkLearn learns four weeks of hours.
func BenchmarkLearn(b *testing.B) {
	s := newSim(1, 2)
	end := monday.Add(28 * 24 * time.Hour)
	history := s.history(end, 28*24)
	for b.Loop() {
		Learn(history, end, nil)
	}
}
