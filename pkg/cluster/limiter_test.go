package cluster

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
)

// submit submits n times as one sender and returns how many of them were allowed.
func submit(l *Limiter, n int, at time.Time) (allowed int) {
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
		if allowed := submit(one, ingest.LimitPerSender/4, noon); allowed != ingest.LimitPerSender/4 {
			t.Fatalf("the first process allows %d, want %d", allowed, ingest.LimitPerSender/4)
		}
		one.exchange(t.Context(), noon)
		if n, err := one.conn.Client.Exists(t.Context(), key).Result(); err != nil || n != 0 {
			t.Errorf("EXISTS %s = %d, %v for a sender below the share; want 0 and no error", key, n, err)
		}
		submit(one, ingest.LimitPerSender/2, noon) // three quarters of the allowance
		one.exchange(t.Context(), noon)
		if left, err := one.conn.Client.PTTL(t.Context(), key).Result(); err != nil || left <= 0 || left > ingest.LimitPeriod {
			t.Errorf("PTTL %s = %v, %v; want more than 0 and at most %v", key, left, err, ingest.LimitPeriod)
		}
		first := submit(two, ingest.LimitPerSender/4+1, noon) // it does not know of the others yet
		two.exchange(t.Context(), noon)
		if rest := submit(two, ingest.LimitPerSender, noon); first != ingest.LimitPerSender/4+1 || rest > 0 {
			t.Errorf("the second process allows %d and after the exchange %d, want %d and 0", first, rest, ingest.LimitPerSender/4+1)
		}
		one.exchange(t.Context(), noon)
		if rest := submit(one, ingest.LimitPerSender, noon); rest > 0 {
			t.Errorf("the first process allows %d more after the exchange, want 0", rest)
		}
		// Further exchanges must not count the same submissions again.
		for range 3 {
			one.exchange(t.Context(), noon)
			two.exchange(t.Context(), noon)
		}
		if later := submit(one, ingest.LimitPerSender, noon.Add(ingest.LimitPeriod+time.Second)); later < ingest.LimitPerSender-ingest.LimitPerSender/4 {
			t.Errorf("the first process allows %d after %v, want at least %d", later, ingest.LimitPeriod+time.Second, ingest.LimitPerSender-ingest.LimitPerSender/4)
		}
		// A sender with a full allowance is forgotten.
		for _, l := range []*Limiter{one, two} {
			if err := l.conn.Client.Del(t.Context(), key).Err(); err != nil {
				t.Fatal(err)
			}
			l.exchange(t.Context(), noon)
			l.exchange(t.Context(), noon)
		}
		if len(two.unsent) != 0 {
			t.Errorf("len(two.unsent) = %d after the sender was forgotten, want 0", len(two.unsent))
		}
	})
}
