package cluster

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
)

// send submits n times and returns how often that was allowed.
func send(l *Limiter, n int, at time.Time) (allowed int) {
	for range n {
		if l.Allow(77, at).Allowed {
			allowed++
		}
	}
	return allowed
}

func TestProcessesShareAnAllowance(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		one, two := NewLimiter(connect()), NewLimiter(connect())
		key := one.conn.Key(77%64, limitKey(77))
		if allowed := send(one, ingest.LimitPerSender/4, noon); allowed != ingest.LimitPerSender/4 {
			t.Fatalf("%d of the first are allowed", allowed)
		}
		one.exchange(t.Context(), noon)
		if n, err := one.conn.Exists(t.Context(), key).Result(); err != nil || n != 0 {
			t.Errorf("a sender who sends little is exchanged: %d keys, error %v", n, err)
		}
		send(one, ingest.LimitPerSender/2, noon) // three quarters
		one.exchange(t.Context(), noon)
		if left, err := one.conn.PTTL(t.Context(), key).Result(); err != nil || left <= 0 || left > ingest.LimitPeriod {
			t.Errorf("the key expires in %v, error %v; want it when the allowance is whole", left, err)
		}
		first := send(two, ingest.LimitPerSender/4+1, noon) // until it is shared
		two.exchange(t.Context(), noon)
		if rest := send(two, ingest.LimitPerSender, noon); first != ingest.LimitPerSender/4+1 || rest > 0 {
			t.Errorf("another process allows %d and then %d more, want %d and then none", first, rest, ingest.LimitPerSender/4+1)
		}
		one.exchange(t.Context(), noon)
		if rest := send(one, ingest.LimitPerSender, noon); rest > 0 {
			t.Errorf("the first process allows %d more, want none", rest)
		}
		// What was exchanged once is not exchanged again.
		for range 3 {
			one.exchange(t.Context(), noon)
			two.exchange(t.Context(), noon)
		}
		if later := send(one, ingest.LimitPerSender, noon.Add(ingest.LimitPeriod+time.Second)); later < ingest.LimitPerSender-ingest.LimitPerSender/4 {
			t.Errorf("a minute later %d are allowed", later)
		}
		// A sender that owes nothing is forgotten.
		for _, l := range []*Limiter{one, two} {
			if err := l.conn.Del(t.Context(), key).Err(); err != nil {
				t.Fatal(err)
			}
			l.exchange(t.Context(), noon)
			l.exchange(t.Context(), noon)
		}
		if len(two.unsent) != 0 {
			t.Errorf("%d senders are still exchanged, want none", len(two.unsent))
		}
	})
}
