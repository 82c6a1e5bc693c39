package monitor

import (
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// pending is what was counted in the minutes that are not settled yet. While it
// stays the same, the passing of time only makes the counts less unusual, so a
// calm service need not be judged again.
type pending struct {
	problems, visits int64
	unknown          int // minutes in which nobody could count
}

// neverPending differs from all that can be counted.
var neverPending = pending{unknown: -1}

// pendingOf sums up the buckets from next on.
func pendingOf(buckets []window.Bucket, next time.Time) (p pending) {
	for _, b := range buckets {
		if b.Start.Before(next) {
			continue
		}
		for _, c := range b.Problems {
			p.problems += c.N
		}
		for _, v := range b.Visits {
			p.visits += v.N
		}
		if !b.Known {
			p.unknown++
		}
	}
	return p
}
