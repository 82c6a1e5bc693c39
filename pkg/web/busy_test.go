package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/limit"
)

func TestPagesBeyondTheQueueAreRefusedInWords(t *testing.T) {
	making := gate.New("pages", 1, 0)
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Making: making})
	if err != nil {
		t.Fatal(err)
	}
	if w := pagetest.Get(t, engine, "/en/whatsapp"); w.Code != http.StatusOK {
		t.Fatalf("at an open gate: status %d, want 200", w.Code)
	}
	if _, err := gate.Do(context.Background(), making, func() (int, error) { // somebody else's page is being made
		for _, path := range []string{"/en/telegram", "/en/incidents/whatsapp-2022-10-25-0637", "/en/whatsapp/history", "/en/nothing"} {
			w := pagetest.Get(t, engine, path)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "<html") {
				t.Errorf("%s: status %d and Retry-After %q, want the page of 503 with a time", path, w.Code, w.Header().Get("Retry-After"))
			}
		}
		if w := pagetest.Get(t, engine, "/en/whatsapp"); w.Code != http.StatusOK {
			t.Errorf("a page that was made before: status %d, want 200", w.Code)
		}
		return 0, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// refusing is a limiter with no pages left to make.
type refusing struct{}

func (refusing) Take(class limit.Class, _ limit.Sender, _ time.Time) limit.Decision {
	return limit.Decision{Class: class, Allowed: class != limit.Making, Limit: 1, RetryAfter: 1500 * time.Millisecond}
}

func (refusing) GiveBack(limit.Class, limit.Sender, time.Time) {}

func TestPagesAreNotMadeForWhoHasHadTooMany(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if w := pagetest.Get(t, engine, "/en/whatsapp"); w.Code != http.StatusOK {
		t.Fatalf("somebody else: status %d, want 200", w.Code)
	}
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r.WithContext(limit.With(r.Context(), refusing{}, limit.Sender{})))
		return w
	}
	for _, path := range []string{"/en/telegram", "/en/nothing", "/en/whatsapp/history"} {
		w := get(path)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" || !strings.Contains(w.Body.String(), "Too many requests") {
			t.Errorf("%s: status %d and Retry-After %q, want the page of 429 and 2 s", path, w.Code, w.Header().Get("Retry-After"))
		}
	}
	if w := get("/en/whatsapp"); w.Code != http.StatusOK {
		t.Errorf("a page that was made for somebody else: status %d, want 200", w.Code)
	}
}
