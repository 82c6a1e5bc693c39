package cluster

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

func connectLeases(connect func() *redisconn.Conn) *Leases {
	return NewLeases(connect(), slog.New(slog.DiscardHandler))
}

// expire ends the leases in Redis, as time would.
func expire(t *testing.T, l *Leases) {
	t.Helper()
	for p := range window.Partitions {
		if err := l.conn.Del(t.Context(), l.conn.Key(p, keyLease)).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneProcessAtATimeHoldsAPartition(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		all := []*Leases{connectLeases(connect), connectLeases(connect), connectLeases(connect)}
		var wg sync.WaitGroup
		for _, l := range all {
			wg.Go(func() { l.Renew(t.Context()) })
		}
		wg.Wait()
		holders := map[int]int{}
		for _, l := range all {
			for _, p := range l.Held() {
				holders[p]++
			}
		}
		for p := range window.Partitions {
			if holders[p] != 1 {
				t.Errorf("partition %d has %d holders", p, holders[p])
			}
		}
	})
}

func TestTheNextTermHasALargerNumber(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		a, b := connectLeases(connect), connectLeases(connect)
		a.Renew(t.Context())
		first := a.Term(0)
		a.Renew(t.Context())
		if again := a.Term(0); first == 0 || again != first {
			t.Errorf("a lease that is renewed goes from term %d to %d", first, again)
		}
		b.Renew(t.Context())
		if b.Term(0) != 0 {
			t.Error("a second process takes a partition that another holds")
		}
		expire(t, a)
		b.Renew(t.Context())
		second := b.Term(0)
		if second <= first {
			t.Errorf("term %d follows term %d", second, first)
		}
		a.Renew(t.Context()) // a was paused and learns that its lease is over
		if a.Term(0) != 0 {
			t.Error("the holder before still holds the partition")
		}
		for p := range window.Partitions { // Redis forgets everything
			if err := b.conn.Del(t.Context(), b.conn.Key(p, keyLease), b.conn.Key(p, keyFence)).Err(); err != nil {
				t.Fatal(err)
			}
		}
		a.Renew(t.Context())
		if third := a.Term(0); third <= second {
			t.Errorf("after Redis lost the last number term %d follows %d", third, second)
		}
	})
}

func TestLeasesAreReturnedAtTheEnd(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		a, b := connectLeases(connect), connectLeases(connect)
		ctx, end := context.WithCancel(t.Context())
		end()
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		a.Renew(t.Context())
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if held := a.Held(); len(held) != 0 {
			t.Errorf("after its end a process holds %v", held)
		}
		b.Renew(t.Context())
		if held := b.Held(); len(held) != window.Partitions {
			t.Errorf("the next one holds %d partitions, want all", len(held))
		}
	})
}

func TestALeaseEndsByItselfForItsHolder(t *testing.T) {
	var l Leases
	l.set(3, lease{7, time.Now().Add(time.Hour)})
	l.set(4, lease{8, time.Now().Add(-time.Nanosecond)})
	if l.Term(3) != 7 || l.Term(4) != 0 || len(l.Held()) != 1 {
		t.Errorf("terms %d and %d, held %v; want the first one only", l.Term(3), l.Term(4), l.Held())
	}
	if leaseTime+renewInterval > 15*time.Second {
		t.Errorf("a partition may be without a holder for %s", leaseTime+renewInterval)
	}
}
