package window

import "time"

// Slice is the number of an interval in which networks are counted: how many times
// SliceWidth lies between the Unix epoch and its start.
type Slice int64

// SliceOf returns the number of the slice that holds t.
func SliceOf(t time.Time) Slice {
	return Slice(t.UTC().Truncate(SliceWidth).Unix() / int64(SliceWidth/time.Second))
}

// FirstSlice returns the first of the slices that make up the last span up to at.
// It never is one of an earlier UTC day, because pseudonyms change at midnight.
func FirstSlice(at time.Time, span time.Duration) Slice {
	return max(SliceOf(at)-Slice(span/SliceWidth)+1, SliceOf(at.UTC().Truncate(24*time.Hour)))
}

// Start returns the start of the slice, in UTC.
func (s Slice) Start() time.Time { return time.Unix(int64(s)*int64(SliceWidth/time.Second), 0).UTC() }
