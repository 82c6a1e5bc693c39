package webhook_test

import (
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/webhook"
)

func mustKey(t *testing.T) *seal.Key {
	t.Helper()
	k, err := seal.New(strings.Repeat("k", seal.MinLength))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newDesk returns a desk on a new archive.
func newDesk(t *testing.T, allow ...netip.Prefix) (*webhook.Desk, *archive.Archive) {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := catalog.Load("", "")
	if err != nil {
		t.Fatal(err)
	}
	return &webhook.Desk{Rules: webhook.Rules{Catalog: c, Languages: []string{"en", "bn"}, Allow: allow}, Store: a, Key: mustKey(t)}, a
}

var (
	admin  = webhook.Owner{Key: "admin", Admin: true}
	server = webhook.Owner{Key: "server"}
	other  = webhook.Owner{Key: "other"}
	wish   = webhook.Wish{URL: "https://hooks.example.org/outcry/telltale-token", Services: []string{"whatsapp"}}
)

func TestAWebhookBelongsToItsKey(t *testing.T) {
	d, _ := newDesk(t)
	s, secret, err := d.Create(t.Context(), server, wish, noon)
	if err != nil || !strings.HasPrefix(secret, "whsec_") || s.Hint != "https://hooks.example.org/…" {
		t.Fatalf("Create = %+v, %q, %v; want a webhook with a secret and a shortened URL", s, secret, err)
	}
	for owner, sees := range map[webhook.Owner]bool{admin: true, server: true, other: false, {}: false} {
		_, err := d.Get(t.Context(), owner, s.ID)
		if (err == nil) != sees || err != nil && fault.KindOf(err) != fault.NotFound {
			t.Errorf("Get by %+v = %v, want it found: %v", owner, err, sees)
		}
		list, err := d.List(t.Context(), owner, "", 10)
		if err != nil || owner.Key != "" && (len(list) == 1) != sees {
			t.Errorf("List by %+v = %d webhooks, %v; want it listed: %v", owner, len(list), err, sees)
		}
	}
	for name, err := range map[string]error{
		"Delete": d.Delete(t.Context(), other, s.ID), "Redeliver": d.Redeliver(t.Context(), other, s.ID, "msg_x", noon),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s by another key = %v, want that there is no such webhook", name, err)
		}
	}
	if _, err := d.Test(t.Context(), other, s.ID, noon); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Test by another key = %v, want that there is no such webhook", err)
	}
	if err := d.Delete(t.Context(), server, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(t.Context(), admin, s.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Get after Delete = %v, want that there is no such webhook", err)
	}
}

func TestARotationKeepsTheOldSecretForADay(t *testing.T) {
	d, a := newDesk(t)
	s, first, err := d.Create(t.Context(), server, wish, noon)
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := d.Rotate(t.Context(), server, s.ID, noon.Add(time.Hour))
	if err != nil || second == first {
		t.Fatalf("Rotate = %q, %v; want a new secret", second, err)
	}
	stored, err := a.Subscription(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	p, err := notify.Open(d.Key, &stored)
	if want := (notify.Private{Address: wish.URL, Secret: second, Old: []notify.OldSecret{{Secret: first, Until: noon.Add(25 * time.Hour)}}}); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("what is stored is %+v, %v; want %+v", p, err, want)
	}
	for n := range 4 {
		_, _, err = d.Rotate(t.Context(), server, s.ID, noon.Add(time.Duration(2+n)*time.Hour))
	}
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a fifth Rotate within a day = %v, want it refused", err)
	}
	if stored, err = a.Subscription(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if p, err = notify.Open(d.Key, &stored); err != nil || len(p.ValidOld(noon.Add(24*time.Hour))) != 4 || p.ValidOld(noon.Add(24 * time.Hour))[0].Secret != first {
		t.Errorf("after four rotations %+v are valid, %v; want all of the last day", p.ValidOld(noon.Add(24*time.Hour)), err)
	}
	if _, _, err := d.Rotate(t.Context(), server, s.ID, noon.Add(26*time.Hour)); err != nil {
		t.Errorf("Rotate on the next day = %v", err)
	}
	slack, none, err := d.Create(t.Context(), server, webhook.Wish{URL: "https://hooks.slack.com/services/x", Format: "slack"}, noon)
	if err != nil || none != "" {
		t.Fatalf("Create for Slack = %q, %v; want no secret", none, err)
	}
	if _, _, err := d.Rotate(t.Context(), server, slack.ID, noon); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Rotate of a webhook without a secret = %v, want an error that says so", err)
	}
}

