package ingest

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
)

// limit takes one submission from the allowances of the sender. The error is
// fault.Limited.
func (in *Ingester) limit(from Sender, key *report.DayKey, now time.Time) (limit.Decision, error) {
	if !in.limits(from) {
		return limit.Decision{}, nil
	}
	d := in.Limiter.Take(limit.Reports, from.limitKeys(key), now)
	if !d.Allowed {
		in.totals.note(from.Via, OutcomeThrottled, 1)
		return d, &fault.Error{Kind: fault.Limited, RetryAfter: d.RetryAfter, Msg: "too many submissions from " + d.Level.String() + "; try again later"}
	}
	return d, nil
}

// mayVisit takes one visit from the allowances of an address. Without a key of
// the day nothing can be counted, and so nothing is limited.
func (in *Ingester) mayVisit(addr netip.Addr, now time.Time) bool {
	from := Sender{Addr: addr}
	today, yesterday, err := in.Keys.Keys(now)
	if err == nil && !in.Blocks.until(addr, today, yesterday, now).IsZero() {
		return false
	}
	return err != nil || !in.limits(from) || in.Limiter.Take(limit.Visits, from.limitKeys(today), now).Allowed
}

// limits reports whether the sender has allowances.
func (in *Ingester) limits(from Sender) bool {
	return in.Limiter != nil && !in.Unlimited && !from.Exempt
}

// limitKeys returns the sender's pseudonyms for a Limiter, which are the same for
// all services. A source without an address is a holder of its own.
func (s Sender) limitKeys(key *report.DayKey) limit.Sender {
	if s.Addr.IsValid() {
		return limit.SenderAt(key, s.Addr)
	}
	source := key.SourceLimit(s.Source)
	return limit.Sender{source, source, source}
}
