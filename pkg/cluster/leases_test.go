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

// expire deletes the leases in Redis, as if their time had passed.
func expire(t *testing.T, l *Leases) {
	t.Helper()
	for p := range window.Partitions {
		if err := l.conn.Client.Del(t.Context(), l.conn.Key(p, keyLease)).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnlyOneProcessHoldsAPartition(t *testing.T) {
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
				t.Errorf("partition %d has %d holders, want 1", p, holders[p])
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
			t.Errorf("a.Term(0) = %d after a renewal of term %d, want the same number and not 0", again, first)
		}
		b.Renew(t.Context())
		if term := b.Term(0); term != 0 {
			t.Errorf("b.Term(0) = %d while a holds the partition, want 0", term)
		}
		expire(t, a)
		b.Renew(t.Context())
		second := b.Term(0)
		if second <= first {
			t.Errorf("b.Term(0) = %d after a's lease expired, want more than a's term %d", second, first)
		}
		a.Renew(t.Context()) // a was paused, and learns now that its lease has ended
		if term := a.Term(0); term != 0 {
			t.Errorf("a.Term(0) = %d while b holds the partition, want 0", term)
		}
		for p := range window.Partitions { // Redis loses its data
			if err := b.conn.Client.Del(t.Context(), b.conn.Key(p, keyLease), b.conn.Key(p, keyFence)).Err(); err != nil {
				t.Fatal(err)
			}
		}
		a.Renew(t.Context())
		if third := a.Term(0); third <= second {
			t.Errorf("a.Term(0) = %d after Redis lost the last number, want more than %d", third, second)
		}
	})
}

func TestRunGivesBackAllLeasesAtItsEnd(t *testing.T) {
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
			t.Errorf("a.Held() = %v after Run returned, want none", held)
		}
		b.Renew(t.Context())
		if held := b.Held(); len(held) != window.Partitions {
			t.Errorf("b.Held() has %d partitions after a gave them back, want %d", len(held), window.Partitions)
		}
	})
}

func TestALeaseEndsForItsHolderWithoutARenewal(t *testing.T) {
	var l Leases
	l.set(3, lease{7, time.Now().Add(time.Hour)})
	l.set(4, lease{8, time.Now().Add(-time.Nanosecond)})
	if l.Term(3) != 7 || l.Term(4) != 0 || len(l.Held()) != 1 {
		t.Errorf("Term(3) = %d, Term(4) = %d, Held() = %v; want 7, 0 and [3]", l.Term(3), l.Term(4), l.Held())
	}
	if gap := leaseTime + renewInterval; gap > 15*time.Second {
		t.Errorf("a partition may be without a holder for %s, want at most 15s", gap)
	}
}
