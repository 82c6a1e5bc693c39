// Package limit decides how often senders may do something. A sender has an
// allowance as an address, as a part of its network, and as a part of what one
// party holds, and needs all three: who holds many addresses has no more than
// the allowance of a holder.
//
// Allowances refill evenly. They use GCRA, the generic cell rate algorithm, which
// keeps one time for each. They protect the server; what counts as independent
// is not decided here.
package limit

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Level is a level of the hierarchy of addresses.
type Level int

// The levels, from the smallest.
const (
	Address Level = iota // an IPv4 address, or an IPv6 /64: a household, or many customers of a carrier
	Network              // a /24 or a /48
	Holder               // a /16 or a /29: what one party is likely to hold

	Levels // their number
)

// String returns the level as error messages name it.
func (l Level) String() string {
	return [...]string{"your network address", "the network of your address", "the range of addresses that yours belongs to"}[l]
}

// Sender holds the pseudonyms of a sender at each level. They are made with the
// key of a day and are never stored.
type Sender [Levels]uint64

// SenderAt returns the pseudonyms of addr. An IPv6 address that embeds an IPv4
// address is that one.
func SenderAt(key *report.DayKey, addr netip.Addr) Sender {
	return Sender{key.Household(addr), key.NetworkLimit(addr), key.HolderLimit(addr)}
}

// Limiter takes from allowances. It is safe for concurrent use.
type Limiter interface {
	// Take takes one from the allowances of a sender at every level, or from none
	// of them if one is exhausted.
	Take(class Class, from Sender, now time.Time) Decision
	// GiveBack returns what an earlier Take took.
	GiveBack(class Class, from Sender, now time.Time)
}

// Decision is the answer of a Limiter, as the RateLimit headers need it. The
// zero Decision is for a sender without a limit.
type Decision struct {
	Class      Class
	Level      Level // that refuses, or else the one with the smallest part left
	Allowed    bool
	Limit      int           // of a full allowance
	Remaining  int           // what is left
	Period     time.Duration // in which an exhausted allowance is full again
	RetryAfter time.Duration // time until one more is allowed; 0 if this one was
	Reset      time.Duration // time until the allowance is full again
}

// Policy returns the name of the allowance that decided, for the RateLimit headers.
func (d Decision) Policy() string {
	return d.Class.String() + [...]string{"", "-of-network", "-of-holder"}[d.Level]
}
