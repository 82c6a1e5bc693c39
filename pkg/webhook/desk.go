package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/seal"
)

const (
	// maxOfOwner bounds the webhooks of one key, maxOfAll those of the installation.
	maxOfOwner, maxOfAll = 100, 5000
	// overlap is how long the old secret signs too after a rotation.
	overlap = 24 * time.Hour
	// secretSize is the length of a secret in bytes.
	secretSize = 32
	// secretPrefix begins a secret, as Standard Webhooks has it.
	secretPrefix = "whsec_"
)

// Store is what a Desk needs of the archive.
type Store interface {
	AddSubscription(ctx context.Context, s notify.Subscription, known ...incident.Incident) error
	UpdateSubscription(ctx context.Context, id string, change func(*notify.Subscription) error) (notify.Subscription, error)
	Subscription(ctx context.Context, id string) (notify.Subscription, error)
	Subscriptions(ctx context.Context, f archive.SubscriptionFilter) ([]notify.Subscription, error)
	CountSubscriptions(ctx context.Context, channel, owner string) (int64, error)
	DeleteSubscription(ctx context.Context, id string) error
	QueueMessage(ctx context.Context, subscription string, kind notify.Kind, thing string, now time.Time) (id string, err error)
	Redeliver(ctx context.Context, subscription, id string, now time.Time) error
	Deliveries(ctx context.Context, subscription string, before int64, limit int) ([]archive.Delivery, error)
	Messages(ctx context.Context, subscription, state string, limit int) ([]archive.StoredMessage, error)
}

// Owner is who asks a Desk. One with a key that is not of an admin sees and changes
// only the webhooks that were made with it.
type Owner struct {
	Key   string // the ID of the API key; empty for an operator without one
	Admin bool
}

func (o Owner) mayUse(s *notify.Subscription) bool {
	return s.Channel == Channel && (o.Admin || o.Key != "" && s.Owner == o.Key)
}

// Desk keeps the webhooks of an installation.
type Desk struct {
	Rules
	Store Store
	Key   *seal.Key // nil if OUTCRY_SECRET is needed and not set
}

// errNoWebhook does not say whether somebody else has such a webhook.
var errNoWebhook = &fault.Error{Kind: fault.NotFound, Field: "id", Msg: "there is no such webhook"}

// Create makes a webhook. It returns the secret, which nobody can read later; it is
// empty for formats that have none.
func (d *Desk) Create(ctx context.Context, o Owner, w Wish, now time.Time) (s notify.Subscription, secret string, err error) {
	if d.Key == nil {
		return s, "", errNoKey
	}
	if s, err = d.Check(w); err != nil {
		return s, "", err
	}
	if err := d.checkRoom(ctx, o); err != nil {
		return s, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return s, "", err
	}
	s.ID, s.Owner, s.State, s.Created = id.String(), o.Key, notify.Active, now.UTC().Truncate(time.Millisecond)
	p := notify.Private{Address: w.URL}
	if w.formatName() == Standard {
		p.Secret = newSecret()
	}
	if err := notify.Seal(d.Key, &s, p); err != nil {
		return s, "", err
	}
	return s, p.Secret, d.Store.AddSubscription(ctx, s)
}

var errNoKey = &fault.Error{Kind: fault.Unavailable, Msg: "webhooks cannot be stored: the operator of this server must set OUTCRY_SECRET, which encrypts their URLs", RetryAfter: time.Hour}

// checkRoom returns an error if there are as many webhooks as are allowed.
func (d *Desk) checkRoom(ctx context.Context, o Owner) error {
	for _, limit := range []struct {
		owner string
		most  int64
	}{{o.Key, maxOfOwner}, {"", maxOfAll}} {
		if limit.most == maxOfOwner && (o.Key == "" || o.Admin) {
			continue
		}
		n, err := d.Store.CountSubscriptions(ctx, Channel, limit.owner)
		if err != nil {
			return err
		}
		if n >= limit.most {
			return fault.New(fault.Forbidden, "there are %d webhooks, as many as are allowed; delete one first", n)
		}
	}
	return nil
}

