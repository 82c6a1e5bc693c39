package ingest

import (
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
)

const (
	// LimitPerSender is how many submissions one address may send in LimitPeriod,
	// at once or spread. It only protects the server, because repeats are not
	// counted anyway. It is high because a family shares one IPv4 address, and
	// the customers of a mobile carrier share a few.
	LimitPerSender = 120
	// LimitPeriod is the time in which an exhausted allowance is restored.
	LimitPeriod = time.Minute
)

// Limiter limits how often one sender may submit. The key is a pseudonym of the
// sender, never an address.
type Limiter interface {
	Allow(key uint64, now time.Time) Decision
}

// Decision is the answer of a Limiter, as the RateLimit headers need it. The
// zero Decision is for a sender without a limit.
type Decision struct {
	Allowed    bool
	Limit      int           // submissions of a full allowance
	Remaining  int           // submissions left
	RetryAfter time.Duration // time until one more is allowed; 0 if this one was
	Reset      time.Duration // time until the allowance is full again
}

// limit takes one submission from the sender's allowance. The error is
// fault.Limited.
func (in *Ingester) limit(from Sender, key *report.DayKey, now time.Time) (Decision, error) {
	if in.Limiter == nil || in.Unlimited || from.Exempt {
		return Decision{}, nil
	}
	d := in.Limiter.Allow(from.limitKey(key), now)
	if !d.Allowed {
		in.totals.throttled.Add(1)
		return d, &fault.Error{Kind: fault.Limited, RetryAfter: d.RetryAfter, Msg: "too many submissions from your network address; try again later"}
	}
	return d, nil
}
