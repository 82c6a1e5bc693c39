package ingest

import (
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
)

const (
	// LimitPerSender submissions in LimitPeriod are what one address may send, at
	// once or spread. A repeat is not counted anyway, so that the limit only
	// protects the server; it is generous because a family shares one IPv4
	// address, and in a carrier's network a whole town.
	LimitPerSender = 120
	// LimitPeriod is the time in which a used-up allowance is whole again.
	LimitPeriod = time.Minute
)

// Limiter bounds how often one sender may submit. The key is a pseudonym,
// never an address.
type Limiter interface {
	Allow(key uint64, now time.Time) Decision
}

// Decision is a limiter's answer, as the RateLimit headers tell it. The zero
// Decision stands for a sender without limit.
type Decision struct {
	Allowed    bool
	Limit      int           // submissions that a whole allowance holds
	Remaining  int           // submissions left of it
	RetryAfter time.Duration // when one more is allowed; 0 if this one was
	Reset      time.Duration // when the allowance is whole again
}

// limit asks the limiter for one submission of the sender. Its error is a
// fault.Limited.
func (in *Ingester) limit(from Sender, key *report.DayKey, now time.Time) (Decision, error) {
	if in.Limiter == nil || in.Unlimited || from.Exempt {
		return Decision{}, nil
	}
	d := in.Limiter.Allow(from.pseudonym(key), now)
	if !d.Allowed {
		in.totals.throttled.Add(1)
		return d, &fault.Error{Kind: fault.Limited, RetryAfter: d.RetryAfter, Msg: "too many submissions from your network address; try again later"}
	}
	return d, nil
}