func newSecret() string {
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails, by its contract
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// List returns up to limit webhooks that o may see, after the one with an ID.
func (d *Desk) List(ctx context.Context, o Owner, after string, limit int) ([]notify.Subscription, error) {
	f := archive.SubscriptionFilter{Channel: Channel, After: after, Limit: limit}
	if !o.Admin {
		f.Owner = o.Key
	}
	return d.Store.Subscriptions(ctx, f)
}

// Get returns a webhook.
func (d *Desk) Get(ctx context.Context, o Owner, id string) (notify.Subscription, error) {
	s, err := d.Store.Subscription(ctx, id)
	if fault.KindOf(err) == fault.NotFound || err == nil && !o.mayUse(&s) {
		return notify.Subscription{}, errNoWebhook
	}
	return s, err
}

// Delete deletes a webhook with all that waits for it.
func (d *Desk) Delete(ctx context.Context, o Owner, id string) error {
	if _, err := d.Get(ctx, o, id); err != nil {
		return err
	}
	return d.Store.DeleteSubscription(ctx, id)
}

// mostRotations is how many old secrets of a webhook may be valid at a time: each is
// one more signature of each message.
const mostRotations = 4

// Rotate gives a webhook a new secret, which it returns. For a day, messages are
// signed with the one before too.
func (d *Desk) Rotate(ctx context.Context, o Owner, id string, now time.Time) (s notify.Subscription, secret string, err error) {
	if d.Key == nil {
		return s, "", errNoKey
	}
	if _, err := d.Get(ctx, o, id); err != nil {
		return s, "", err
	}
	secret = newSecret()
	s, err = d.Store.UpdateSubscription(ctx, id, func(s *notify.Subscription) error {
		switch {
		case s.State == notify.Ended:
			return fault.Field("id", "is that of a webhook that has ended; make a new one")
		case s.Settings[formatSetting] != Standard:
			return fault.Field("id", "is that of a webhook in the format %s, which has no secret", s.Settings[formatSetting])
		}
		p, err := notify.Open(d.Key, s)
		if err != nil {
			return err
		}
		if len(p.ValidOld(now)) >= mostRotations {
			return fault.Field("id", "is that of a webhook that was rotated %d times within a day; wait, or make a new one", mostRotations)
		}
		p.Rotate(secret, now, now.UTC().Add(overlap))
		return notify.Seal(d.Key, s, p)
	})
	return s, secret, err
}

// Test queues a test message and returns its ID.
func (d *Desk) Test(ctx context.Context, o Owner, id string, now time.Time) (message string, err error) {
	if _, err := d.Get(ctx, o, id); err != nil {
		return "", err
	}
	thing, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	return d.Store.QueueMessage(ctx, id, notify.Test, "test "+thing.String(), now)
}

// Redeliver sends a message again that was delivered or given up.
func (d *Desk) Redeliver(ctx context.Context, o Owner, id, message string, now time.Time) error {
	if _, err := d.Get(ctx, o, id); err != nil {
		return err
	}
	err := d.Store.Redeliver(ctx, id, message, now)
	if fault.KindOf(err) == fault.NotFound {
		return &fault.Error{Kind: fault.NotFound, Field: "message", Msg: "there is no such message; they are kept for 30 days"}
	}
	return err
}

// Deliveries returns up to limit attempts with IDs below before, latest first; 0 is
// no bound.
func (d *Desk) Deliveries(ctx context.Context, o Owner, id string, before int64, limit int) ([]archive.Delivery, error) {
	if _, err := d.Get(ctx, o, id); err != nil {
		return nil, err
	}
	return d.Store.Deliveries(ctx, id, before, limit)
}

// Messages returns up to limit messages in a state, latest first; an empty state is
// every one.
func (d *Desk) Messages(ctx context.Context, o Owner, id, state string, limit int) ([]archive.StoredMessage, error) {
	if _, err := d.Get(ctx, o, id); err != nil {
		return nil, err
	}
	return d.Store.Messages(ctx, id, state, limit)
}
