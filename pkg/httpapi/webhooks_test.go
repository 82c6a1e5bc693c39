package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// fakeWebhooks is an archive with one webhook of the key of scope server.
type fakeWebhooks struct {
	err, queueErr error
	stored        notify.Subscription
	added         []notify.Subscription
	queued        int
}

const webhookID = "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"

func newFakeWebhooks() *fakeWebhooks {
	return &fakeWebhooks{stored: notify.Subscription{
		ID: webhookID, Channel: "webhook", Owner: "k1", Name: "board", State: notify.Active, Filter: notify.Filter{Services: []string{"whatsapp"}, From: detect.Outage, Over: true},
		Language: "bn", Settings: map[string]string{"format": "standard"}, Hint: "https://hooks.example.org/…", Created: now,
	}}
}

func (f *fakeWebhooks) AddSubscription(_ context.Context, s notify.Subscription, _ ...incident.Incident) error {
	f.added = append(f.added, s)
	return f.err
}

func (f *fakeWebhooks) UpdateSubscription(_ context.Context, _ string, change func(*notify.Subscription) error) (notify.Subscription, error) {
	return f.stored, errors.Join(f.err, change(&f.stored))
}

func (f *fakeWebhooks) Subscription(_ context.Context, id string) (notify.Subscription, error) {
	if f.err == nil && id != f.stored.ID {
		return notify.Subscription{}, fault.New(fault.NotFound, "there is no such subscription")
	}
	return f.stored, f.err
}

func (f *fakeWebhooks) Subscriptions(_ context.Context, filter archive.SubscriptionFilter) ([]notify.Subscription, error) {
	return []notify.Subscription{f.stored, f.stored}[:min(2, filter.Limit)], f.err
}

func (f *fakeWebhooks) CountSubscriptions(context.Context, string, string) (int64, error) {
	return int64(len(f.added)), f.err
}

func (f *fakeWebhooks) DeleteSubscription(context.Context, string) error { return f.err }

func (f *fakeWebhooks) QueueMessage(_ context.Context, s string, _ notify.Kind, thing string, _ time.Time) (string, error) {
	f.queued++
	return notify.MessageID(s, thing), errors.Join(f.err, f.queueErr)
}

func (f *fakeWebhooks) Redeliver(context.Context, string, string, time.Time) error {
	f.queued++
	return errors.Join(f.err, f.queueErr)
}

func (f *fakeWebhooks) Deliveries(_ context.Context, _ string, _ int64, limit int) ([]archive.Delivery, error) {
	all := []archive.Delivery{
		{ID: 2, Message: "msg_b", Kind: notify.Test, Attempt: 1, At: now, Took: 1200 * time.Millisecond, Outcome: notify.Outcome{Result: notify.Failed, Detail: "the receiver did not answer in time"}},
		{ID: 1, Message: "msg_a", Incident: "whatsapp-2022-10-25-0712", Kind: notify.Confirmed, Attempt: 1, At: now, Outcome: notify.Outcome{Result: notify.Delivered, Status: 204}},
	}
	return all[:min(2, limit)], f.err
}

func (f *fakeWebhooks) Messages(context.Context, string, string, int) ([]archive.StoredMessage, error) {
	return []archive.StoredMessage{
		{ID: "msg_b", Kind: notify.Test, State: archive.MessageWaiting, Created: now, Due: now.Add(time.Second), Attempts: 1, Detail: "the receiver did not answer in time"},
		{ID: "msg_a", Incident: "whatsapp-2022-10-25-0712", Kind: notify.Confirmed, State: archive.MessageDead, Created: now, Finished: now, Attempts: 9, Status: 500},
	}, f.err
}

const webhookBody = `{"url":"https://hooks.example.org/telltale","services":["whatsapp"],"countries":["BD"],"over":false,"distance":"10m","language":"bn"}`

