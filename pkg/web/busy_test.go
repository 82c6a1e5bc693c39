package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/gate"
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
