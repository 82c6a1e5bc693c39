package status

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// exposure is the part of a window that could be counted: what is usual is
// reckoned for no more than that. Its stretches do not touch.
type countedTime []interval

type interval struct{ from, to time.Time }

// exposed returns the exposure of buckets, of which the last may be running at
// now.
func countedTimeOf(buckets []window.Bucket, now time.Time) countedTime {
	var e countedTime
	for _, b := range buckets {
		end := earlier(b.Start.Add(window.Width), now)
		switch {
		case !b.Known || !b.Start.Before(end):
		case len(e) > 0 && e[len(e)-1].to.Equal(b.Start):
			e[len(e)-1].to = end
		default:
			e = append(e, interval{b.Start, end})
		}
	}
	return e
}

// expect returns the reports that are usual in e.
func (e countedTime) expect(usual *detect.Baseline) float64 {
	sum := 0.0
	for _, s := range e {
		sum += usual.Expected(s.from, s.to)
	}
	return sum
}
