package webhook

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/outcry/outcry/pkg/notify"
)

// standardBody is the body of a message in the format Standard. The schema
// WebhookMessage of api/openapi.yaml describes it.
type standardBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Version   int64     `json:"version,omitempty"`
	Title     string    `json:"title"`
	Text      string    `json:"text"`
	URL       string    `json:"url,omitempty"`
	Simulated bool      `json:"simulated,omitempty"`
	Data      any       `json:"data"`
}

// TypeOf returns the type of a message of a kind.
func TypeOf(k notify.Kind) string {
	if k == notify.Test {
		return "test"
	}
	return "incident." + string(k)
}

// standardRequest returns a signed request.
func standardRequest(p *Poster, d notify.Delivery) (outgoing, error) {
	m := d.Message
	body := standardBody{
		Type: TypeOf(m.Kind), Timestamp: m.Incident.Updated.UTC().Truncate(time.Millisecond), Version: m.Incident.Version, Title: d.Text.Title, Text: d.Text.Body, URL: d.Text.URL,
		Simulated: m.Simulated, Data: p.Incident(m.Incident),
	}
	if m.Kind == notify.Test {
		body.Timestamp, body.Data = m.Created.UTC().Truncate(time.Millisecond), p.Incident(sample(m.Created))
	}
	out, err := encode(d, body)
	if err != nil {
		return out, fmt.Errorf("the message cannot be encoded")
	}
	return out, sign(&out, d)
}

// sign adds the headers of Standard Webhooks: after a rotation, a signature with each
// of the secrets that are valid.
func sign(out *outgoing, d notify.Delivery) error {
	secrets := []string{d.Private.Secret}
	for _, old := range d.Private.ValidOld(d.At) {
		secrets = append(secrets, old.Secret)
	}
	signatures := ""
	for _, secret := range secrets {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return fmt.Errorf("the secret of the webhook cannot be used; rotate it")
		}
		s, err := w.Sign(d.Message.ID, d.At, out.body)
		if err != nil {
			return fmt.Errorf("the message cannot be signed")
		}
		if signatures != "" {
			signatures += " "
		}
		signatures += s
	}
	out.header = http.Header{}
	out.header.Set(standardwebhooks.HeaderWebhookID, d.Message.ID)
	out.header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(d.At.Unix(), 10))
	out.header.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	return nil
}
