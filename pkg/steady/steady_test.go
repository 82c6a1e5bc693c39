package steady

import (
	"testing"
	"testing/synctest"
	"time"
)

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

// looks takes a look a minute, where the clock is ahead by the nth of errs, and
// returns the minutes in which the time is confirmed.
func looks(c *Clock, errs ...time.Duration) (confirmed []int) {
	for n, ahead := range errs {
		elapsed := time.Duration(n) * time.Minute
		if ok, _ := c.Confirm(Look{noon.Add(elapsed + ahead), elapsed}); ok {
			confirmed = append(confirmed, n)
		}
	}
	return confirmed
}

func TestATimeIsConfirmedByLooksThatAgree(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name string
		errs []time.Duration
		want []int
	}{
		{"a clock that is right", make([]time.Duration, 8), []int{5, 6, 7}},
		{"ten days ahead for a minute", []time.Duration{0, 0, 0, 0, 0, 0, 10 * day, 0, 0, 0, 0, 0, 0}, []int{5, 12}},
		{"ten days ahead for four minutes", []time.Duration{0, 10 * day, 10 * day, 10 * day, 10 * day, 0}, nil},
		{"an hour back for good", []time.Duration{0, 0, 0, 0, 0, 0, -time.Hour, -time.Hour, -time.Hour, -time.Hour, -time.Hour, -time.Hour}, []int{5, 11}},
		{"to and fro", []time.Duration{0, day, 0, day, 0, day, 0, day, 0}, nil},
		{"corrected slowly", []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second, 6 * time.Second}, []int{5, 6}},
	} {
		got := looks(&Clock{}, c.errs...)
		if len(got) != len(c.want) {
			t.Errorf("%s: confirmed in the minutes %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: confirmed in the minutes %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

func TestAJumpIsNoticedOnce(t *testing.T) {
	var c Clock
	var jumps []bool
	for n, ahead := range []time.Duration{0, 0, time.Hour, time.Hour} {
		elapsed := time.Duration(n) * time.Minute
		_, hasJumped := c.Confirm(Look{noon.Add(elapsed + ahead), elapsed})
		jumps = append(jumps, hasJumped)
	}
	if jumps[0] || jumps[1] || !jumps[2] || jumps[3] {
		t.Errorf("jumps noticed: %v, want only the third look", jumps)
	}
}

func TestLooksOfTheSystemClockAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		for n := range 7 {
			if ok, hasJumped := c.Confirm(c.LookAt(time.Now())); ok != (n >= 5) || hasJumped {
				t.Errorf("minute %d: confirmed %v, jumped %v", n, ok, hasJumped)
			}
			time.Sleep(time.Minute)
		}
	})
}
