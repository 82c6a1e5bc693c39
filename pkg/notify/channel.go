package notify

import (
	"context"
	"time"
)

// Channel brings messages to receivers of one kind.
type Channel interface {
	// Deliver makes one attempt. It must end when ctx ends, and it may be called
	// concurrently, but never twice at once for one subscription.
	Deliver(ctx context.Context, d Delivery) Outcome
}

// Delivery is one attempt to bring a message to its receiver.
type Delivery struct {
	Subscription Subscription
	Private      Private // opened
	Message      Message
	Text         Text
	Attempt      int // 1 for the first one
	At           time.Time
}

// Text is a message in the language of the subscription, without markup.
type Text struct {
	Title string // one line
	Body  string // sentences
	URL   string // the page of the incident; empty without a public URL
}

// Result is what became of an attempt.
type Result string

// All results.
const (
	Delivered Result = "delivered"
	Failed    Result = "failed"   // it is tried again
	Rejected  Result = "rejected" // it is given up: trying again cannot help
	Gone      Result = "gone"     // the receiver wants nothing any more; the subscription ends
)

// Outcome is what became of an attempt, as the log of deliveries shows it.
type Outcome struct {
	Result Result
	Status int    // of the protocol, such as an HTTP status; 0 without one
	Detail string // in a few words, without addresses and secrets
	// RetryAfter is how long the receiver asks to be left alone after a failure; 0
	// if it does not say.
	RetryAfter time.Duration
}
