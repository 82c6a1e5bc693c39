// Package webhook tells programs of others about incidents: it posts messages to
// their URLs, signed as Standard Webhooks describes, or in the form that Slack,
// Teams, Discord, Telegram or PagerDuty takes.
//
// It connects to public addresses only, whatever a name resolves to. A Desk keeps
// the webhooks: it makes, lists, tests, rotates and deletes them, for the API and
// for the command.
package webhook

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/outbound"
)

const (
	// Channel is the name of the channel.
	Channel = "webhook"
	// defaultTimeout bounds one delivery.
	defaultTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 8 << 10
)

// Options are what a Poster needs.
type Options struct {
	// Incident returns the incident as the API shows it.
	Incident func(incident.Incident) any
	// Agent is the User-Agent of requests.
	Agent string
	// Allow are the networks that may be posted to though they are not public, over
	// HTTP too.
	Allow []netip.Prefix
	// Roots are the authorities for certificates of receivers; nil stands for those
	// of the system.
	Roots *x509.CertPool
	// Resolver resolves the names of receivers; nil stands for that of the system.
	Resolver *net.Resolver
	// Timeout bounds one delivery; 0 stands for 10 seconds.
	Timeout time.Duration
}

// Poster posts messages. It is a notify.Channel.
type Poster struct {
	Options
	client *http.Client
}

// New returns a Poster.
func New(o Options) *Poster {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	g := outbound.NewGuard(o.Allow)
	g.Resolver = o.Resolver
	return &Poster{Options: o, client: g.Client(o.Roots)}
}

var _ notify.Channel = (*Poster)(nil)

// Deliver posts a message once.
func (p *Poster) Deliver(ctx context.Context, d notify.Delivery) notify.Outcome {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	f, known := formats[d.Subscription.Settings[formatSetting]]
	if !known {
		return notify.Outcome{Result: notify.Rejected, Detail: "this version does not know the format of the webhook"}
	}
	out, err := f.request(p, d)
	if err != nil {
		return notify.Outcome{Result: notify.Rejected, Detail: err.Error()}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, out.url, bytes.NewReader(out.body))
	if err != nil {
		return notify.Outcome{Result: notify.Rejected, Detail: "the URL cannot be used"}
	}
	req.Header = out.header
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", p.Agent)
	res, err := p.client.Do(req)
	if err != nil {
		return notify.Outcome{Result: notify.Failed, Detail: outbound.Describe(err)}
	}
	defer res.Body.Close() //nolint:errcheck // nothing is lost with it
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil && res.StatusCode >= http.StatusMultipleChoices {
		body = nil // the status says enough
	}
	return outcomeOf(res, body, f, d.At)
}

// outgoing is a request that is not sent yet.
type outgoing struct {
	url    string
	header http.Header
	body   []byte
}

// outcomeOf returns what an answer means.
func outcomeOf(res *http.Response, body []byte, f format, now time.Time) notify.Outcome {
	o := notify.Outcome{Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After"), now)}
	if f.retryAfter != nil {
		o.RetryAfter = max(o.RetryAfter, f.retryAfter(body))
	}
	o.Detail = fmt.Sprintf("the receiver answered %d", res.StatusCode)
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		o.Result, o.Detail = notify.Delivered, ""
	case code >= 300 && code < 400:
		o.Result = notify.Failed
		o.Detail += ", a redirect, which is not followed"
	case code == http.StatusGone || f.gone(code):
		o.Result = notify.Gone
	case f.rejects(code):
		o.Result = notify.Rejected
	default:
		o.Result = notify.Failed
	}
	return o
}

// retryAfter returns the pause that a Retry-After header asks for, or 0.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
