package ingest

import (
	"sync/atomic"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Stats are totals since the start, for metrics.
type Stats struct {
	Batches       int64 // calls of the store
	Counted       int64 // reports counted, without resent ones
	Repeats       int64 // reports of a reporter within its cool-down
	Limited       int64 // reports of devices beyond the limit of their address
	Resent        int64 // reports with an ID that was submitted before
	Failed        int64 // reports and visits that the store could not count
	Throttled     int64 // submissions beyond the rate limit
	Surplus       int64 // reports beyond what their network or holder may store
	Challenged    int64 // submissions that were asked for a proof of work
	Refused       int64 // submissions that found the queue full or closed
	Visits        int64 // visits counted
	VisitsDropped int64 // visits that found the queue full or closed
	VisitsLimited int64 // visits beyond the rate limit
	Waiting       int   // reports and visits that wait now
}

// counters are the totals of an Ingester.
type counters struct {
	batches, counted, repeats, limited, resent, failed, throttled, refused, visits, visitsDropped, visitsLimited, surplus, challenged atomic.Int64
}

// Stats returns the totals.
func (in *Ingester) Stats() Stats {
	c := &in.totals
	return Stats{
		Batches: c.batches.Load(), Counted: c.counted.Load(), Repeats: c.repeats.Load(), Limited: c.limited.Load(),
		Resent: c.resent.Load(), Failed: c.failed.Load(), Throttled: c.throttled.Load(), Refused: c.refused.Load(),
		Visits: c.visits.Load(), VisitsDropped: c.visitsDropped.Load(), VisitsLimited: c.visitsLimited.Load(), Surplus: c.surplus.Load(), Challenged: c.challenged.Load(), Waiting: in.queue.waiting(),
	}
}

// add adds the outcomes of b to the totals.
func (c *counters) add(b *batch) {
	var counted, repeats, limited, resent, failed, visits int64
	for i, o := range b.outcomes {
		switch {
		case o.Status == window.Failed:
			failed++
		case b.reports[i].Kind == report.Visit:
			visits++
		case o.Resent:
			resent++
		case o.Status == window.Counted:
			counted++
		case o.Status == window.Repeat:
			repeats++
		case o.Status == window.Limited:
			limited++
		}
	}
	c.batches.Add(1)
	c.counted.Add(counted)
	c.repeats.Add(repeats)
	c.limited.Add(limited)
	c.resent.Add(resent)
	c.failed.Add(failed)
	c.visits.Add(visits)
}
