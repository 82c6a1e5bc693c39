package push

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/outbound"
	"github.com/outcry/outcry/pkg/seal"
)

// When is what a visitor wants to be told.
type When string

// All values of When.
const (
	Over   When = "over"   // that the incident that goes on is over
	Breaks When = "breaks" // that an outage begins, and that it is over
)

const (
	// Lifetime is how long a subscription lasts at most.
	Lifetime = 30 * 24 * time.Hour
	// MaxOfBrowser bounds the services that one browser is told about, and maxOfAll the
	// subscriptions of the installation.
	MaxOfBrowser, maxOfAll = 20, 200_000
	// whenSetting is the name of the setting with the When.
	whenSetting = "when"
	// soon is the distance between the messages of a subscription that is told once.
	soon = time.Second
)

// Store is what a Desk needs of the archive.
type Store interface {
	AddSubscription(ctx context.Context, s notify.Subscription, known ...incident.Incident) error
	Subscriptions(ctx context.Context, f archive.SubscriptionFilter) ([]notify.Subscription, error)
	CountSubscriptions(ctx context.Context, channel, owner string) (int64, error)
	DeleteSubscription(ctx context.Context, id string) error
	Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error)
}

// Wish is what a browser asks for.
type Wish struct {
	Service  string
	When     When
	Language string
	Browser  Browser
}

// Subscribed is a subscription as its browser sees it.
type Subscribed struct {
	Token   string // ends the subscription
	Service string
	When    When
	Expires time.Time
}

// Desk keeps the subscriptions of browsers.
type Desk struct {
	Store     Store
	Key       *seal.Key // nil if OUTCRY_SECRET is needed and not set
	Identity  *Identity // nil without a key
	Languages []string  // codes
	// HasService reports whether the catalog has a service.
	HasService func(slug string) bool
	// Live returns the incident of a service that goes on, or nil.
	Live func(service string) *incident.Incident
	// Allow are networks of push services that are not public; see Options.
	Allow []netip.Prefix
}

// Missing is the setting without which nobody can subscribe; empty if somebody can.
func (d *Desk) Missing() string {
	if d.Key == nil || d.Identity == nil {
		return "OUTCRY_SECRET"
	}
	return ""
}

// Subscribe stores what a browser asks for. What the same browser asked before for
// the same service is replaced.
func (d *Desk) Subscribe(ctx context.Context, w Wish, now time.Time) (Subscribed, error) {
	if d.Missing() != "" {
		return Subscribed{}, &fault.Error{Kind: fault.Unavailable, RetryAfter: time.Hour,
			Msg: "nobody can subscribe now: the operator of this server must set OUTCRY_SECRET, which encrypts the addresses of subscribers"}
	}
	live, err := d.check(w)
	if err != nil {
		return Subscribed{}, err
	}
	address, err := json.Marshal(w.Browser)
	if err != nil {
		return Subscribed{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Subscribed{}, err
	}
	now = now.UTC().Truncate(time.Millisecond)
	s := notify.Subscription{
		ID: id.String(), Channel: Channel, State: notify.Active, Language: w.Language,
		Filter:   notify.Filter{Services: []string{w.Service}, From: detect.Outage, Over: true},
		Settings: map[string]string{whenSetting: string(w.When)},
		Lookup:   hex.EncodeToString(d.Key.MAC("push endpoint", w.Browser.Endpoint)),
		Created:  now, Expires: now.Add(Lifetime),
	}
	if w.When == Over {
		s.Filter.From, s.EndsWithIncident, s.Distance = detect.Warning, true, soon
	}
	if err := notify.Seal(d.Key, &s, notify.Private{Address: string(address)}); err != nil {
		return Subscribed{}, err
	}
	if err := d.makeRoom(ctx, s); err != nil {
		return Subscribed{}, err
	}
	var known []incident.Incident
	if live != nil {
		known = append(known, *live)
	}
	if err := d.Store.AddSubscription(ctx, s, known...); err != nil {
		return Subscribed{}, err
	}
	if w.When == Over {
		if err := d.checkLasts(ctx, live.ID, s.ID); err != nil {
			return Subscribed{}, err
		}
	}
	return Subscribed{Token: d.token(s.ID), Service: w.Service, When: w.When, Expires: s.Expires}, nil
}

// check returns the incident that goes on, or an error if a wish cannot be granted.
func (d *Desk) check(w Wish) (*incident.Incident, error) {
	if w.When != Over && w.When != Breaks {
		return nil, fault.Field("when", "must be over or breaks")
	}
	if !d.HasService(w.Service) {
		return nil, fault.Field("service", "is not in the catalog")
	}
	if !slices.Contains(d.Languages, w.Language) {
		return nil, fault.Field("language", "must be one of %s", strings.Join(d.Languages, ", "))
	}
	if _, err := w.Browser.read(outbound.NewGuard(d.Allow)); err != nil {
		return nil, err
	}
	live := d.Live(w.Service)
	if w.When == Over && live == nil {
		return nil, errOver
	}
	return live, nil
}

var errOver = fault.Field("when", "cannot be over: there is no trouble now; ask for breaks")

// checkLasts deletes a subscription to the end of an incident that ended while the
// subscription was stored: nobody knows whether it would be told.
func (d *Desk) checkLasts(ctx context.Context, incidentID, subscription string) error {
	in, _, err := d.Store.Incident(ctx, incidentID)
	if fault.KindOf(err) == fault.NotFound {
		return nil // it is not archived yet
	}
	if err != nil || in.State != incident.Resolved && !in.IsRetracted() {
		return err
	}
	if err := d.Store.DeleteSubscription(ctx, subscription); err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return errOver
}

// makeRoom deletes what s replaces, and returns an error if there is no room for s.
func (d *Desk) makeRoom(ctx context.Context, s notify.Subscription) error {
	same, err := d.Store.Subscriptions(ctx, archive.SubscriptionFilter{Channel: Channel, Lookup: s.Lookup})
	if err != nil {
		return err
	}
	others := len(same)
	for i := range same {
		if same[i].Filter.Service() != s.Filter.Service() {
			continue
		}
		if err := d.Store.DeleteSubscription(ctx, same[i].ID); err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		others--
	}
	if others >= MaxOfBrowser {
		return fault.New(fault.Forbidden, "this browser is already told about %d services; stop one first", others)
	}
	n, err := d.Store.CountSubscriptions(ctx, Channel, "")
	if err != nil {
		return err
	}
	if n >= maxOfAll {
		return &fault.Error{Kind: fault.Unavailable, Msg: "this server has as many subscriptions as it takes; try again another day", RetryAfter: time.Hour}
	}
	return nil
}

// errNoSubscription does not say whether the token was ever one.
var errNoSubscription = &fault.Error{Kind: fault.NotFound, Field: "token", Msg: "there is no such subscription; it may have ended"}

// Unsubscribe deletes the subscription with a token.
func (d *Desk) Unsubscribe(ctx context.Context, token string) error {
	id, _, _ := strings.Cut(token, tokenMark)
	if d.Missing() != "" || !hmac.Equal([]byte(token), []byte(d.token(id))) {
		return errNoSubscription
	}
	err := d.Store.DeleteSubscription(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return errNoSubscription
	}
	return err
}

// tokenMark is between the ID of a subscription and its proof in a token.
const tokenMark = "."

// token returns what ends a subscription. It cannot be guessed from the ID.
func (d *Desk) token(id string) string {
	const size = 16 // bytes
	return id + tokenMark + base64url.EncodeToString(d.Key.MAC("end push", id)[:size])
}
