package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
)

func TestManifestIsInTheLanguageOfItsAddress(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, code := range locale.Codes() {
		w := pagetest.Get(t, h, "/"+code+"/manifest.webmanifest")
		var m manifest
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if m.Lang != code || m.StartURL != "/"+code || m.Scope != "/" || m.Description == "" || len(m.Icons) != 4 {
			t.Errorf("manifest of %s: %+v", code, m)
		}
		for _, icon := range m.Icons {
			if got := pagetest.Get(t, h, icon.Address); got.Code != http.StatusOK || got.Header().Get("Content-Type") != icon.Type {
				t.Errorf("icon %s: status %d, type %q, want 200 and %q", icon.Address, got.Code, got.Header().Get("Content-Type"), icon.Type)
			}
		}
		if kind := w.Header().Get("Content-Type"); kind != "application/manifest+json" {
			t.Errorf("manifest of %s: type %q", code, kind)
		}
	}
}

func TestServiceWorkerMayAskThisSiteOnly(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	w := pagetest.Get(t, h, site.WorkerPath)
	if w.Code == http.StatusNotFound {
		t.Skip("no service worker was built")
	}
	if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'; connect-src 'self'" {
		t.Errorf("policy %q", got)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control %q: an old version would stay", got)
	}
	if tag := w.Header().Get("ETag"); pagetest.Get(t, h, site.WorkerPath, "If-None-Match", tag).Code != http.StatusNotModified {
		t.Error("an unchanged service worker is sent again")
	}
}

func TestPagesAllowManifestAndServiceWorkerAndNoMore(t *testing.T) {
	const want = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if policy != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
}

func TestOnlyACopyShowsItsAge(t *testing.T) {
	b := pagetest.Morning()
	h := mountPages(t, b, &pagetest.Ingester{})
	age := func(path string) string {
		t.Helper()
		_, rest, found := strings.Cut(pagetest.Get(t, h, path).Body.String(), `id="kept"`)
		if !found {
			return ""
		}
		text, _, _ := strings.Cut(rest, "</p>")
		return text
	}
	for path, want := range map[string]string{
		"/en/whatsapp":          "No connection.</b> This page is from <b>07:50</b>, 25 October 2022.",
		"/en/whatsapp?zone=360": "No connection.</b> This page is from <b>13:50</b>, 25 October 2022.",
		"/bn/whatsapp?zone=360": "<b>১৩:৫০</b>-র, ২৫ অক্টোবর ২০২২",
	} {
		if got := age(path); !strings.Contains(got, want) || !strings.Contains(got, " hidden>") {
			t.Errorf("%s: the hidden age is %q, want %q", path, got, want)
		}
	}
	press := "/whatsapp?said=works&at=" + unix(pagetest.Now)
	for _, path := range []string{"/", "/admin", "/whatsapp/history", "/method", press} {
		if got := age(path); got != "" {
			t.Errorf("%s can be kept: %q", path, got)
		}
	}
	b.Err = pagetest.ErrStore
	h, _, err := newEngine(b, &pagetest.Ingester{}, engineOptions{Now: func() time.Time { return pagetest.Now.Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	if got := pagetest.Get(t, h, "/whatsapp").Body.String(); strings.Contains(got, `id="kept"`) {
		t.Error("a page whose numbers could not be read can be kept")
	}
}

func TestPageForNoConnectionNamesNoTime(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, code := range locale.Codes() {
		w := pagetest.Get(t, h, "/"+code+"/offline")
		body := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(body, `id="kept-list"`) || !strings.Contains(body, "noindex") {
			t.Errorf("/%s/offline: status %d", code, w.Code)
		}
		if strings.Contains(body, "2022") || strings.Contains(body, "২০২২") {
			t.Errorf("/%s/offline names a day, but is shown on later ones", code)
		}
	}
}