// webhookExchanges are the requests of the owners of webhooks.
func webhookExchanges() []exchange {
	keyed := []string{"Authorization: " + serverKey}
	one := "/webhooks/" + webhookID
	missing := "/webhooks/0190b1a4-0000-7cc1-b0d5-2f6a9d1c8e11"
	limited := func(s *site) {
		s.webhooks.queueErr = &fault.Error{Kind: fault.Limited, Msg: "too many", RetryAfter: time.Minute}
	}
	slack := func(s *site) { s.webhooks.stored.Settings = map[string]string{"format": "slack"} }
	ended := func(s *site) { s.webhooks.queueErr = fault.Field("id", "has ended") }
	xs := []exchange{
		{method: "POST", path: "/webhooks", body: webhookBody, headers: keyed, status: 201},
		{method: "POST", path: "/webhooks", body: `{"url":"https://hooks.slack.com/services/x","format":"slack"}`, headers: []string{"Authorization: " + adminKey}, status: 201, simulated: true},
		{method: "POST", path: "/webhooks", body: "{", headers: keyed, status: 400, wrong: true},
		{method: "POST", path: "/webhooks", body: `{"url":"` + strings.Repeat("x", 70_000) + `"}`, headers: keyed, status: 413, wrong: true},
		{method: "POST", path: "/webhooks", body: webhookBody, headers: append([]string{"Content-Type: text/plain"}, keyed...), status: 415, wrong: true},
		{method: "POST", path: "/webhooks", body: `{"url":"https://127.0.0.1/"}`, headers: keyed, status: 422},
		{method: "POST", path: "/webhooks", body: `{"url":"https://hooks.example.org/","details":7}`, headers: keyed, status: 422, wrong: true},
		{method: "POST", path: "/webhooks", body: `{"url":"https://hooks.example.org/","distance":"long"}`, headers: keyed, status: 422},
		{method: "POST", path: "/webhooks", body: `{"url":"https://hooks.example.org/","distance":"0s"}`, headers: keyed, status: 422},
		{method: "GET", path: "/webhooks", headers: keyed, status: 200},
		{method: "GET", path: "/webhooks?limit=1", headers: []string{"Authorization: " + adminKey}, status: 200, simulated: true},
		{method: "GET", path: "/webhooks?limit=1000", headers: keyed, status: 422, wrong: true},
		{method: "GET", path: "/webhooks?a;b", headers: keyed, status: 400},
		{method: "GET", path: one, headers: keyed, status: 200},
		{method: "GET", path: one, headers: keyed, status: 200, simulated: true, arrange: func(s *site) {
			s.webhooks.stored.State, s.webhooks.stored.EndedAt, s.webhooks.stored.Why = notify.Ended, now, "the receiver answered 410"
		}},
		{method: "DELETE", path: one, headers: keyed, status: 204},
		{method: "POST", path: one + "/rotate", headers: keyed, status: 200},
		{method: "POST", path: one + "/rotate", headers: keyed, status: 200, simulated: true},
		{method: "POST", path: one + "/rotate", headers: keyed, status: 422, arrange: slack},
		{method: "POST", path: one + "/test", headers: keyed, status: 202},
		{method: "POST", path: one + "/test", headers: keyed, status: 202, simulated: true},
		{method: "POST", path: one + "/test", headers: keyed, status: 422, arrange: ended},
		{method: "POST", path: one + "/test", headers: keyed, status: 429, arrange: limited},
		{method: "POST", path: one + "/messages/msg_a/redeliver", headers: keyed, status: 202},
		{method: "POST", path: one + "/messages/msg_a/redeliver", headers: keyed, status: 422, arrange: ended},
		{method: "POST", path: one + "/messages/msg_a/redeliver", headers: keyed, status: 429, arrange: limited},
		{method: "POST", path: one + "/messages/msg_c/redeliver", headers: keyed, status: 404, arrange: func(s *site) { s.webhooks.queueErr = fault.New(fault.NotFound, "none") }},
		{method: "GET", path: one + "/deliveries", headers: keyed, status: 200},
		{method: "GET", path: one + "/deliveries?limit=1", headers: keyed, status: 200, simulated: true},
		{method: "GET", path: one + "/deliveries?limit=0", headers: keyed, status: 422, wrong: true},
		{method: "GET", path: one + "/deliveries?cursor=eHg", headers: keyed, status: 422},
		{method: "GET", path: one + "/deliveries?a;b", headers: keyed, status: 400},
		{method: "GET", path: one + "/messages?state=dead", headers: keyed, status: 200},
		{method: "GET", path: one + "/messages", headers: keyed, status: 200, simulated: true},
		{method: "GET", path: one + "/messages?state=lost", headers: keyed, status: 422, wrong: true},
		{method: "GET", path: one + "/messages?a;b", headers: keyed, status: 400},
	}
	for _, call := range []struct{ method, rest, body string }{
		{"POST", "", webhookBody}, {"GET", "", ""}, {"GET", "/ID", ""}, {"DELETE", "/ID", ""}, {"POST", "/ID/rotate", ""}, {"POST", "/ID/test", ""},
		{"GET", "/ID/deliveries", ""}, {"GET", "/ID/messages", ""}, {"POST", "/ID/messages/msg_a/redeliver", ""},
	} {
		path := "/webhooks" + strings.ReplaceAll(call.rest, "/ID", "/"+webhookID)
		with := func(status int, arrange func(*site), headers ...string) {
			xs = append(xs, exchange{method: call.method, path: path, body: call.body, status: status, headers: headers, arrange: arrange})
		}
		with(401, nil)
		with(403, nil, "Authorization: "+appKey)
		with(500, func(s *site) { s.webhooks.err = &fault.Error{Kind: fault.Internal} }, keyed...)
		with(503, func(s *site) { s.webhooks.err = errors.New("no route to host") }, keyed...)
		if call.rest != "" {
			xs = append(xs, exchange{method: call.method, path: strings.ReplaceAll(path, one, missing), status: 404, headers: keyed})
		}
	}
	return xs
}

