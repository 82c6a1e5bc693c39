package cluster

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/redisconn"
)

var (
	perAddress = limit.RateOf(limit.Reports, limit.Address).Burst
	period     = limit.RateOf(limit.Reports, limit.Address).Period
)

// submit submits n times as one sender and returns how many of them were allowed.
func submit(l *Limiter, n int, at time.Time) (allowed int) {
	for range n {
		if l.Take(limit.Reports, limit.Sender{77, 78, 79}, at).Allowed {
			allowed++
		}
	}
	return allowed
}

func TestProcessesShareAnAllowance(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		one, two := NewLimiter(connect()), NewLimiter(connect())
		key := one.conn.Key(77%64, allowance{limit.Reports, limit.Address, 77}.name())
		if allowed := submit(one, perAddress/4, noon); allowed != perAddress/4 {
			t.Fatalf("the first process allows %d, want %d", allowed, perAddress/4)
		}
		one.exchange(t.Context(), noon)
		if n, err := one.conn.Client.Exists(t.Context(), key).Result(); err != nil || n != 0 {
			t.Errorf("EXISTS %s = %d, %v for a sender below the share; want 0 and no error", key, n, err)
		}
		submit(one, perAddress/2, noon) // three quarters of the allowance
		one.exchange(t.Context(), noon)
		if left, err := one.conn.Client.PTTL(t.Context(), key).Result(); err != nil || left <= 0 || left > period {
			t.Errorf("PTTL %s = %v, %v; want more than 0 and at most %v", key, left, err, period)
		}
		first := submit(two, perAddress/4+1, noon) // it does not know of the others yet
		two.exchange(t.Context(), noon)
		if rest := submit(two, perAddress, noon); first != perAddress/4+1 || rest > 0 {
			t.Errorf("the second process allows %d and after the exchange %d, want %d and 0", first, rest, perAddress/4+1)
		}
		one.exchange(t.Context(), noon)
		if rest := submit(one, perAddress, noon); rest > 0 {
			t.Errorf("the first process allows %d more after the exchange, want 0", rest)
		}
		// Further exchanges must not count the same submissions again.
		for range 3 {
			one.exchange(t.Context(), noon)
			two.exchange(t.Context(), noon)
		}
		if later := submit(one, perAddress, noon.Add(period+time.Second)); later < perAddress-perAddress/4 {
			t.Errorf("the first process allows %d after %v, want at least %d", later, period+time.Second, perAddress-perAddress/4)
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

func TestProcessesShareTheAllowancesOfANetworkAndWhatIsGivenBack(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		one, two := NewLimiter(connect()), NewLimiter(connect())
		burst := limit.RateOf(limit.Rows, limit.Network).Burst
		take := func(l *Limiter, n, address int) (allowed int) {
			for i := range n {
				if l.Take(limit.Rows, limit.Sender{uint64(address + i), 78, 79}, noon).Allowed {
					allowed++
				}
			}
			return allowed
		}
		if allowed := take(one, burst/2, 0); allowed != burst/2 {
			t.Fatalf("the first process allows %d rows, want %d", allowed, burst/2)
		}
		first := take(two, burst/2, burst) // from other addresses of the same network
		one.exchange(t.Context(), noon)
		two.exchange(t.Context(), noon)
		if rest := take(two, 100, 0); first != burst/2 || rest > 0 {
			t.Errorf("the second process allows %d rows and after the exchange %d, want %d and 0", first, rest, burst/2)
		}
		key := one.conn.Key(78%64, allowance{limit.Rows, limit.Network, 78}.name())
		before, err := one.conn.Client.Get(t.Context(), key).Int64()
		if err != nil {
			t.Fatal(err)
		}
		const given = 1000
		for range given {
			one.GiveBack(limit.Rows, limit.Sender{1, 78, 79}, noon)
		}
		one.exchange(t.Context(), noon)
		after, err := one.conn.Client.Get(t.Context(), key).Int64()
		if err != nil {
			t.Fatal(err)
		}
		rate := limit.RateOf(limit.Rows, limit.Network)
		want := given * rate.Period.Microseconds() / int64(rate.Burst)
		if got := before - after; got != want {
			t.Errorf("the allowance of the network is full %d µs earlier, want %d", got, want)
		}
	})
}
