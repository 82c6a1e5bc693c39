package ingest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheLimiterRefillsEvenly(t *testing.T) {
	const s = time.Second
	l := NewLocalLimiter(3, 6*s) // one every 2 s
	for _, step := range []struct {
		at   time.Duration
		want Decision
	}{
		{0, Decision{Allowed: true, Limit: 3, Remaining: 2, Reset: 2 * s}},
		{0, Decision{Allowed: true, Limit: 3, Remaining: 1, Reset: 4 * s}},
		{0, Decision{Allowed: true, Limit: 3, Remaining: 0, Reset: 6 * s}},
		{0, Decision{Limit: 3, RetryAfter: 2 * s, Reset: 6 * s}},
		{1 * s, Decision{Limit: 3, RetryAfter: 1 * s, Reset: 5 * s}},
		{2*s - 1, Decision{Limit: 3, RetryAfter: 1, Reset: 4*s + 1}},
		{2 * s, Decision{Allowed: true, Limit: 3, Remaining: 0, Reset: 6 * s}},
		{7 * s, Decision{Allowed: true, Limit: 3, Remaining: 1, Reset: 3 * s}}, // 5 s are two and a half
		{60 * s, Decision{Allowed: true, Limit: 3, Remaining: 2, Reset: 2 * s}},
	} {
		if got := l.Allow(7, noon.Add(step.at)); got != step.want {
			t.Errorf("Allow after %v = %+v, want %+v", step.at, got, step.want)
		}
	}
	if got := l.Allow(8, noon); got.Remaining != 2 {
		t.Errorf("another sender has %d left, want 2", got.Remaining)
	}
}

func TestTheLimiterForgivesAfterTheClockWentBack(t *testing.T) {
	l := NewLocalLimiter(3, 6*time.Second)
	l.Allow(7, noon.AddDate(1, 0, 0))
	if got := l.Allow(7, noon); !got.Allowed || got.Remaining != 2 {
		t.Errorf("Allow = %+v, want a whole allowance", got)
	}
	for range 3 {
		l.Allow(7, noon)
	}
	if got := l.Allow(7, noon.Add(-time.Millisecond)); got.Allowed {
		t.Errorf("a millisecond back Allow = %+v, want the allowance still used up", got)
	}
}

func TestTheLimiterAllowsNoMoreUnderConcurrency(t *testing.T) {
	const allowed = 500
	l := NewLocalLimiter(allowed, time.Minute)
	var let atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range allowed / 4 {
				if l.Allow(7, noon).Allowed {
					let.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if let.Load() != allowed {
		t.Errorf("%d of %d submissions allowed, want %d", let.Load(), 2*allowed, allowed)
	}
}

func TestTheLimitOfASenderIsWholeAfterItsPeriod(t *testing.T) {
	l := NewLocalLimiter(LimitPerSender, LimitPeriod)
	for range LimitPerSender {
		if !l.Allow(7, noon).Allowed {
			t.Fatal("refused within the allowance")
		}
	}
	if got := l.Allow(7, noon); got.Allowed || got.Reset != LimitPeriod {
		t.Errorf("Allow = %+v, want it refused and whole again in %v", got, LimitPeriod)
	}
}

func BenchmarkLocalLimiter(b *testing.B) {
	l := NewLocalLimiter(LimitPerSender, LimitPeriod)
	now := time.Now()
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		l.Allow(i, now)
	}
}
