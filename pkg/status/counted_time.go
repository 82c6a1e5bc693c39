package status

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// countedTime is the part of a window that could be counted. Expected reports
// are for that part only. Its intervals do not touch.
type countedTime []interval

type interval struct{ from, to time.Time }

// countedTimeOf returns the counted time of buckets. The last bucket ends at
// now if it is still running.
func countedTimeOf(buckets []window.Bucket, now time.Time) countedTime {
	var c countedTime
	for _, b := range buckets {
		end := earlier(b.Start.Add(window.Width), now)
		switch {
		case !b.Known || !b.Start.Before(end):
		case len(c) > 0 && c[len(c)-1].to.Equal(b.Start):
			c[len(c)-1].to = end
		default:
			c = append(c, interval{b.Start, end})
		}
	}
	return c
}

// expected returns the reports that baseline expects in c.
func (c countedTime) expected(baseline *detect.Baseline) float64 {
	sum := 0.0
	for _, i := range c {
		sum += baseline.Expected(i.from, i.to)
	}
	return sum
}
