package notify

import "time"

// delays are the pauses after the first attempts. The last one is repeated. A
// receiver that was away for an hour is found again within a quarter of an hour.
var delays = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	15 * time.Minute, 15 * time.Minute, 15 * time.Minute, 15 * time.Minute, 15 * time.Minute, 15 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, time.Hour, 2 * time.Hour,
}

const (
	// GivenUpAfter is how long after its first attempt a message is given up.
	GivenUpAfter = 24 * time.Hour
	// longestWait bounds the pause that a receiver may ask for.
	longestWait = 2 * time.Hour
	// jitter is the part of a pause by which it may be shorter or longer.
	jitter = 0.25
)

// Retry returns when a message is tried again whose attempt number n failed at now,
// and reports whether it is tried again at all. Its first attempt was at first. The
// random number in [0, 1) spreads the attempts of many messages. A receiver that
// asks for a longer pause gets it, up to two hours.
func Retry(n int, first, now time.Time, asked time.Duration, random float64) (at time.Time, again bool) {
	if now.Sub(first) >= GivenUpAfter {
		return time.Time{}, false
	}
	pause := delays[min(max(n, 1), len(delays))-1]
	pause = time.Duration(float64(pause) * (1 - jitter + 2*jitter*random))
	pause = max(pause, min(asked, longestWait))
	at = now.Add(pause)
	if last := first.Add(GivenUpAfter); at.After(last) {
		at = last // the last attempt
	}
	return at, true
}
