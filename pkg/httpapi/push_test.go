package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/push"
	"github.com/outcry/outcry/pkg/seal"
)

// fakeBrowsers is an archive of the subscriptions of browsers.
type fakeBrowsers struct {
	err   error
	added []notify.Subscription
}

func (f *fakeBrowsers) AddSubscription(_ context.Context, s notify.Subscription, _ ...incident.Incident) error {
	f.added = append(f.added, s)
	return f.err
}

func (f *fakeBrowsers) Subscriptions(context.Context, archive.SubscriptionFilter) ([]notify.Subscription, error) {
	return nil, f.err
}

func (f *fakeBrowsers) CountSubscriptions(context.Context, string, string) (int64, error) {
	return 0, f.err
}

func (f *fakeBrowsers) DeleteSubscription(_ context.Context, id string) error {
	if f.err != nil || slices.ContainsFunc(f.added, func(s notify.Subscription) bool { return s.ID == id }) {
		return f.err
	}
	return fault.New(fault.NotFound, "none")
}

func (f *fakeBrowsers) Incident(context.Context, string) (incident.Incident, []incident.Event, error) {
	return incident.Incident{State: incident.Confirmed}, nil, f.err
}

// pushDesk returns a desk on f. WhatsApp has an incident that goes on.
func pushDesk(t testing.TB, f *fakeBrowsers, key *seal.Key, c *catalog.Catalog) *push.Desk {
	t.Helper()
	identity, err := push.NewIdentity(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return &push.Desk{Store: f, Key: key, Identity: identity, Languages: []string{"en", "bn"}, HasService: c.HasService,
		Live: func(slug string) *incident.Incident {
			if slug != "whatsapp" {
				return nil
			}
			return &incident.Incident{ID: "whatsapp-2022-10-25-0712", Service: "whatsapp", State: incident.Confirmed}
		}}
}

const (
	pushKeys  = `"keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}`
	pushBody  = `{"service":"whatsapp","when":"over","language":"bn","subscription":{"endpoint":"https://push.example.net/telltale","expirationTime":null,` + pushKeys + `}}`
	pushPath  = "/push/subscriptions"
	browserID = "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"
)

// pushExchanges are the requests of browsers that want to be told.
func pushExchanges() []exchange {
	foreign := []string{"Origin: https://other.example", "Sec-Fetch-Site: cross-site"}
	wrongKey := []string{"Authorization: Bearer nosuch"}
	key, err := seal.New(strings.Repeat("k", seal.MinLength))
	if err != nil {
		panic(err)
	}
	own := pushPath + "/" + browserID + "." + base64.RawURLEncoding.EncodeToString(key.MAC("end push", browserID)[:16])
	wrong := pushPath + "/" + browserID + ".q7yGm3Z0T1x8c5Vb2LkRzA"
	stored := func(s *site) { s.browsers.added = []notify.Subscription{{ID: browserID}} }
	fails := func(err error) func(*site) { return func(s *site) { s.browsers.err = err } }
	limited := &fault.Error{Kind: fault.Limited, Msg: "too many", RetryAfter: time.Minute}
	return []exchange{
		{method: "GET", path: "/push", status: 200},
		{method: "GET", path: "/push?a;b", status: 400},
		{method: "GET", path: "/push", status: 304, headers: []string{"If-None-Match: *"}},
		{method: "GET", path: "/push", status: 200, simulated: true, arrange: func(s *site) { s.api.Push.Key = nil }},
		{method: "POST", path: pushPath, body: pushBody, status: 201},
		{method: "POST", path: pushPath, body: strings.Replace(pushBody, "over", "breaks", 1), status: 201, simulated: true},
		{method: "POST", path: pushPath, body: "{", status: 400, wrong: true},
		{method: "POST", path: pushPath, body: pushBody, status: 401, headers: wrongKey},
		{method: "POST", path: pushPath, body: pushBody, status: 403, headers: foreign},
		{method: "POST", path: pushPath, body: pushBody, status: 403, headers: append([]string{"Authorization: " + appKey}, foreign...)},
		{method: "POST", path: pushPath, body: `{"service":"` + strings.Repeat("x", 9000) + `"}`, status: 413, wrong: true},
		{method: "POST", path: pushPath, body: pushBody, status: 415, wrong: true, headers: []string{"Content-Type: text/plain"}},
		{method: "POST", path: pushPath, body: strings.Replace(pushBody, "push.example.net", "127.0.0.1", 1), status: 422},
		{method: "POST", path: pushPath, body: strings.Replace(pushBody, "whatsapp", "grameen", 1), status: 422},
		{method: "POST", path: pushPath, body: strings.Replace(pushBody, "over", "never", 1), status: 422, wrong: true},
		{method: "POST", path: pushPath, body: strings.Replace(pushBody, `"bn"`, "7", 1), status: 422, wrong: true},
		{method: "POST", path: pushPath, body: pushBody, status: 429, arrange: fails(limited)},
		{method: "POST", path: pushPath, body: pushBody, status: 500, arrange: fails(&fault.Error{Kind: fault.Internal})},
		{method: "POST", path: pushPath, body: pushBody, status: 503, arrange: fails(errors.New("no route to host"))},
		{method: "POST", path: pushPath, body: pushBody, status: 503, arrange: func(s *site) { s.api.Push.Key = nil }},
		{method: "DELETE", path: own, status: 204, arrange: stored},
		{method: "DELETE", path: own, status: 404},
		{method: "DELETE", path: wrong, status: 404, arrange: stored},
		{method: "DELETE", path: own, status: 401, headers: wrongKey},
		{method: "DELETE", path: own, status: 403, headers: foreign},
		{method: "DELETE", path: own, status: 429, arrange: fails(limited)},
		{method: "DELETE", path: own, status: 500, arrange: fails(&fault.Error{Kind: fault.Internal})},
		{method: "DELETE", path: own, status: 503, arrange: fails(errors.New("no route to host"))},
	}
}

func TestABrowserSubscribesAndStopsWithItsToken(t *testing.T) {
	s := newSite(t)
	w := s.do("POST", Base+pushPath, pushBody)
	var made api.PushSubscription
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated || len(s.browsers.added) != 1 {
		t.Fatalf("POST %s answered %d %s and stored %d subscriptions, want 201 and 1", pushPath, w.Code, w.Body, len(s.browsers.added))
	}
	stored, err := json.Marshal(s.browsers.added[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(stored), "telltale") || strings.Contains(s.logged.String(), "telltale") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the endpoint is in clear in what is stored (%s) or logged, or Cache-Control is %q and not no-store", stored, w.Header().Get("Cache-Control"))
	}
	if w := s.do("DELETE", Base+pushPath+"/"+made.Token, ""); w.Code != http.StatusNoContent {
		t.Errorf("DELETE answered %d %s, want 204", w.Code, w.Body)
	}
	s.browsers.added = nil
	if w := s.do("DELETE", Base+pushPath+"/"+made.Token, ""); w.Code != http.StatusNotFound {
		t.Errorf("DELETE of what is gone answered %d, want 404", w.Code)
	}
}
