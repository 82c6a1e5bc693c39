package sqlitestore

import (
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// Minutes are whole minutes since the Unix epoch, as in the archive.

const minutesOfDay = 24 * 60

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

func minuteTime(m int64) time.Time { return time.Unix(m*60, 0).UTC() }

// minuteFrom is the first minute that does not start before t.
func minuteFrom(t time.Time) int64 {
	m := minuteOf(t)
	if minuteTime(m).Before(t) {
		m++
	}
	return m
}

// Slices are numbered since the epoch, too.

const slicesKept = int64(window.SliceRetention / window.SliceWidth)

func sliceOf(millis int64) int64 { return millis / window.SliceWidth.Milliseconds() }
