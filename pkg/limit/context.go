package limit

import (
	"context"
	"time"
)

// senderKey is the key of what With notes.
type senderKey struct{}

// charged is the sender of a request with the limiter that it is charged at.
type charged struct {
	limiter Limiter
	from    Sender
}

// With returns ctx with a note of who sent its request. What costs more than was
// known when the request arrived can then be taken from the allowances of the
// sender.
func With(ctx context.Context, limiter Limiter, from Sender) context.Context {
	return context.WithValue(ctx, senderKey{}, charged{limiter, from})
}

// Charge takes one from the allowances of the sender of ctx. Without a note of
// the sender it is allowed.
func Charge(ctx context.Context, class Class, now time.Time) Decision {
	c, noted := ctx.Value(senderKey{}).(charged)
	if !noted {
		return Decision{Class: class, Allowed: true}
	}
	return c.limiter.Take(class, c.from, now)
}
