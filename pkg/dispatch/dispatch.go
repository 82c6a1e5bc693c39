// Package dispatch brings messages to their receivers. Its loop has the outbox
// decided, claims the messages that are due, has a channel deliver each, and notes
// what became of it. It decides nothing itself: package notify has the rules, and
// package archive the queue.
//
// One process at a time dispatches. If two overlap for a moment, the claims in the
// archive keep each message with one of them.
package dispatch

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	random "math/rand/v2"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/streak"
)

const (
	// interval is the time between two looks at the outbox.
	interval = time.Second
	// pages bounds what is decided before messages are delivered again. Each page is a
	// transaction.
	pages = 50
	// workers bounds the deliveries that run at once, retriers those among them that
	// have failed before: receivers that do not answer leave room for the others.
	workers  = 32
	retriers = workers / 2
	// timeout bounds one delivery, and noting bounds what the archive may take to note
	// it. claimTime is longer than both, so that a claim is not over before.
	timeout = 15 * time.Second
	// grace is how long deliveries that run may take once the process stops.
	grace  = 5 * time.Second
	noting = 10 * time.Second
	// deciding bounds what the archive may take to decide and to claim.
	deciding  = 20 * time.Second
	claimTime = time.Minute
)

// Outbox is what a Dispatcher needs of the archive.
type Outbox interface {
	FanOut(ctx context.Context, about archive.AboutFunc, now time.Time) (more bool, err error)
	Ripen(ctx context.Context, about archive.AboutFunc, now time.Time) (more bool, err error)
	ClaimMessages(ctx context.Context, c archive.Claim) ([]archive.Claimed, error)
	FinishAttempts(ctx context.Context, attempts []archive.Attempt, now time.Time) error
	ReleaseClaims(ctx context.Context, by string) error
}

// Options are the parts of a Dispatcher.
type Options struct {
	Outbox   Outbox
	Channels map[string]notify.Channel // by the Channel of a subscription
	Key      *seal.Key                 // opens subscriptions
	// About returns the provider and the category of a service.
	About archive.AboutFunc
	// Word words a message in a language.
	Word func(m notify.Message, language string) notify.Text
	// Leads reports whether this process is the one that dispatches. If it is nil,
	// there is no other one.
	Leads     func() bool
	Simulated bool
	// Attempted is called after every attempt to deliver a message. It may be nil.
	Attempted func(channel string, result notify.Result, took time.Duration)
	Log       *slog.Logger
	Now       func() time.Time
}

// Dispatcher dispatches messages. Tick and Settle may not be called concurrently.
type Dispatcher struct {
	Options
	process string // the name of this process, made anew at each start
	results chan archive.Attempt
	running int // deliveries whose result was not received yet
	// unnoted are attempts that the archive could not take yet. They count as
	// running, so there are never more than workers.
	unnoted []archive.Attempt
	streak  *streak.Streak
}

// New returns a Dispatcher that has dispatched nothing yet.
func New(o Options) *Dispatcher {
	return &Dispatcher{
		Options: o, process: rand.Text(), results: make(chan archive.Attempt, workers),
		streak: streak.New(o.Log, slog.LevelWarn, "messages cannot be dispatched; they wait in the archive", "messages are dispatched again"),
	}
}

// Run dispatches until ctx ends. Then it waits for the deliveries that run and
// notes them.
func (d *Dispatcher) Run(ctx context.Context) error {
	if d.Leads == nil { // claims that exist are those of a process that was killed
		if err := d.Outbox.ReleaseClaims(ctx, ""); err != nil && ctx.Err() == nil {
			d.Log.Warn("messages that the process before this one was sending wait up to a minute", "error", err)
		}
	}
	// Deliveries go on when ctx ends, so that those that arrive are noted.
	delivering, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		d.streak.Note(d.Tick(delivering, d.Now()))
		select {
		case <-ctx.Done():
			defer time.AfterFunc(grace, cutOff).Stop()
			return d.stop(context.WithoutCancel(ctx))
		case <-ticker.C:
		case result := <-d.results:
			d.collect(result)
		}
	}
}

// stop waits for the deliveries that run, and notes them.
func (d *Dispatcher) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, grace+noting)
	defer cancel()
	if err := d.Settle(ctx, d.Now()); err != nil {
		d.Log.Warn("some deliveries could not be noted; they are made again under the same IDs", "error", err)
		return nil
	}
	if err := d.Outbox.ReleaseClaims(ctx, d.process); err != nil {
		d.Log.Warn("messages that this process had taken wait up to a minute for another one", "error", err)
	}
	return nil
}

