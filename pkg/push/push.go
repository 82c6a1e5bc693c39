// Package push tells visitors in their browsers that a service breaks, or works
// again, by Web Push: RFC 8030 for the request, RFC 8291 for the encryption and
// RFC 8292 (VAPID) for the identity of the installation.
//
// A Desk keeps the subscriptions, and a Sender is the channel that sends to the push
// services of the browsers. It connects to public addresses only.
package push

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/outbound"
)

const (
	// Channel is the name of the channel.
	Channel = "push"
	// timeout bounds one delivery.
	timeout = 10 * time.Second
	// kept is how long a push service keeps a message for a browser that is offline. A
	// later message on the incident replaces it.
	kept = 24 * time.Hour
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 4 << 10
	// Bounds of the parts of a notification, in bytes. Systems show less.
	maxTitle, maxText = 300, 1200
)

// Options are what a Sender needs.
type Options struct {
	Identity *Identity
	// Agent is the User-Agent of requests.
	Agent string
	// Allow are networks that may be posted to though they are not public. A server
	// has none: anybody may subscribe.
	Allow []netip.Prefix
	// Roots are the authorities for the certificates of push services; nil stands for
	// those of the system.
	Roots *x509.CertPool
}

// Sender sends messages to push services. It is a notify.Channel.
type Sender struct {
	Options
	guard  outbound.Guard
	client *http.Client
}

var _ notify.Channel = (*Sender)(nil)

// NewSender returns a Sender.
func NewSender(o Options) *Sender {
	g := outbound.NewGuard(o.Allow)
	return &Sender{Options: o, guard: g, client: g.Client(o.Roots)}
}

// notification is the text of a message, as the service worker shows it.
type notification struct {
	Title    string `json:"title"`
	Body     string `json:"body"`
	Path     string `json:"path"` // of the page to open, below the root of the site
	Tag      string `json:"tag"`  // a later notification with the same one replaces it
	Language string `json:"lang"`
}

// Deliver sends a message once. Of a subscription that asked only for the end it
// sends nothing else.
func (s *Sender) Deliver(ctx context.Context, d notify.Delivery) notify.Outcome {
	if !isWanted(d.Subscription, d.Message.Kind) {
		return notify.Outcome{Result: notify.Delivered, Detail: "not sent: only the end was asked for"}
	}
	to, err := openReceiver(d.Private.Address, s.guard)
	if err != nil {
		return notify.Outcome{Result: notify.Gone, Detail: "the subscription of the browser cannot be used"}
	}
	text, err := json.Marshal(notificationOf(d))
	if err != nil {
		return notify.Outcome{Result: notify.Rejected, Detail: "the text cannot be encoded"}
	}
	body, err := encrypt(text, to)
	if err != nil {
		return notify.Outcome{Result: notify.Rejected, Detail: "the text cannot be encrypted"}
	}
	identity, err := s.Identity.authorization(to.endpoint, d.At)
	if err != nil {
		return notify.Outcome{Result: notify.Failed, Detail: "the request cannot be signed"}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return notify.Outcome{Result: notify.Rejected, Detail: "the endpoint cannot be used"}
	}
	for name, value := range map[string]string{
		"Authorization": identity, "Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm", "User-Agent": s.Agent,
		"TTL": strconv.Itoa(int(kept.Seconds())), "Urgency": urgencyOf(d.Message.Kind), "Topic": topicOf(d),
	} {
		req.Header.Set(name, value)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return notify.Outcome{Result: notify.Failed, Detail: outbound.Describe(err)}
	}
	defer res.Body.Close()                                          //nolint:errcheck // nothing is lost with it
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // so that the connection can be used again
	return outcomeOf(res, d.At)
}

// isWanted reports whether a subscription is told messages of a kind.
func isWanted(s notify.Subscription, k notify.Kind) bool {
	if s.Settings[whenSetting] != string(Over) {
		return true
	}
	return k == notify.Resolved || k == notify.Retracted || k == notify.Test
}

// notificationOf returns what a browser shows.
func notificationOf(d notify.Delivery) notification {
	service := d.Message.Incident.Service
	if service == "" {
		service = d.Subscription.Filter.Service()
	}
	return notification{
		Title: shorten(d.Text.Title, maxTitle), Body: shorten(d.Text.Body, maxText), Path: d.Subscription.Language + "/" + service,
		Tag: tagOf(d.Message), Language: d.Subscription.Language,
	}
}

// tagOf returns the tag of the notifications about what a message is about.
func tagOf(m notify.Message) string {
	if m.Incident.ID == "" {
		return string(m.Kind)
	}
	return m.Incident.ID
}

// topicOf returns the topic of a message: a push service that has not delivered one
// of the same topic replaces it. It says nothing to the push service.
func topicOf(d notify.Delivery) string {
	const size = 24 // bytes, which make the 32 characters that RFC 8030 allows
	sum := sha256.Sum256([]byte(d.Subscription.ID + " " + tagOf(d.Message)))
	return base64url.EncodeToString(sum[:size])
}

// urgencyOf returns how urgent a message is. Browsers on a low battery may wait for
// the others.
func urgencyOf(k notify.Kind) string {
	switch k {
	case notify.Confirmed, notify.Reopened, notify.Resolved, notify.Retracted:
		return "high"
	}
	return "normal"
}

// outcomeOf returns what the answer of a push service means.
func outcomeOf(res *http.Response, now time.Time) notify.Outcome {
	o := notify.Outcome{Status: res.StatusCode, Result: notify.Failed, RetryAfter: retryAfter(res.Header.Get("Retry-After"), now)}
	o.Detail = fmt.Sprintf("the push service answered %d", res.StatusCode)
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		o.Result, o.Detail = notify.Delivered, ""
	case code == http.StatusNotFound || code == http.StatusGone:
		o.Result = notify.Gone
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge:
		o.Result = notify.Rejected
	}
	return o
}

// retryAfter returns the pause that a Retry-After header asks for, or 0.
func retryAfter(text string, now time.Time) time.Duration {
	const most = 1_000_000 // seconds
	text = strings.TrimSpace(text)
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 && seconds < most {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// shorten returns text with at most so many bytes. It cuts between words if it can.
func shorten(text string, most int) string {
	const mark = "…"
	if len(text) <= most {
		return text
	}
	cut := most - len(mark)
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	if space := strings.LastIndexByte(text[:cut], ' '); space > cut/2 {
		cut = space
	}
	return text[:cut] + mark
}
