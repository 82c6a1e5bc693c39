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
				t.Errorf("POST %s answered %d and counted %d, want %d, and 1 counted only with 202: %s", reports, w.Code, len(s.ingest.items()), x.status, w.Body)
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
			t.Errorf("%s: OPTIONS %s answered %d with headers %v, want 204 with origin %q and methods %q", x.name, x.path, w.Code, h, x.allow, x.methods)
		}
		if got := h.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("%s: Access-Control-Allow-Credentials is %q, want none", x.name, got)
		}
	}
}

func TestPagesOfAllOriginsMayReadWithAnyHeader(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/services/whatsapp", "/nosuch"} {
		w := s.do("OPTIONS", Base+path, "", "Origin: https://news.example", "Access-Control-Request-Method: GET",
			"Access-Control-Request-Headers: authorization,cache-control,content-type,x-requested-with,traceparent,tracestate,sentry-trace,bad name,x\ty")
		allowed := w.Header().Get("Access-Control-Allow-Headers")
		for _, name := range []string{"*", "authorization", "cache-control", "content-type", "x-requested-with", "traceparent", "tracestate", "sentry-trace"} {
			if !holdsName(allowed, name) { // the star does not cover a key, nor is it known to all browsers
				t.Errorf("Access-Control-Allow-Headers of %s is %q, want %s among them", path, allowed, name)
			}
		}
		if w.Code != 204 || strings.Contains(allowed, "bad") || strings.ContainsAny(allowed, "\t\r\n") {
			t.Errorf("OPTIONS %s answered %d and allows %q, want 204 and names of headers only", path, w.Code, allowed)
		}
		for _, header := range []string{"Access-Control-Allow-Credentials", "Set-Cookie"} {
			if got := s.do("GET", Base+path, "", "Origin: https://news.example", "Cookie: a=b").Header().Get(header); got != "" {
				t.Errorf("GET %s from another origin answers with %s: %s, want none", path, header, got)
			}
		}
	}
	long := "x-" + strings.Repeat("y", 20) + strings.Repeat(",x-z", 500)
	if w := s.do("OPTIONS", Base+"/services", "", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: "+long); len(w.Header().Get("Access-Control-Allow-Headers")) > 1000 {
		t.Error("a preflight with 500 names is answered at length, want the first ones only")
	}
}

func TestThePublicURLMustBeAURL(t *testing.T) {
	for _, wrong := range []string{"outcry.example", "://", "https://"} {
		if _, err := New(Options{PublicURL: wrong}); err == nil {
			t.Errorf("New with PublicURL %q gives no error, want one", wrong)
		}
	}
}

func TestLookUpsOfKeysAreCached(t *testing.T) {
	keys := newFakeKeys()
	ring := newKeyring(keys, NewWrongKeys(), slog.New(slog.DiscardHandler))
	look := func(secret string, after time.Duration) error {
		t.Helper()
		_, err := ring.lookUp(context.Background(), secret, sender(0), now.Add(after))
		return err
	}
	wantLookups := func(n int) {
		t.Helper()
		if keys.lookups != n {
			t.Errorf("the archive had %d look-ups, want %d", keys.lookups, n)
		}
	}
	wrong := apikey.New(apikey.Server).Secret
	for range 3 {
		if err := look(keys.server, 0); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{wrong, keys.revoked, "no key at all"} {
			if err := look(secret, keyLifetime-1); fault.KindOf(err) != fault.Unauthorized {
				t.Errorf("lookUp of a wrong key = %v, want fault.Unauthorized", err)
			}
		}
	}
	wantLookups(3)

	// A revoked key is accepted for keyLifetime at most.
	hash := string(apikey.Hash(keys.server))
	keys.byHash[hash] = archive.Key{ID: "k1", Scope: "server", Revoked: now}
	if err := look(keys.server, keyLifetime-1); err != nil {
		t.Errorf("lookUp within keyLifetime after the key was revoked = %v, want no error", err)
	}
	if err := look(keys.server, keyLifetime); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("lookUp after keyLifetime = %v, want fault.Unauthorized", err)
	}
}

func TestCachedKeysWorkWhileTheArchiveFails(t *testing.T) {
	keys := newFakeKeys()
	ring := newKeyring(keys, NewWrongKeys(), slog.New(slog.DiscardHandler))
	if _, err := ring.lookUp(context.Background(), keys.server, sender(0), now); err != nil {
		t.Fatal(err)
	}
	keys.err = errors.New("connection refused")
	if k, err := ring.lookUp(context.Background(), keys.server, sender(0), now.Add(time.Hour)); err != nil || k.ID != "k1" {
		t.Errorf("lookUp of a cached key while the archive is down = %q, %v; want k1 and no error", k.ID, err)
	}
	if _, err := ring.lookUp(context.Background(), keys.app, sender(0), now); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("lookUp of another key while the archive is down = %v, want fault.Unavailable", err)
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
		t.Errorf("log after three failed look-ups, want one line with the error:\n%s", text)
	}
	s.keys.err = nil
	look()
	look()
	if text := s.logged.String(); strings.Count(text, "\n") != 2 {
		t.Errorf("log after two look-ups that worked again, want two lines in all:\n%s", text)
	}
}

func TestTheKeyringIsBounded(t *testing.T) {
	keys := newFakeKeys()
	ring := newKeyring(keys, NewWrongKeys(), slog.New(slog.DiscardHandler))
	if _, err := ring.lookUp(context.Background(), keys.server, sender(0), now); err != nil {
		t.Fatal(err)
	}
	for i := range maxCachedKeys + 10 {
		if _, err := ring.lookUp(context.Background(), apikey.New(apikey.App).Secret, sender(i), now); fault.KindOf(err) != fault.Unauthorized {
			t.Fatalf("lookUp of a wrong key = %v, want fault.Unauthorized", err)
		}
	}
	if n := len(ring.invalid); n > maxCachedKeys {
		t.Errorf("len(ring.invalid) = %d, want at most %d", n, maxCachedKeys)
	}
	lookups := keys.lookups
	if _, err := ring.lookUp(context.Background(), keys.server, sender(0), now); err != nil || keys.lookups != lookups {
		t.Errorf("lookUp of a valid key after many wrong ones = %v with %d look-ups in the archive, want no error and 0", err, keys.lookups-lookups)
	}
}
