package ingest

import (
	"sync/atomic"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Via is the way on which a submission came, for metrics.
type Via uint8

// The ways.
const (
	ViaAPI       Via = iota // a call of the API without a key
	ViaAppKey               // a call with the key of an app
	ViaServerKey            // a call with a secret key
	ViaHostPage             // a script in a host page
	ViaFrame                // a frame in a host page
	ViaPage                 // our own pages
	ways
)

// String returns the name that metrics show.
func (v Via) String() string {
	return [ways]string{"api", "app_key", "server_key", "host_page", "frame", "page"}[v]
}

// Outcome is what became of a submission, for metrics.
type Outcome uint8

// The outcomes.
const (
	OutcomeCounted    Outcome = iota // counted, for the first time
	OutcomeRepeat                    // of a reporter within its cool-down
	OutcomeKnown                     // with an ID that was submitted before
	OutcomeDevices                   // of a device beyond the limit of its address
	OutcomeThrottled                 // beyond the rate limit, or of a blocked network
	OutcomeChallenged                // asked for a proof of work
	OutcomeNotStored                 // beyond what its network or holder may store
	OutcomeInvalid                   // refused by report.Validate
	OutcomeRefused                   // found the queue full or closed
	OutcomeFailed                    // the store could not count it
	outcomes
)

// String returns the name that metrics show.
func (o Outcome) String() string {
	return [outcomes]string{"counted", "repeat", "known", "too_many_devices", "throttled", "challenged", "not_stored", "invalid", "refused", "failed"}[o]
}

// Submissions are numbers of submissions by way and outcome.
type Submissions [ways][outcomes]int64

// Of returns the submissions with an outcome, of all ways together.
func (s *Submissions) Of(o Outcome) (n int64) {
	for _, byOutcome := range s {
		n += byOutcome[o]
	}
	return n
}

// Each calls f for every way and outcome.
func (s *Submissions) Each(f func(v Via, o Outcome, n int64)) {
	for v, byOutcome := range s {
		for o, n := range byOutcome {
			f(Via(v), Outcome(o), n)
		}
	}
}

// Stats are totals since the start, for metrics.
type Stats struct {
	Submissions   Submissions
	Batches       int64 // calls of the store
	Visits        int64 // visits counted
	VisitsFailed  int64 // visits that the store could not count
	VisitsDropped int64 // visits that found the queue full or closed
	VisitsLimited int64 // visits beyond the rate limit
	Waiting       int   // reports and visits that wait now
}

// counters are the totals of an Ingester.
type counters struct {
	submissions                                                 [ways][outcomes]atomic.Int64
	batches, visits, visitsFailed, visitsDropped, visitsLimited atomic.Int64
}

// Stats returns the totals.
func (in *Ingester) Stats() Stats {
	c := &in.totals
	s := Stats{
		Batches: c.batches.Load(), Visits: c.visits.Load(), VisitsFailed: c.visitsFailed.Load(), VisitsDropped: c.visitsDropped.Load(),
		VisitsLimited: c.visitsLimited.Load(), Waiting: in.queue.waiting(),
	}
	for v := range c.submissions {
		for o := range c.submissions[v] {
			s.Submissions[v][o] = c.submissions[v][o].Load()
		}
	}
	return s
}

// note adds n submissions with an outcome to the totals.
func (c *counters) note(v Via, o Outcome, n int) { c.submissions[v][o].Add(int64(n)) }

// add adds the outcomes of b to the totals.
func (c *counters) add(b *batch) {
	c.batches.Add(1)
	for i, o := range b.outcomes {
		switch isVisit := b.reports[i].Kind == report.Visit; {
		case isVisit && o.Status == window.Failed:
			c.visitsFailed.Add(1)
		case isVisit:
			c.visits.Add(1)
		default:
			c.note(b.ways[i], outcomeOf(o), 1)
		}
	}
}

// addFailed adds b, none of which was counted, to the totals.
func (c *counters) addFailed(b *batch) {
	for i, r := range b.reports {
		if r.Kind == report.Visit {
			c.visitsFailed.Add(1)
			continue
		}
		c.note(b.ways[i], OutcomeFailed, 1)
	}
}

// outcomeOf returns the outcome that metrics show for one of the store.
func outcomeOf(o window.Outcome) Outcome {
	switch {
	case o.Status == window.Failed:
		return OutcomeFailed
	case o.Resent:
		return OutcomeKnown
	case o.Status == window.Repeat:
		return OutcomeRepeat
	case o.Status == window.Limited:
		return OutcomeDevices
	}
	return OutcomeCounted
}
