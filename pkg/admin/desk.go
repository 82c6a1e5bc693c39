package admin

import (
	"context"
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Desk takes the actions of operators.
type Desk struct {
	Rules
	Trail     Trail
	Incidents Incidents
	Senders   Senders
	Wishes    Wishes
	// Seal returns the pseudonym of a network that is to be blocked.
	Seal func(network netip.Prefix, now time.Time) (report.Block, error)
	// SealSender returns the pseudonym of a network in the reports of a service at a
	// time.
	SealSender func(service string, network netip.Prefix, at, now time.Time) (report.Sender, error)
}

// Request checks an action that the holder of a key asks for at a time, and
// writes it into the audit trail. It is applied at the next tick of the monitor,
// which may still refuse it. An action with a wrong value gives an error of kind
// fault.Invalid, an incident that does not exist one of kind fault.NotFound.
func (d *Desk) Request(ctx context.Context, key Key, a Action, now time.Time) (Entry, error) {
	if err := d.Check(a); err != nil {
		return Entry{}, err
	}
	if a.Kind == Exclude {
		a.From, a.To = a.From.Truncate(window.Width), a.To.Truncate(window.Width)
		if err := d.checkExclusion(a, now); err != nil {
			return Entry{}, err
		}
	}
	switch {
	case a.Network == "":
	case a.Kind == Exclude:
		var err error
		if a, err = d.withSender(a, now); err != nil {
			return Entry{}, err
		}
	default:
		network, err := parseNetwork(a.Network)
		if err != nil {
			return Entry{}, err
		}
		block, err := d.Seal(network, now)
		if err != nil {
			return Entry{}, err
		}
		a.Network, a.Block = "", &block
	}
	// The number of an action that is not stored yet is 0, which no entry has.
	if _, err := a.Changes(ctx, 0, now, d.Incidents); err != nil {
		return Entry{}, err
	}
	return d.Trail.AddAction(ctx, Entry{At: now, Key: key, Action: a, State: Waiting})
}
