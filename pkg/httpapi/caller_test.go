package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
)

func TestAPageMayPostFromItsOwnOriginOrWithItsKey(t *testing.T) {
	const own, foreign, registered = "https://outcry.example", "https://elsewhere.example", "https://news.example"
	for _, x := range []struct {
		name, origin, site, key string
		status                  int
		allowed                 string // Access-Control-Allow-Origin
	}{
		{"no browser", "", "", "", 202, ""},
		{"our page", "http://example.com", "same-origin", "", 202, ""}, // httptest asks example.com
		{"our page in an old browser", "http://example.com", "", "", 202, ""},
		{"our page under its public name", own, "same-site", "", 202, ""},
		{"an address typed in", "", "none", "", 202, ""},
		{"a third-party page", foreign, "cross-site", "", 403, ""},
		{"a third-party page in an old browser", foreign, "", "", 403, ""},
		{"a sandboxed page", "null", "cross-site", "", 403, ""},
		{"a sandboxed page in an old browser", "null", "", "", 403, ""},
		{"a third-party page that hides its origin", "", "cross-site", "", 403, ""},
		{"a registered page with its key", registered, "cross-site", appKey, 202, registered},
		{"a registered page in an old browser", registered, "", appKey, 202, registered},
		{"a registered page without its key", registered, "cross-site", "", 403, ""},
		{"a registered page with another key", registered, "cross-site", serverKey, 403, ""},
		{"a third-party page with a key", foreign, "cross-site", appKey, 403, ""},
		{"a third-party page with a wrong key", foreign, "cross-site", "nosuch", 401, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t, func(o *Options) { o.PublicURL = own + "/" })
			r := request("POST", reports, `{"symptom":"connection"}`)
			for name, value := range map[string]string{"Origin": x.origin, "Sec-Fetch-Site": x.site} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if x.key != "" {
				r.Header.Set("Authorization", "Bearer "+strings.NewReplacer(serverKey, s.keys.server, appKey, s.keys.app).Replace(x.key))
			}
			w := s.serve(r)
			if w.Code != x.status || (len(s.ingest.items()) == 1) != (x.status == 202) {
				t.Errorf("status is %d with %d counted, want %d: %s", w.Code, len(s.ingest.items()), x.status, w.Body)
			}
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != x.allowed {
				t.Errorf("Access-Control-Allow-Origin is %q, want %q", got, x.allowed)
			}
		})
	}
}

func TestPreflightAllowsReadsAndKeyedPosts(t *testing.T) {
	s := newSite(t)
	for _, x := range []struct {
		name, path, method, headers string
		allow, methods              string
	}{
		{"reading", "/services/whatsapp", "GET", "if-none-match", "*", "GET, HEAD"},
		{"posting without a key", "/services/whatsapp/reports", "POST", "content-type", "", ""},
		{"posting with a key", "/services/whatsapp/reports", "POST", "authorization, content-type", "https://news.example", "POST"},
		{"deleting", "/services/whatsapp", "DELETE", "authorization", "", ""},
	} {
		w := s.do("OPTIONS", Base+x.path, "", "Origin: https://news.example", "Access-Control-Request-Method: "+x.method,
			"Access-Control-Request-Headers: "+x.headers)
		h := w.Header()
		if w.Code != 204 || h.Get("Access-Control-Allow-Origin") != x.allow || h.Get("Access-Control-Allow-Methods") != x.methods {
			t.Errorf("%s: %d %v", x.name, w.Code, h)
		}
		if h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: credentials are allowed", x.name)
		}
	}
}

func TestThePublicURLMustBeAURL(t *testing.T) {
	for _, wrong := range []string{"outcry.example", "://", "https://"} {
		if _, err := New(Options{PublicURL: wrong}); err == nil {
			t.Errorf("New with the public URL %q gives no error", wrong)
		}
	}
}

func TestLookUpsOfKeysAreCached(t *testing.T) {
	keys := newFakeKeys()
	ring := newKeyring(keys, slog.New(slog.DiscardHandler))
	look := func(secret string, after time.Duration) error {
		t.Helper()
		_, err := ring.lookUp(context.Background(), secret, now.Add(after))
		return err
	}
	wantLookups := func(n int) {
		t.Helper()
		if keys.lookups != n {
			t.Errorf("%d look-ups, want %d", keys.lookups, n)
		}
	}
	wrong := apikey.New(apikey.Server).Secret
	for range 3 {
		if err := look(keys.server, 0); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{wrong, keys.revoked, "no key at all"} {
			if err := look(secret, keyLifetime-1); fault.KindOf(err) != fault.Unauthorized {
				t.Errorf("look-up of a wrong key: %v, want fault.Unauthorized", err)
			}
		}
	}
	wantLookups(3)

	// A key that is revoked ends within keyLifetime.
	hash := string(apikey.Hash(keys.server))
	keys.byHash[hash] = archive.Key{ID: "k1", Scope: "server", Revoked: now}
	if err := look(keys.server, keyLifetime-1); err != nil {
		t.Errorf("within keyLifetime: %v, want the key to be believed", err)
	}
	if err := look(keys.server, keyLifetime); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("after keyLifetime: %v, want fault.Unauthorized", err)
	}
}

func TestCachedKeysWorkWhileTheArchiveFails(t *testing.T) {
	keys := newFakeKeys()
	ring := newKeyring(keys, slog.New(slog.DiscardHandler))
	if _, err := ring.lookUp(context.Background(), keys.server, now); err != nil {
		t.Fatal(err)
	}
	keys.err = errors.New("connection refused")
	if k, err := ring.lookUp(context.Background(), keys.server, now.Add(time.Hour)); err != nil || k.ID != "k1" {
		t.Errorf("a known key while the archive is down: %v, %v", k.ID, err)
	}
	if _, err := ring.lookUp(context.Background(), keys.app, now); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("another key while the archive is down: %v, want fault.Unavailable", err)
	}
}

func TestFailingLookUpsAreLoggedOnce(t *testing.T) {
	s := newSite(t)
	look := func() { s.do("POST", Base+"/reports", `{}`, "Authorization: Bearer "+apikey.New(apikey.Server).Secret) }
	s.keys.err = errors.New("connection refused")
	for range 3 {
		look()
	}
	if text := s.logged.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "connection refused") {
		t.Errorf("three look-ups that failed are logged as:\n%s", text)
	}
	s.keys.err = nil
	look()
	look()
	if text := s.logged.String(); strings.Count(text, "\n") != 2 {
		t.Errorf("with those that worked again the log is:\n%s", text)
	}
}

func TestTheKeyringIsBounded(t *testing.T) {
	keys := newFakeKeys()
	ring := newKeyring(keys, slog.New(slog.DiscardHandler))
	if _, err := ring.lookUp(context.Background(), keys.server, now); err != nil {
		t.Fatal(err)
	}
	for range maxCachedKeys + 10 {
		if _, err := ring.lookUp(context.Background(), apikey.New(apikey.App).Secret, now); fault.KindOf(err) != fault.Unauthorized {
			t.Fatal(err)
		}
	}
	if n := len(ring.invalid); n > maxCachedKeys {
		t.Errorf("%d wrong keys are remembered, want at most %d", n, maxCachedKeys)
	}
	lookups := keys.lookups
	if _, err := ring.lookUp(context.Background(), keys.server, now); err != nil || keys.lookups != lookups {
		t.Errorf("wrong keys pushed out a right one: %v", err)
	}
}