func TestAWebhookIsStoredSealedAndItsSecretIsShownOnce(t *testing.T) {
	s := newSite(t)
	w := s.do("POST", Base+"/webhooks", webhookBody, "Authorization: Bearer "+s.keys.server)
	var made api.WebhookAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("POST /webhooks answered %d %s", w.Code, w.Body)
	}
	added := s.webhooks.added[0]
	if made.Secret == "" || made.Webhook.Url != "https://hooks.example.org/…" || made.Webhook.Over || made.Webhook.Distance != "10m" || made.Webhook.Language != "bn" {
		t.Errorf("the answer is %+v, want the webhook as it was asked for, with its secret and a shortened URL", made)
	}
	if strings.Contains(string(added.Sealed), "telltale") || added.Owner != "k1" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("what is stored is %+v with Cache-Control %s, want a sealed URL of the key's owner and no-store", added, w.Header().Get("Cache-Control"))
	}
	for _, path := range []string{"/webhooks", "/webhooks/" + webhookID} {
		if got := s.do("GET", Base+path, "", "Authorization: Bearer "+s.keys.server).Body.String(); strings.Contains(got, "secret") || strings.Contains(got, "telltale") {
			t.Errorf("GET %s holds a secret: %s", path, got)
		}
	}
	if strings.Contains(s.logged.String(), "telltale") {
		t.Errorf("the log holds the URL: %s", s.logged)
	}
}

func TestTheWebhooksOfAnotherKeyAreNotFound(t *testing.T) {
	s := newSite(t)
	s.webhooks.stored.Owner = "another"
	for _, path := range []string{"", "/deliveries", "/messages"} {
		if w := s.do("GET", Base+"/webhooks/"+webhookID+path, "", "Authorization: Bearer "+s.keys.server); w.Code != http.StatusNotFound {
			t.Errorf("GET of the webhook of another key%s answered %d, want 404", path, w.Code)
		}
	}
	if w := s.do("GET", Base+"/webhooks/"+webhookID, "", "Authorization: Bearer "+s.keys.admin); w.Code != http.StatusOK {
		t.Errorf("GET with a key of scope admin answered %d, want 200", w.Code)
	}
}

func TestDurationsAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Minute: "1h30m", 90 * time.Second: "1m30s", 24 * time.Hour: "24h", 20 * time.Minute: "20m", 10 * time.Hour: "10h"} {
		if got := shortDuration(d); got != want {
			t.Errorf("shortDuration(%v) = %q, want %q", d, got, want)
		}
	}
}
