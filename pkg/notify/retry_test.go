package notify

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// attempts returns when a message is tried that always fails, after its first
// attempt.
func attempts(random float64) (after []time.Duration) {
	at := noon
	for n := 1; ; n++ {
		after = append(after, at.Sub(noon))
		next, again := Retry(n, noon, at, 0, random)
		if !again {
			return after
		}
		at = next
	}
}

func TestAMessageIsTriedOverADayAndThenGivenUp(t *testing.T) {
	for _, random := range []float64{0, 0.5, 0.999} {
		all := attempts(random)
		if n := len(all); n < 15 || n > 40 || all[n-1] != GivenUpAfter {
			t.Errorf("with %v a message is tried %d times, last after %v; want 15 to 40 times, last after a day", random, n, all[n-1])
		}
		for i := 1; i < len(all); i++ {
			if gap := all[i] - all[i-1]; all[i] > time.Hour && all[i-1] < time.Hour && gap > 19*time.Minute {
				t.Errorf("with %v the pause at the end of the first hour is %v, want at most a quarter and its jitter", random, gap)
			}
		}
	}
	if early, late := attempts(0)[1], attempts(0.999)[1]; early != 3750*time.Millisecond || late < 6*time.Second {
		t.Errorf("the second attempts are after %v and %v, want 5 s with a quarter of jitter", early, late)
	}
}

func TestAReceiverMayAskForALongerPause(t *testing.T) {
	for _, x := range []struct{ asked, want time.Duration }{{time.Minute, time.Minute}, {time.Second, 5 * time.Second}, {48 * time.Hour, 2 * time.Hour}} {
		if at, again := Retry(1, noon, noon, x.asked, 0.5); !again || at.Sub(noon) != x.want {
			t.Errorf("Retry that is asked for %v waits %v, want %v", x.asked, at.Sub(noon), x.want)
		}
	}
}
