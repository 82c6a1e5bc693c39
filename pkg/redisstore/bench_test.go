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

// BenchmarkTick measures what one tick of the monitor reads: the last closed
// bucket, the open bucket and the networks of 20,000 active services. Each bucket
// has cells for 3 symptoms in each of 50 countries.
func BenchmarkTick(b *testing.B) {
	conn, err := redisconn.Open(b.Context(), redisconn.Options{URL: redistest.Start(b).URL()})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Client.Close()
	s := New(conn, Options{})
	if err := s.Beat(b.Context(), noon); err != nil {
		b.Fatal(err)
	}
	const services = 20_000
	var byPartition [window.Partitions][]journal.ServiceBucket
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
			byPartition[p] = append(byPartition[p], journal.ServiceBucket{Service: name, Bucket: window.Bucket{Start: at, Problems: cells}})
		}
	}
	for p, buckets := range byPartition {
		epoch, err := s.Epoch(b.Context(), p)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.RestoreBuckets(b.Context(), epoch, buckets); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		active, err := s.Active(b.Context(), noon.Add(-5*time.Minute))
		if err != nil || len(active) != services {
			b.Fatalf("Active = %d services, error %v; want %d", len(active), err, services)
		}
		all, err := s.BucketsOf(b.Context(), active, noon.Add(-time.Minute), noon.Add(time.Minute))
		if err != nil || len(all[0]) != 2 || len(all[0][1].Problems) != len(cells) {
			b.Fatalf("BucketsOf = %d services, error %v; want 2 buckets of %d cells for each service", len(all), err, len(cells))
		}
		if _, err := s.NetworksOf(b.Context(), active, noon, window.SliceRetention); err != nil {
			b.Fatal(err)
		}
	}
}
