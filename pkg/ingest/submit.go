package ingest

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Receipt is the result of an accepted submission.
type Receipt struct {
	ID      uuid.UUID
	Service string
	Kind    report.Kind
	Symptom string
	Country string
	Status  window.Status  // Counted, Repeat, or Limited for too many devices at the address or reports of the network
	Resent  bool           // the ID was submitted before; Kind, Symptom, Country and Status are those of the first time
	Counted bool           // Status is Counted
	AsOf    time.Time      // when it was counted
	Limit   limit.Decision // also set with an error
}

// Item is one of many submissions.
type Item struct {
	report.Submission
	Sender
}

// Result is the Receipt of an Item, or an error.
type Result struct {
	Receipt
	Err error
}

// Submit has s counted and returns its receipt. It returns when the batch of s is
// counted. If the queue is full, or after Run has returned, it fails at once, so
// that clients back off and do not wait. It takes no context: the store answers
// in bounded time, and an accepted report is counted in any case.
//
// The error is fault.Limited for too many submissions of the sender,
// fault.NotFound or fault.Invalid for what report.Validate refuses, a ChallengeError
// while the service is under attack, and fault.Unavailable when the report could not be
// counted.
func (in *Ingester) Submit(s report.Submission, from Sender) (Receipt, error) {
	a, err := in.accept(s, from, in.Now())
	if err != nil {
		return Receipt{Limit: a.left}, err
	}
	if a.isSurplus {
		return a.surplus()
	}
	if err := in.claim(s, a); err != nil {
		return Receipt{Limit: a.left}, err
	}
	b, i, _, err := in.queue.add([]report.Report{a.Report}, from.Via, MaxBatch)
	if err != nil {
		in.totals.note(from.Via, OutcomeRefused, 1)
	} else {
		err = b.await()
	}
	if err != nil {
		in.giveBack(a)
		return Receipt{Limit: a.left}, err
	}
	receipt, err := in.finish(a, b.outcomes[i], b.asOf)
	if err == nil && !s.Claim.IsZero() && receipt.Resent && (receipt.Kind != a.Kind || receipt.Symptom != a.Symptom) {
		return Receipt{Limit: a.left}, errOtherBody // the claim was lost, the report was not
	}
	return receipt, err
}

// errOtherBody is the error of a request whose idempotency key belongs to another.
var errOtherBody = fault.Field("Idempotency-Key", "was used for another report in the last two hours; make a new key for each report, and send it again unchanged only after a lost answer")

// claim compares the request of a submission with the one that its idempotency key
// was first used for. It comes after the limits: a claim takes room in the store.
func (in *Ingester) claim(s report.Submission, a acceptance) error {
	if s.Claim.IsZero() || in.Claims == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	same, err := in.Claims.Claim(ctx, s.Service, s.Claim, a.Received)
	switch {
	case err != nil:
		in.giveBack(a)
		return err
	case !same:
		in.giveBack(a)
		return errOtherBody
	}
	return nil
}

// claimTimeout bounds how long a claim waits for the store.
const claimTimeout = 5 * time.Second

// SubmitAll submits items and returns a result for each, in order. If the queue
// has room for some of them only, it waits until those are counted, then goes on
// with the rest. If the queue has no room, the rest fails with
// fault.Unavailable.
func (in *Ingester) SubmitAll(items []Item) []Result {
	results := make([]Result, len(items))
	reports := make([]report.Report, 0, len(items))
	taken := make([]acceptance, 0, len(items)) // one for each report
	places := make([]int, 0, len(items))       // the index in results of each report
	now := in.Now()
	for i, item := range items {
		a, err := in.accept(item.Submission, item.Sender, now)
		switch {
		case err != nil:
			results[i] = Result{Receipt{Limit: a.left}, err}
		case a.isSurplus:
			results[i].Receipt, results[i].Err = a.surplus()
		default:
			results[i].Limit = a.left
			reports, taken, places = append(reports, a.Report), append(taken, a), append(places, i)
		}
	}
	for len(reports) > 0 {
		via := items[places[0]].Via // the items of one call came on one way
		b, first, n, err := in.queue.add(reports, via, MaxBatch)
		if err != nil {
			in.totals.note(via, OutcomeRefused, len(reports))
		} else {
			err = b.await()
		}
		if err != nil {
			for i, p := range places {
				results[p].Err = err
				in.giveBack(taken[i])
			}
			break
		}
		for i, a := range taken[:n] {
			res := &results[places[i]]
			res.Receipt, res.Err = in.finish(a, b.outcomes[first+i], b.asOf)
		}
		reports, taken, places = reports[n:], taken[n:], places[n:]
	}
	return results
}

