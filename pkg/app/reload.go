package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// reloadable is what a running server reads again when it is asked to.
type reloadable struct {
	catalog   *catalog.Catalog
	languages locale.Set
	proxies   []netip.Prefix
}

// readReloadable reads the catalog, the words and the trusted proxies that the
// settings name.
func readReloadable(cfg config.Config) (r reloadable, err error) {
	if r.catalog, err = catalog.Load(cfg.Catalog, cfg.CatalogExtra); err != nil {
		return r, fmt.Errorf("OUTCRY_CATALOG, OUTCRY_CATALOG_EXTRA: %w", err)
	}
	if err = checkMetricsServices(r.catalog, cfg.MetricsServices); err != nil {
		return r, err
	}
	if r.languages, err = locale.LoadWith(frontend.Files, locale.Changes{Words: cfg.Words, Brand: cfg.BrandName}); err != nil {
		return r, fmt.Errorf("OUTCRY_WORDS: %w", err)
	}
	r.proxies = cfg.TrustedProxies
	return r, nil
}

// use makes the parts read from r. It changes the catalog in place, because every
// part holds it.
func (p *Parts) use(r reloadable) {
	if p.Catalog == nil {
		p.Catalog = r.catalog.Copy()
	}
	p.Catalog.Replace(r.catalog)
	p.languages.Store(&r.languages)
	p.proxies.Store(&r.proxies)
}

// brand returns what the operator calls the site and how it looks.
func (p *Parts) brand() site.Brand {
	c := p.config
	return site.Brand{
		Brand:    view.Brand{Name: c.BrandName, ImprintURL: c.ImprintURL, ContactURL: c.ContactURL, PrivacyURL: c.PrivacyURL},
		LogoFile: c.Logo, Light: c.Accent, Dark: c.AccentDark,
	}
}

// used returns what the parts read from now.
func (p *Parts) used() reloadable {
	return reloadable{p.Catalog.Copy(), *p.languages.Load(), *p.proxies.Load()}
}

// trustedProxies returns the addresses whose forwarding headers are trusted.
func (p *Parts) trustedProxies() []netip.Prefix { return *p.proxies.Load() }

// liveHandler passes requests to a handler that can be replaced while it serves. A
// request ends with the handler that it began with.
type liveHandler struct {
	build   func() (http.Handler, error)
	changed func() bool // whether the files behind build have changed; nil if they cannot
	log     *slog.Logger

	mu      sync.Mutex // held while a handler is built
	current atomic.Pointer[http.Handler]
}

// newLiveHandler returns a handler that passes requests to the one that build makes.
func newLiveHandler(build func() (http.Handler, error), changed func() bool, log *slog.Logger) (*liveHandler, error) {
	h := &liveHandler{build: build, changed: changed, log: log}
	return h, h.rebuild()
}

// rebuild replaces the handler. After an error the last one goes on.
func (h *liveHandler) rebuild() error {
	next, err := h.build()
	if err != nil {
		return err
	}
	h.current.Store(&next)
	return nil
}

func (h *liveHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.changed != nil {
		h.follow()
	}
	(*h.current.Load()).ServeHTTP(w, r)
}

// follow rebuilds the handler when its files have changed.
func (h *liveHandler) follow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.changed() {
		return
	}
	if err := h.rebuild(); err != nil {
		h.log.Error("the changed frontend does not load; the last good one is served", "error", err)
	}
}

// newHandler returns the handler of the server. In a build that reads the frontend
// from the disk it follows every change.
func (p *Parts) newHandler() (*liveHandler, error) {
	var changed func() bool
	if frontend.Watching {
		changed = frontend.Changed
	}
	return newLiveHandler(p.handler, changed, p.log)
}

// reload reads the catalog, the words and the trusted proxies again, and serves
// with them. After an error everything is as before.
func (p *Parts) reload(h *liveHandler, environ []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	cfg, err := config.Load(environ)
	if err != nil {
		return err
	}
	next, err := readReloadable(cfg)
	if err != nil {
		return err
	}
	before := p.used()
	p.use(next)
	if err := h.rebuild(); err != nil {
		p.use(before)
		return errors.Join(err, h.rebuild())
	}
	added, removed, changed := catalog.Difference(before.catalog, next.catalog)
	logShadows(p.log, next.catalog)
	p.log.Info("reloaded", "services", len(next.catalog.Services()), "added", added, "removed", removed, "changed", changed, "trusted_proxies", len(next.proxies))
	return nil
}

// reloadWhenAsked reloads whenever asked is sent to, until ctx ends.
func (p *Parts) reloadWhenAsked(ctx context.Context, h *liveHandler, asked <-chan os.Signal, tell func(state string)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-asked:
			tell("RELOADING=1")
			if err := p.reload(h, os.Environ()); err != nil {
				p.log.Error("nothing was reloaded; the server goes on with what it had. Correct this and send SIGHUP again", "error", err)
			}
			tell("READY=1")
		}
	}
}

// maxChangesLogged is how many changes of the catalog are logged one by one.
const maxChangesLogged = 50

// logShadows logs which entries of the extra catalog change or hide built-in ones,
// and how many it adds.
func logShadows(log *slog.Logger, c *catalog.Catalog) {
	var added []string
	logged, left := 0, 0
	for _, change := range c.Changes() {
		switch {
		case change.Added:
			added = append(added, change.Kind+" "+change.ID)
		case logged == maxChangesLogged:
			left++
		default:
			logged++
			log.Info("the extra catalog changes the built-in one", "at", change.Place, "change", change.String())
		}
	}
	if left > 0 {
		log.Info("the extra catalog changes more entries of the built-in one", "entries", left)
	}
	if len(added) > 0 {
		log.Info("the extra catalog adds entries", "count", len(added), "first", added[:min(len(added), maxChangesLogged)])
	}
}
