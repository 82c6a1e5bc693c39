package window

import "time"

// Minute is the number of a bucket: how many times Width lies between the Unix
// epoch and its start. Stores and the archive keep it instead of a time.
type Minute int64

// minutesOfDay is how many buckets start in a UTC day.
const minutesOfDay = Minute(24 * time.Hour / Width)

// MinuteOf returns the number of the bucket that holds t.
func MinuteOf(t time.Time) Minute { return Minute(Start(t).Unix() / int64(Width/time.Second)) }

// FirstMinute returns the number of the first bucket that does not start
// before t.
func FirstMinute(t time.Time) Minute {
	m := MinuteOf(t)
	if m.Start().Before(t) {
		m++
	}
	return m
}

// Minutes returns how many buckets follow each other in d, rounded down.
func Minutes(d time.Duration) Minute { return Minute(d / Width) }

// Start returns the start of the bucket, in UTC.
func (m Minute) Start() time.Time { return time.Unix(int64(m)*int64(Width/time.Second), 0).UTC() }

// Duration returns how long m buckets last.
func (m Minute) Duration() time.Duration { return time.Duration(m) * Width }

// Day returns the UTC day that the bucket is part of, in days since the Unix
// epoch.
func (m Minute) Day() int64 { return int64(m / minutesOfDay) }

// FirstOfDay returns the number of the first bucket of a UTC day, which is given
// in days since the Unix epoch.
func FirstOfDay(day int64) Minute { return Minute(day) * minutesOfDay }
