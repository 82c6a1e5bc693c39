package app

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAChangedFrontendIsServedAtTheNextRequest(t *testing.T) {
	var text string
	var fail error
	changed := false
	build := func() (http.Handler, error) {
		built := text
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, built) }), fail
	}
	text = "first"
	h, err := newLiveHandler(build, func() bool { c := changed; changed = false; return c }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	check := func(when, want string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := w.Body.String(); got != want {
			t.Errorf("%s: the page is %q, want %q", when, got, want)
		}
	}
	check("at the start", "first")
	text = "second"
	check("before a change is noticed", "first")
	changed = true
	check("after a change", "second")
	text, fail, changed = "broken", errors.New("a template does not parse"), true
	check("after a change that does not load", "second")
	text, fail, changed = "third", nil, true
	check("after it is mended", "third")
}
