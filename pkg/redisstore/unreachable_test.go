package redisstore

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// soon limits the time in which a loss or return of Redis is noticed.
const soon = 2 * time.Second

// openWatched returns a store on a connection whose Run runs.
func openWatched(t *testing.T, url string, cluster bool) *Store {
	t.Helper()
	c, err := redisconn.Open(t.Context(), redisconn.Options{URL: url, Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := c.Client.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(c, Options{})
}

func TestTheLossAndReturnOfRedisAreNoticed(t *testing.T) {
	for _, c := range []struct {
		name        string
		leave, come func(*redistest.Server)
	}{
		{"paused", (*redistest.Server).Pause, (*redistest.Server).Resume},
		{"killed", (*redistest.Server).Kill, (*redistest.Server).Start},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			s := openWatched(t, server.URL(), false)
			count(t, s, window.Counted, problem(1, "acme", noon))
			c.leave(server)
			for try := range 3 {
				began := time.Now()
				o := s.Count(t.Context(), []report.Report{problem(2, "acme", noon)})[0]
				took := time.Since(began)
				if fault.KindOf(o.Err) != fault.Unavailable {
					t.Fatalf("outcome while Redis is unreachable = %+v, want it unavailable", o)
				}
				if took > soon || try > 0 && took > 100*time.Millisecond {
					t.Errorf("answer %d took %v", try, took)
				}
			}
			if s.Ready() == nil {
				t.Error("Ready() = nil while Redis is unreachable, want an error")
			}
			c.come(server)
			back := time.Now()
			var o window.Outcome
			for o = s.Count(t.Context(), []report.Report{problem(3, "acme", noon)})[0]; o.Status == window.Failed; {
				if time.Since(back) > soon {
					t.Fatalf("%v after the return of Redis: %+v", time.Since(back), o)
				}
				o = s.Count(t.Context(), []report.Report{problem(3, "acme", noon)})[0]
			}
			if err := s.Ready(); err != nil {
				t.Errorf("Ready() = %v after the return of Redis", err)
			}
			// What was counted is; the report without an answer may be, once.
			o = s.Count(t.Context(), []report.Report{problem(2, "acme", noon)})[0]
			if o.Status != window.Counted {
				t.Errorf("the report that was not answered, sent again: %+v", o)
			}
			b, err := s.Buckets(t.Context(), "acme", noon, noon.Add(time.Minute))
			if err != nil || b[0].Problems[0].N != 3 {
				t.Errorf("problems = %+v, %v; want 3", b, err)
			}
		})
	}
}

func TestPartitionsOfOtherNodesGoOn(t *testing.T) {
	nodes := redistest.StartCluster(t)
	s := openWatched(t, redistest.ClusterURLOf(nodes), true)
	n := uint64(0)
	// batch counts a report in every partition and returns how many were counted.
	batch := func() (counted int) {
		var reports []report.Report
		found := map[int]bool{}
		for i := 0; len(found) < window.Partitions; i++ {
			service := fmt.Sprintf("service-%d", i)
			if p := window.PartitionOf(service); !found[p] {
				found[p] = true
				n++
				reports = append(reports, problem(n, service, noon))
			}
		}
		for _, o := range s.Count(t.Context(), reports) {
			switch {
			case o.Status == window.Counted:
				counted++
			case fault.KindOf(o.Err) != fault.Unavailable:
				t.Errorf("outcome %+v, want it counted or unavailable", o)
			}
		}
		return counted
	}
	if got := batch(); got != window.Partitions {
		t.Fatalf("%d of %d partitions count", got, window.Partitions)
	}
	nodes[1].Pause()
	for try := range 4 {
		began := time.Now()
		got := batch()
		took := time.Since(began)
		if got < window.Partitions/2 || got == window.Partitions {
			t.Errorf("batch %d without a node of three: %d of %d partitions count", try, got, window.Partitions)
		}
		if took > soon || try > 0 && took > 500*time.Millisecond {
			t.Errorf("batch %d without a node of three took %v", try, took)
		}
	}
	if err := s.Ready(); err != nil {
		t.Errorf("Ready() = %v without a node of three", err)
	}
	nodes[1].Resume()
	back := time.Now()
	for got := batch(); got != window.Partitions; got = batch() {
		if time.Since(back) > soon {
			t.Fatalf("%v after the return of the node %d of %d partitions count", time.Since(back), got, window.Partitions)
		}
	}
}
