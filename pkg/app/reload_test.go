package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/config"
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

// TestMetricsCanBeReadDuringAReload shows its fault with the race detector.
func TestMetricsCanBeReadDuringAReload(t *testing.T) {
	environ := []string{"OUTCRY_DATA=" + t.TempDir()}
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler), Options{Replay: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	h, err := p.newHandler()
	if err != nil {
		t.Fatal(err)
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(p.caches)
	var over atomic.Bool
	read := make(chan error)
	go func() {
		for !over.Load() {
			if families, err := metrics.Gather(); err != nil || len(families) != 1 {
				read <- fmt.Errorf("%d families, %w; want those of the caches", len(families), err)
				return
			}
		}
		read <- nil
	}()
	for range 3 {
		if err := p.reload(h, environ); err != nil {
			t.Error(err)
		}
	}
	over.Store(true)
	if err := <-read; err != nil {
		t.Error(err)
	}
}
