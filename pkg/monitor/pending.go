package monitor

import (
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// pending is what came in during the minutes that are not settled yet. As long
// as it stays the same, time alone can only make the counts more usual.
type pending struct {
	problems, visits int64
	blank            int // minutes in which nobody could count
}

// pendingOf sums up the minutes from next on, and by cell in t.
func pendingOf(buckets []window.Bucket, next time.Time, t *tally) (p pending) {
	t.reset()
	for _, b := range buckets {
		if b.Start.Before(next) {
			continue
		}
		t.add(b)
		for _, v := range b.Visits {
			p.visits += v.N
		}
		if !b.Known {
			p.blank++
		}
	}
	p.problems = t.total
	return p
}

// calm tells whether nothing is wrong with w.
func (w *watch) calm() bool { return len(w.minutes) > 0 && len(w.alarmed) == 0 && !w.troubled() }

// dozing tells whether w has nothing to judge: nobody reported since the last
// time, and nothing is wrong.
func (w *watch) dozing() bool { return !w.fresh && w.calm() }

// unchanged tells whether what is seen of w was judged already: no minute has
// closed since, nobody reported, and nothing is wrong.
func (w *watch) unchanged(s *sight) bool {
	return w.calm() && !w.next.Before(settled(s.now)) && pendingOf(s.buckets, w.next, s.pending) == w.pending
}

// again has the next tick judge w whatever it sees.
func (w *watch) again() { w.fresh, w.pending = true, pending{blank: -1} }