// Visit has a view of a service's page by a person at addr counted. The visit is
// dropped if there are too many from the address, its network or its holder, if
// the queue has no room, or after Run has returned.
func (in *Ingester) Visit(service string, addr netip.Addr) {
	if !in.Rules.HasService(service) {
		return
	}
	now := in.Now().UTC()
	if !in.mayVisit(addr, now) {
		in.totals.visitsLimited.Add(1)
		return
	}
	r := report.Report{Service: service, Kind: report.Visit, Country: in.country(report.Unknown, Sender{Addr: addr}),
		Minute: window.Start(now), Received: now}
	if _, _, _, err := in.queue.add([]report.Report{r}, ViaPage, maxWaitingVisits); err != nil {
		in.totals.visitsDropped.Add(1)
	}
}

// acceptance is a report that is ready for the store.
type acceptance struct {
	report.Report
	left limit.Decision // of the rate limit
	// from takes from the allowance of rows, if the sender has one.
	from      limit.Sender
	takesRow  bool
	isSurplus bool // that allowance is exhausted: the report is not stored
}

// accept returns the report of s. With an error, only the decision of the rate
// limit is set.
func (in *Ingester) accept(s report.Submission, from Sender, now time.Time) (a acceptance, err error) {
	today, yesterday, err := in.Keys.Keys(now)
	if err != nil {
		return a, &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
			Msg: "reports cannot be taken right now; send it again in a moment", Err: err}
	}
	if until := in.Blocks.until(from.Addr, today, yesterday, now); !until.IsZero() {
		in.totals.note(from.Via, OutcomeThrottled, 1)
		return a, &fault.Error{Kind: fault.Limited, RetryAfter: until.Sub(now), Msg: "the operators of this server take no reports from this network at present"}
	}
	if a.left, err = in.limit(from, today, now); err != nil {
		return a, err
	}
	if a.Report, err = report.Validate(s, in.Rules, now); err != nil {
		in.totals.note(from.Via, OutcomeInvalid, 1)
		return a, err
	}
	if err := in.challenge(s, from, today, yesterday, now); err != nil {
		return a, err
	}
	a.Country = in.country(a.Country, from)
	in.identify(&a.Report, from, s.Device, today, yesterday)
	a.Devices = in.devices(&a.Report, from)
	if in.limits(from) {
		in.takeRow(&a, from.Via, from.limitKeys(today), now)
	}
	return a, nil
}

// finish returns the receipt of a report with its outcome.
func (in *Ingester) finish(a acceptance, o window.Outcome, asOf time.Time) (Receipt, error) {
	if o.Resent || o.Status == window.Failed { // nothing was stored
		in.giveBack(a)
	}
	return newReceipt(a.Report, o, asOf, a.left)
}

// newReceipt returns the receipt of a report with its outcome. The error is
// fault.Unavailable if the store failed.
func newReceipt(r report.Report, o window.Outcome, asOf time.Time, left limit.Decision) (Receipt, error) {
	if o.Status == window.Failed {
		return Receipt{Limit: left}, &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
			Msg: "the report could not be counted; send it again in a moment", Err: o.Err}
	}
	if o.Resent { // r was not counted now; the receipt describes the first submission
		r.Kind, r.Country, r.Symptom = o.Kind, o.Country, o.Symptom
	}
	return Receipt{ID: r.ID, Service: r.Service, Kind: r.Kind, Symptom: r.Symptom, Country: r.Country,
		Status: o.Status, Resent: o.Resent, Counted: o.Status == window.Counted, AsOf: asOf, Limit: left}, nil
}
