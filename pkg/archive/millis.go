package archive

import "time"

// millis returns t as milliseconds since the Unix epoch. The zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// milliTime returns the time of milliseconds since the Unix epoch, in UTC. 0 is
// the zero time.
func milliTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