// Tick has the outbox decided at a time, and begins the deliveries that are due.
func (d *Dispatcher) Tick(ctx context.Context, now time.Time) error {
	if err := d.note(ctx, now); err != nil {
		return err
	}
	if d.Leads != nil && !d.Leads() {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, deciding)
	defer cancel()
	for _, work := range []func(context.Context, archive.AboutFunc, time.Time) (bool, error){d.Outbox.FanOut, d.Outbox.Ripen} {
		for range pages {
			more, err := work(limited, d.About, now)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	free := workers - d.running
	if free <= 0 {
		return nil
	}
	claimed, err := d.Outbox.ClaimMessages(limited, archive.Claim{
		By: d.process, Now: now, Until: now.Add(claimTime), Limit: free, Retries: max(0, free-(workers-retriers)),
	})
	if err != nil {
		return err
	}
	for _, c := range claimed {
		d.running++
		go d.deliver(ctx, c, now) // ends within timeout, and then d receives its result
	}
	return nil
}

// Settle waits until no delivery runs, and notes them all.
func (d *Dispatcher) Settle(ctx context.Context, now time.Time) error {
	for d.running > len(d.unnoted) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case result := <-d.results:
			d.collect(result)
		}
	}
	return d.note(ctx, now)
}

// collect takes a result and all others that have come.
func (d *Dispatcher) collect(result archive.Attempt) {
	d.unnoted = append(d.unnoted, result)
	for {
		select {
		case result := <-d.results:
			d.unnoted = append(d.unnoted, result)
		default:
			return
		}
	}
}

// note has the archive note the results.
func (d *Dispatcher) note(ctx context.Context, now time.Time) error {
	if len(d.unnoted) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, noting)
	defer cancel()
	if err := d.Outbox.FinishAttempts(ctx, d.unnoted, now); err != nil {
		return err
	}
	d.running -= len(d.unnoted)
	d.unnoted = nil
	return nil
}

// deliver makes one attempt and sends what became of it.
func (d *Dispatcher) deliver(ctx context.Context, c archive.Claimed, now time.Time) {
	began := time.Now()
	outcome := d.attempt(ctx, c, now)
	level, msg := slog.LevelDebug, "a message was delivered to a subscriber"
	if outcome.Result != notify.Delivered {
		level, msg = slog.LevelInfo, "a message could not be delivered to a subscriber"
	}
	d.Log.Log(ctx, level, msg, "message", c.Message.ID, "kind", string(c.Message.Kind), "channel", c.Subscription.Channel,
		"subscription", c.Subscription.ID, "attempt", c.Attempt, "result", string(outcome.Result), "status", outcome.Status, "detail", outcome.Detail)
	took := time.Since(began)
	if d.Attempted != nil {
		d.Attempted(c.Subscription.Channel, outcome.Result, took)
	}
	d.results <- archive.Attempt{
		Message: c.Message.ID, By: d.process, Number: c.Attempt, At: now, Took: took, Outcome: outcome, Random: random.Float64(),
	}
}

// attempt makes one attempt.
func (d *Dispatcher) attempt(ctx context.Context, c archive.Claimed, now time.Time) (outcome notify.Outcome) {
	defer func() {
		if cause := recover(); cause != nil {
			d.Log.Error("the program has a fault: a message could not be sent", "channel", c.Subscription.Channel, "message", c.Message.ID, "cause", fmt.Sprintf("%T", cause))
			outcome = notify.Outcome{Result: notify.Failed, Detail: "a fault of this installation"}
		}
	}()
	channel := d.Channels[c.Subscription.Channel]
	if channel == nil {
		return notify.Outcome{Result: notify.Failed, Detail: "this installation does not have the channel " + c.Subscription.Channel + " now"}
	}
	if d.Key == nil {
		return notify.Outcome{Result: notify.Failed, Detail: "the address cannot be opened; OUTCRY_SECRET is not set in the process that dispatches"}
	}
	private, err := notify.Open(d.Key, &c.Subscription)
	if err != nil {
		return notify.Outcome{Result: notify.Failed, Detail: "the address cannot be opened; OUTCRY_SECRET is another one than when it was stored"}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c.Message.Simulated = d.Simulated
	return channel.Deliver(ctx, notify.Delivery{
		Subscription: c.Subscription, Private: private, Message: c.Message, Text: d.Word(c.Message, c.Subscription.Language), Attempt: c.Attempt, At: now,
	})
}
