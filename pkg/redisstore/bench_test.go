package redisstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

// BenchmarkTick reads what a tick of the monitor needs of 20,000 services that
// are all active, in 50 countries with 3 symptoms each: the minute that closed
// and the one that runs, and where the reports came from.
func BenchmarkTick(b *testing.B) {
	c, err := redisconn.Open(b.Context(), redisconn.Options{URL: redistest.Start(b).URL()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	s := New(c, Options{})
	if err := s.Beat(b.Context(), noon); err != nil {
		b.Fatal(err)
	}
	const services = 20_000
	var parts [window.Partitions][]journal.ServiceBucket
	var cells []window.Count
	for country := range uint16(50) {
		for _, symptom := range []string{"connection", "login", "messaging"} {
			cells = append(cells, window.Count{Cell: window.Cell{Country: countryCode(country), Symptom: symptom}, N: 7})
		}
	}
	for n := range services {
		name := fmt.Sprintf("service-%d", n)
		p := window.PartitionOf(name)
		for _, at := range []time.Time{noon.Add(-time.Minute), noon} {
			parts[p] = append(parts[p], journal.ServiceBucket{Service: name, Bucket: window.Bucket{Start: at, Problems: cells}})
		}
	}
	for p, buckets := range parts {
		e, err := s.Epoch(b.Context(), p)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.RestoreBuckets(b.Context(), e, buckets); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		active, err := s.Active(b.Context(), noon.Add(-5*time.Minute))
		if err != nil || len(active) != services {
			b.Fatalf("%d services are active, error %v", len(active), err)
		}
		all, err := s.BucketsOf(b.Context(), active, noon.Add(-time.Minute), noon.Add(time.Minute))
		if err != nil || len(all[0]) != 2 || len(all[0][1].Problems) != len(cells) {
			b.Fatalf("buckets of %d services, error %v", len(all), err)
		}
		if _, err := s.NetworksOf(b.Context(), active, noon); err != nil {
			b.Fatal(err)
		}
	}
}
