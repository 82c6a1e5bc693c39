package app

import (
	"log/slog"
	"net/http"
	"sync"

	"github.com/outcry/outcry/frontend"
)

// watchedHandler returns the handler of the server. In a build that reads the
// frontend from the disk it follows every change.
func (p *Parts) watchedHandler() (http.Handler, error) {
	if !frontend.Watching {
		return p.handler()
	}
	return reloading(p.handler, frontend.Changed, p.log)
}

// reloading returns a handler that passes requests to the one that build makes,
// and builds it anew when changed reports a change. If that fails, the last good
// handler goes on and the error is logged.
func reloading(build func() (http.Handler, error), changed func() bool, log *slog.Logger) (http.Handler, error) {
	current, err := build()
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	latest := func() http.Handler {
		mu.Lock()
		defer mu.Unlock()
		if changed() {
			next, err := build()
			if err != nil {
				log.Error("the changed frontend does not load; the last good one is served", "error", err)
			} else {
				current = next
			}
		}
		return current
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { latest().ServeHTTP(w, r) }), nil
}
