// Package steady says when a clock can be believed. What deletes something, destroys
// a key or makes a number final for ever must not happen because a clock was wrong
// for a minute: a virtual machine that resumes, a time server that errs, an operator
// who mistypes a date.
//
// A time is confirmed by looks that agree: between them the clock has moved on as
// the monotonic clock has, which nobody sets, for at least Apart.
package steady

import "time"

const (
	// Apart is how far the first and the last of the looks must be apart.
	Apart = 5 * time.Minute
	// maxDrift is how much two clocks may differ between one look and the next.
	// A time server that corrects a clock slowly stays far below it.
	maxDrift = 5 * time.Second
)

// Look is what the clocks show at one moment.
type Look struct {
	Wall time.Time
	// Elapsed is the monotonic clock: the time since some fixed moment.
	Elapsed time.Duration
}

// Clock confirms times. The zero Clock has seen none. It is for one goroutine.
type Clock struct {
	began   time.Time // from which LookAt measures
	hasLook bool
	first   Look // of those that agree up to last
	last    Look
}

// LookAt returns the look of a time that time.Now or a ticker gave, which has a
// reading of the monotonic clock.
func (c *Clock) LookAt(now time.Time) Look {
	if c.began.IsZero() {
		c.began = now
	}
	return Look{Wall: now.Round(0), Elapsed: now.Sub(c.began)}
}

// Confirm takes a look, and reports whether its time is confirmed, and whether the
// clock has jumped since the look before.
func (c *Clock) Confirm(l Look) (isConfirmed, hasJumped bool) {
	hasJumped = c.hasLook && !agree(c.last, l)
	if !c.hasLook || hasJumped {
		c.first = l
	}
	c.hasLook, c.last = true, l
	return l.Elapsed-c.first.Elapsed >= Apart, hasJumped
}

// agree reports whether the clock has moved on from a to b as the monotonic one.
func agree(a, b Look) bool {
	return (b.Wall.Sub(a.Wall) - (b.Elapsed - a.Elapsed)).Abs() <= maxDrift
}
