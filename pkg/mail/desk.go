package mail

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/seal"
)

const (
	// Lifetime is how long a confirmed subscription lasts.
	Lifetime = 365 * 24 * time.Hour
	// patience is how long somebody may take to confirm, and the least time between two
	// questions to one address.
	patience = 24 * time.Hour
	// distance is the shortest time between two messages about one incident. What changes
	// meanwhile becomes one message.
	distance = 15 * time.Minute
	// maxOfAddress bounds the services that one address is told about, and maxOfAll the
	// subscriptions of the installation.
	maxOfAddress, maxOfAll = 20, 100_000
	maxAddress             = 254 // bytes, by RFC 5321
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
}

// Links makes the addresses of pages with a token that proves whose subscription it is.
type Links struct {
	Key  *seal.Key
	Home publicurl.URL // of the site
}

// Paths of the pages, below the prefix of a language.
const (
	ConfirmPath = "/mail/confirm"
	StopPath    = "/mail/stop"
)

const (
	toConfirm = "confirm mail"
	toStop    = "stop mail"
	tokenMark = "."
)

func (l Links) confirm(s *notify.Subscription) string { return l.to(s, ConfirmPath, toConfirm) }
func (l Links) stop(s *notify.Subscription) string    { return l.to(s, StopPath, toStop) }

func (l Links) to(s *notify.Subscription, path, purpose string) string {
	return l.Home.Origin + l.Home.In(s.Language).To(path) + "?token=" + url.QueryEscape(l.token(s.ID, purpose))
}

func (l Links) token(id, purpose string) string {
	const size = 16 // bytes
	return id + tokenMark + base64.RawURLEncoding.EncodeToString(l.Key.MAC(purpose, id)[:size])
}

// host returns the name of the site, for IDs of messages.
func (l Links) host() string { return l.Home.Host() }

// Desk keeps the subscriptions of e-mail addresses.
type Desk struct {
	Store Store
	Links Links
	// asking keeps two askers for one address from both finding that nobody has asked.
	asking sync.Mutex
}

// CheckAddress returns an address in the form in which it is stored. The error is of
// kind fault.Invalid.
func CheckAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Name != "" || parsed.Address != text || len(text) > maxAddress || strings.ContainsAny(text, "\r\n\x00\" ") {
		return "", fault.Field("address", "is not an e-mail address")
	}
	at := strings.LastIndexByte(text, '@')
	if host := text[at+1:]; !strings.Contains(host, ".") || strings.ContainsAny(host, "[]") {
		return "", fault.Field("address", "is not an e-mail address")
	}
	return text[:at+1] + strings.ToLower(text[at+1:]), nil
}

// Ask sends the question whether the owner of an address wants to be told about a
// service. It gives the same answer whether or not the address is known, and sends one
// question a day to an address.
func (d *Desk) Ask(ctx context.Context, address, service, language string, now time.Time) error {
	address, err := CheckAddress(address)
	if err != nil {
		return err
	}
	d.asking.Lock()
	defer d.asking.Unlock()
	now = now.UTC().Truncate(time.Millisecond)
	lookup := hex.EncodeToString(d.Links.Key.MAC("email", strings.ToLower(address)))
	same, err := d.Store.Subscriptions(ctx, archive.SubscriptionFilter{Channel: Channel, Lookup: lookup})
	if err != nil {
		return err
	}
	for i := range same {
		if now.Sub(same[i].Created) < patience || same[i].Filter.Service() == service && same[i].State == notify.Active {
			return nil // was asked today, or is told already
		}
	}
	if len(same) >= maxOfAddress {
		return nil
	}
	if n, err := d.Store.CountSubscriptions(ctx, Channel, ""); err != nil {
		return err
	} else if n >= maxOfAll {
		return fault.New(fault.Unavailable, "this server has as many subscriptions as it takes; try again another day")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	s := notify.Subscription{
		ID: id.String(), Channel: Channel, State: notify.Pending, Language: language, Distance: distance, Lookup: lookup,
		Filter: notify.Filter{Services: []string{service}, From: detect.Outage, Over: true}, Created: now, Expires: now.Add(patience),
	}
	if err := notify.Seal(d.Links.Key, &s, notify.Private{Address: address}); err != nil {
		return err
	}
	if err := d.Store.AddSubscription(ctx, s); err != nil {
		return err
	}
	_, err = d.Store.QueueMessage(ctx, s.ID, notify.Consent, "consent", now)
	return err
}

// errNoLink does not say whether there was ever such a subscription.
var errNoLink = &fault.Error{Kind: fault.NotFound, Msg: "this link is not valid any more"}

// find returns the subscription of a token for a purpose.
func (d *Desk) find(ctx context.Context, token, purpose string) (notify.Subscription, error) {
	id, _, _ := strings.Cut(token, tokenMark)
	if !hmac.Equal([]byte(token), []byte(d.Links.token(id, purpose))) {
		return notify.Subscription{}, errNoLink
	}
	s, err := d.Store.Subscription(ctx, id)
	if fault.KindOf(err) == fault.NotFound || err == nil && s.State == notify.Ended {
		return notify.Subscription{}, errNoLink
	}
	return s, err
}

// ToConfirm returns the service of the subscription that a token confirms, and changes
// nothing.
func (d *Desk) ToConfirm(ctx context.Context, token string, now time.Time) (service string, err error) {
	s, err := d.find(ctx, token, toConfirm)
	if err == nil && !s.Expires.After(now) {
		err = errNoLink
	}
	return s.Filter.Service(), err
}

// Confirm begins the subscription of a token. Confirming it again changes nothing.
func (d *Desk) Confirm(ctx context.Context, token string, now time.Time) (service string, err error) {
	if service, err = d.ToConfirm(ctx, token, now); err != nil {
		return "", err
	}
	id, _, _ := strings.Cut(token, tokenMark)
	_, err = d.Store.UpdateSubscription(ctx, id, func(s *notify.Subscription) error {
		if s.State == notify.Pending {
			s.State, s.Expires = notify.Active, now.UTC().Truncate(time.Millisecond).Add(Lifetime)
		}
		return nil
	})
	return service, err
}

// ToStop returns the service of the subscription that a token ends, and changes
// nothing: programs that check mail follow links.
func (d *Desk) ToStop(ctx context.Context, token string) (service string, err error) {
	s, err := d.find(ctx, token, toStop)
	return s.Filter.Service(), err
}

// Stop deletes the subscription of a token with its address.
func (d *Desk) Stop(ctx context.Context, token string) (service string, err error) {
	s, err := d.find(ctx, token, toStop)
	if err != nil {
		return "", err
	}
	err = d.Store.DeleteSubscription(ctx, s.ID)
	if fault.KindOf(err) == fault.NotFound {
		err = nil // somebody pressed twice
	}
	return s.Filter.Service(), err
}
