package ingest

import (
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Receipt says what became of a submission.
type Receipt struct {
	ID      uuid.UUID
	Service string
	Kind    report.Kind
	Symptom string
	Country string
	Status  window.Status // Counted, Repeat, or Limited: too many devices at its address
	Resent  bool          // the ID was seen before: Kind to Status are those of the first time
	Counted bool          // Status is Counted
	AsOf    time.Time     // when it was counted
	Limit   Decision      // set with an error too
}

// Item is one of many submissions.
type Item struct {
	report.Submission
	Sender
}

// Result is what became of an Item: a Receipt, or an error.
type Result struct {
	Receipt
	Err error
}

// Submit has s counted and says what became of it. It returns once the batch
// that holds s is counted. With the queue full, or after Run, it fails at once
// with fault.Unavailable, so that a client backs off instead of waiting. It
// takes no context: a store answers in bounded time, and what was accepted is
// counted anyway.
//
// The error is fault.Limited for too many submissions of the sender,
// fault.NotFound or fault.Invalid for what report.Validate refuses, and
// fault.Unavailable for what could not be counted now.
func (in *Ingester) Submit(s report.Submission, from Sender) (Receipt, error) {
	r, limit, err := in.accept(s, from, in.Now())
	if err != nil {
		return Receipt{Limit: limit}, err
	}
	b, i, _, err := in.queue.add([]report.Report{r}, MaxBatch)
	if err != nil {
		in.totals.refused.Add(1)
		return Receipt{Limit: limit}, err
	}
	if err := b.await(); err != nil {
		return Receipt{Limit: limit}, err
	}
	return newReceipt(r, b.outcomes[i], b.asOf, limit)
}

// SubmitAll submits many items, of which each has its own result, in order. It
// takes the room there is in the queue, waits, and goes on with the rest; with
// no room at all the rest fails with fault.Unavailable.
func (in *Ingester) SubmitAll(items []Item) []Result {
	results := make([]Result, len(items))
	reports := make([]report.Report, 0, len(items))
	places := make([]int, 0, len(items)) // of each report in results
	now := in.Now()
	for i, item := range items {
		r, limit, err := in.accept(item.Submission, item.Sender, now)
		results[i] = Result{Receipt{Limit: limit}, err}
		if err == nil {
			reports = append(reports, r)
			places = append(places, i)
		}
	}
	for len(reports) > 0 {
		b, first, n, err := in.queue.add(reports, MaxBatch)
		if err != nil {
			in.totals.refused.Add(int64(len(reports)))
		} else {
			err = b.await()
		}
		if err != nil {
			for _, p := range places {
				results[p].Err = err
			}
			break
		}
		for i, r := range reports[:n] {
			res := &results[places[i]]
			res.Receipt, res.Err = newReceipt(r, b.outcomes[first+i], b.asOf, res.Limit)
		}
		reports, places = reports[n:], places[n:]
	}
	return results
}

// Visit counts a view of a service's page by a person at addr, as well as it
// can: with no room in the queue, or after Run, the visit is dropped.
func (in *Ingester) Visit(service string, addr netip.Addr) {
	if !in.Rules.HasService(service) {
		return
	}
	now := in.Now().UTC()
	r := report.Report{Service: service, Kind: report.Visit, Country: in.country(report.Unknown, Sender{Addr: addr}),
		Minute: window.Start(now), Received: now}
	if _, _, _, err := in.queue.add([]report.Report{r}, maxWaitingVisits); err != nil {
		in.totals.visitsDropped.Add(1)
	}
}

// accept turns s into the report that the store may count, or says why not.
func (in *Ingester) accept(s report.Submission, from Sender, now time.Time) (report.Report, Decision, error) {
	today, yesterday, err := in.Keys.Keys(now)
	if err != nil {
		return report.Report{}, Decision{}, &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
			Msg: "reports cannot be taken right now; send it again in a moment", Err: err}
	}
	limit, err := in.limit(from, today, now)
	if err != nil {
		return report.Report{}, limit, err
	}
	r, err := report.Validate(s, in.Rules, now)
	if err != nil {
		return report.Report{}, limit, err
	}
	r.Country = in.country(r.Country, from)
	in.identify(&r, from, s.Device, today, yesterday)
	return r, limit, nil
}

// receipt is the answer for a report with its outcome.
func newReceipt(r report.Report, o window.Outcome, asOf time.Time, limit Decision) (Receipt, error) {
	if o.Status == window.Failed {
		return Receipt{Limit: limit}, &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
			Msg: "the report could not be counted; send it again in a moment", Err: o.Err}
	}
	if o.Resent { // and r may say something else, which counts for nothing
		r.Kind, r.Country, r.Symptom = o.Kind, o.Country, o.Symptom
	}
	return Receipt{ID: r.ID, Service: r.Service, Kind: r.Kind, Symptom: r.Symptom, Country: r.Country,
		Status: o.Status, Resent: o.Resent, Counted: o.Status == window.Counted, AsOf: asOf, Limit: limit}, nil
}
