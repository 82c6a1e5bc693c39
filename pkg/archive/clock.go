package archive

import "time"

// minuteOf and its fellows turn times into the integers of the tables and
// back. The zero time is 0 in milliseconds.

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// minuteFrom is the first whole minute that does not start before t.
func minuteFrom(t time.Time) int64 {
	m := minuteOf(t)
	if minuteTime(m).Before(t) {
		m++
	}
	return m
}

func minuteTime(m int64) time.Time { return time.Unix(m*60, 0).UTC() }

func minutes(d time.Duration) int64 { return int64(d / time.Minute) }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func milliTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