func TestWrongWishesAreRefusedWithTheirField(t *testing.T) {
	d, _ := newDesk(t)
	for _, x := range []struct {
		field string
		wish  webhook.Wish
	}{
		{"url", webhook.Wish{}},
		{"url", webhook.Wish{URL: "hooks.example.org"}},
		{"url", webhook.Wish{URL: "http://hooks.example.org/"}},
		{"url", webhook.Wish{URL: "ftp://hooks.example.org/"}},
		{"url", webhook.Wish{URL: "https://user:password@hooks.example.org/"}},
		{"url", webhook.Wish{URL: "https://127.0.0.1/"}},
		{"url", webhook.Wish{URL: "https://[::1]/"}},
		{"url", webhook.Wish{URL: "https://169.254.169.254/latest"}},
		{"url", webhook.Wish{URL: "https://localhost/"}},
		{"url", webhook.Wish{URL: "https://db.internal/"}},
		{"url", webhook.Wish{URL: "https://hooks.example.org:22/"}},
		{"url", webhook.Wish{URL: "https://hooks.example.org:99999/"}},
		{"url", webhook.Wish{URL: "https://hooks.example.org/" + strings.Repeat("x", 3000)}},
		{"url", webhook.Wish{URL: "https://api.telegram.org/bot1:x/sendMessage", Format: "telegram"}},
		{"url", webhook.Wish{URL: "https://events.pagerduty.com/v2/enqueue", Format: "pagerduty"}},
		{"format", webhook.Wish{URL: wish.URL, Format: "fax"}},
		{"services", webhook.Wish{URL: wish.URL, Services: []string{"nosuch"}}},
		{"providers", webhook.Wish{URL: wish.URL, Providers: []string{"nosuch"}}},
		{"categories", webhook.Wish{URL: wish.URL, Categories: []string{"nosuch"}}},
		{"countries", webhook.Wish{URL: wish.URL, Countries: []string{"nosuch"}}},
		{"services", webhook.Wish{URL: wish.URL, Services: make([]string, 1000)}},
		{"from", webhook.Wish{URL: wish.URL, From: "panic"}},
		{"language", webhook.Wish{URL: wish.URL, Language: "tlh"}},
		{"distance", webhook.Wish{URL: wish.URL, Distance: time.Second}},
		{"name", webhook.Wish{URL: wish.URL, Name: "a\nb"}},
		{"name", webhook.Wish{URL: wish.URL, Name: strings.Repeat("x", 200)}},
	} {
		_, _, err := d.Create(t.Context(), server, x.wish, noon)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != x.field || strings.Contains(f.Msg, "telltale") {
			t.Errorf("Create(%+v) = %v, want an error about %s", x.wish, err, x.field)
		}
	}
	d.Key = nil
	if _, _, err := d.Create(t.Context(), server, wish, noon); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "OUTCRY_SECRET") {
		t.Errorf("Create without a key of the installation = %v, want an error that names the setting", err)
	}
}

func TestAnAllowedNetworkMayBeNamed(t *testing.T) {
	d, _ := newDesk(t, loopback...)
	for _, address := range []string{"http://127.0.0.1:8080/x", "http://localhost:9/x", "https://hooks.example.org/"} {
		if _, _, err := d.Create(t.Context(), server, webhook.Wish{URL: address}, noon); err != nil {
			t.Errorf("Create(%s) = %v, want it allowed", address, err)
		}
	}
	if _, _, err := d.Create(t.Context(), server, webhook.Wish{URL: "http://10.0.0.1/"}, noon); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Create for another private address = %v, want it refused", err)
	}
}

func TestAKeyHasABoundedNumberOfWebhooks(t *testing.T) {
	d, _ := newDesk(t)
	for i := range 101 {
		_, _, err := d.Create(t.Context(), server, wish, noon)
		if wantErr := i == 100; (err != nil) != wantErr || wantErr && fault.KindOf(err) != fault.Forbidden {
			t.Fatalf("Create number %d = %v, want an error: %v", i, err, wantErr)
		}
	}
	if _, _, err := d.Create(t.Context(), other, wish, noon); err != nil {
		t.Errorf("Create with another key = %v, want no error", err)
	}
	for i := range 30 {
		s, err := d.List(t.Context(), server, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Test(t.Context(), server, s[0].ID, noon)
		if wantErr := i >= 20; (err != nil) != wantErr || wantErr && fault.KindOf(err) != fault.Limited {
			t.Fatalf("Test number %d = %v, want an error: %v", i, err, wantErr)
		}
	}
}
