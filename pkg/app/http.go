package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/agents"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/embed"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/guard"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/web"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// readyTimeout bounds the check whether the archive answers.
	readyTimeout = 2 * time.Second
	// maxStreams bounds the open event streams of this process. Each takes some
	// tens of kilobytes.
	maxStreams = 10_000
)

// streamLimits leave room for a carrier behind few addresses. No holder of
// addresses can have more than a quarter of all streams.
var streamLimits = httpapi.StreamLimits{limit.Address: 300, limit.Network: 1_000, limit.Holder: maxStreams / 4}

// handler returns the handler of every request.
func (p *Parts) handler() (http.Handler, error) {
	r, err := p.routes()
	if err != nil {
		return nil, err
	}
	resolver, err := publicurl.NewResolver(publicurl.Options{
		Public: p.config.PublicURL, Trusted: p.trustedProxies(), IsPage: p.isPage, Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	smaller, err := compressed(r)
	if err != nil {
		return nil, err
	}
	return resolver.Handler(smaller), nil
}

// isPage reports whether the site has pages below the path /{segment}.
func (p *Parts) isPage(segment string) bool {
	_, isService := p.Catalog.Service(segment)
	return isService || catalog.Reserved(segment)
}

// routes returns an engine with all routes.
func (p *Parts) routes() (*gin.Engine, error) {
	r, err := p.engine()
	if err != nil {
		return nil, err
	}
	shared, err := site.New(site.Options{Catalog: p.Catalog, Languages: *p.languages.Load(), PublicURL: p.config.PublicURL, Brand: p.brand(), Simulated: p.config.Simulated, Now: time.Now, Log: p.log})
	if err != nil {
		return nil, err
	}
	api, err := p.newAPI(shared)
	if err != nil {
		return nil, err
	}
	pages, embeds, err := p.newPages(shared)
	if err != nil {
		return nil, err
	}
	p.cachesOfSite.Store(&cachesOfSite{pages: pages.CacheStats, cards: embeds.CacheStats})
	if url := p.config.PublicURL; url != "" {
		check, err := ownHost(url, api, p.log)
		if err != nil {
			return nil, err
		}
		r.Use(check)
	}
	if !p.unlimited() {
		r.Use(guard.New(p.limiter, p.DayKeys, time.Now, p.limited(api, pages)).Handle)
	}
	methods := []string{http.MethodGet, http.MethodHead}
	r.Match(methods, "/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	r.Match(methods, "/readyz", p.ready)
	api.Mount(r)
	pages.Mount(r)
	embeds.Mount(r)
	agents.New(agents.Options{Catalog: p.Catalog, Answers: api, CheckOrigin: shared.CheckOrigin, Simulated: p.config.Simulated, Log: p.log}).Mount(r)
	r.NoMethod(api.NoMethod)
	r.NoRoute(func(c *gin.Context) {
		if isAPI(c) {
			api.NotFound(c)
			return
		}
		pages.NotFound(c)
	})
	return r, nil
}

// isAPI reports whether a request is for the API, which has its own form of
// errors.
func isAPI(c *gin.Context) bool { return strings.HasPrefix(c.Request.URL.Path, "/api/") }

// engine returns an engine without routes, which survives panics.
func (p *Parts) engine() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	// publicurl.Resolver has read the headers of proxies.
	if err := r.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false // its redirects use a header that any client can set
	if p.tracer != nil {
		r.Use(p.tracer.Handle)
	}
	if p.instruments != nil {
		r.Use(p.instruments.Handle) // the first one: it measures what the others answer
	}
	r.Use(recovered(p.log), logged(p.log))
	return r, nil
}

// proxied reports whether some proxies are trusted.
func (p *Parts) proxied() bool { return len(p.trustedProxies()) > 0 }

// streamLimits returns the limits of event streams.
func (p *Parts) streamLimits() httpapi.StreamLimits {
	if p.unlimited() {
		return httpapi.StreamLimits{}
	}
	return streamLimits
}

// newAPI returns the API of the parts.
func (p *Parts) newAPI(shared *site.Site) (*httpapi.API, error) {
	return httpapi.New(httpapi.Options{
		Catalog: p.Catalog, Ingest: p.Ingester, Board: p.board, Incidents: p.Archive, Keys: p.Archive, WrongKeys: p.wrongKeys, Events: p.events,
		Live: p.Monitor, Hub: p.hub, History: history{p.Archive, p.counts, p.baselines}, PublicURL: p.config.PublicURL, CheckOrigin: shared.CheckOrigin,
		Desk:      p.desk(),
		Webhooks:  p.webhooks(),
		Push:      p.pushDesk(),
		Simulated: p.config.Simulated, Streams: p.streamLimits(), Reading: p.gates.reading, Replaying: p.gates.replaying, Exporting: p.gates.exporting,
		Log: p.log, Now: time.Now,
	})
}

// desk returns what takes the actions of operators.
func (p *Parts) desk() *admin.Desk {
	return &admin.Desk{
		Rules: admin.Rules{Catalog: p.Catalog, Languages: locale.Codes(), Retention: p.config.Retention},
		Trail: p.Archive, Incidents: admin.Current(p.Archive, p.Monitor), Senders: p.Archive, Wishes: p.Archive,
		Seal: func(network netip.Prefix, now time.Time) (report.Block, error) {
			return ingest.Seal(p.DayKeys, network, now)
		},
		SealSender: func(service string, network netip.Prefix, at, now time.Time) (report.Sender, error) {
			if bits := network.Bits(); p.config.ASN != "" && (bits == 16 || bits == 29) {
				return report.Sender{}, fault.Field("network", "must be an IPv4 /24 or an IPv6 /48: OUTCRY_ASN is set, and holders are autonomous systems")
			}
			return ingest.SealSender(p.DayKeys, service, network, at, now)
		},
	}
}

// newPages returns the pages and what host pages embed.
func (p *Parts) newPages(shared *site.Site) (*web.Pages, *embed.Embeds, error) {
	pages, err := web.New(web.Options{
		Site: shared, Board: p.board, Ingest: p.Ingester, Incidents: p.Archive, Live: p.Monitor,
		Quorum: view.Quorum{Warning: p.config.WarningNetworks, Outage: p.config.OutageNetworks}, Attribution: p.Locator.Attribution(),
		Making: p.gates.making, PushKey: p.pushKey(), Mail: p.mailPages(), Last: &p.last, Wishes: p.Archive,
	})
	if err != nil {
		return nil, nil, err
	}
	embeds, err := embed.New(shared, p.board, p.Ingester, embed.Gates{Drawing: p.gates.drawing, Making: p.gates.embedding})
	return pages, embeds, err
}

// compressed returns a handler that compresses the answers of next.
func compressed(next http.Handler) (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes([]string{"text/event-stream", "image/png", "font/woff2"}))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	compressing := compress(next)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		// What answers a report over the API is shorter than anything compressed.
		if req.Method == http.MethodPost && strings.HasPrefix(req.URL.Path, httpapi.Base+"/services/") {
			next.ServeHTTP(w, req)
			return
		}
		compressing.ServeHTTP(w, req)
	}), nil
}

// ready answers 200 if this process should get requests: it can count reports
// and read what it needs for its answers.
func (p *Parts) ready(c *gin.Context) {
	if p.draining.Load() {
		c.String(http.StatusServiceUnavailable, "this process is about to stop\n")
		return
	}
	if err := p.Store.Ready(); err != nil { // the store has logged why
		c.String(http.StatusServiceUnavailable, cannotCount(err))
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	notes, err := p.mode.ready(ctx, time.Now())
	if errors.As(err, new(reasoned)) {
		c.String(http.StatusServiceUnavailable, cannotCount(err))
		return
	}
	if err != nil {
		p.log.Warn("not ready: the archive does not answer", "error", err)
		c.String(http.StatusServiceUnavailable, "the archive does not answer\n")
		return
	}
	c.String(http.StatusOK, "ok\n"+notes)
}

// reasoned is an error that says why reports cannot be counted, in words for anybody.
type reasoned interface {
	error
	Reason() string
}

// cannotCount returns the answer of a process that is not ready because of err. It
// names no path, because anybody may ask.
func cannotCount(err error) string {
	var r reasoned
	if errors.As(err, &r) {
		return "reports cannot be counted: " + r.Reason() + "\n"
	}
	return "reports cannot be counted\n"
}

// recovered answers 500 after a panic and logs its stack. It does not log the
// request, whose headers and arguments may be personal.
func recovered(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause) // the server's own way to end a connection
			}
			log.Error("the program has a fault: a request failed", "route", c.FullPath(), "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				c.AbortWithStatus(http.StatusInternalServerError)
			}
		}()
		c.Next()
	}
}

// logged logs each request at level debug: its route, but neither its path nor
// its sender.
func logged(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !log.Enabled(c.Request.Context(), slog.LevelDebug) {
			c.Next()
			return
		}
		began := time.Now()
		c.Next()
		log.Debug("request", "method", c.Request.Method, "route", c.FullPath(), "status", c.Writer.Status(), "took", time.Since(began))
	}
}

// history saves the weeks before a live replay, and has all baselines learned
// from them.
type history struct {
	archive   *archive.Archive
	store     window.Store
	baselines *baseline.Set
}

func (h history) SaveRollups(ctx context.Context, rollups []window.Rollup, spans []window.Span) error {
	if err := h.archive.SaveRollups(ctx, rollups, spans); err != nil {
		return err
	}
	h.baselines.Reset()
	return nil
}

// MarkCounted notes a beat in every minute from one time to another.
func (h history) MarkCounted(ctx context.Context, from, to time.Time) error {
	for at := from; at.Before(to); at = at.Add(window.Width) {
		if err := h.store.Beat(ctx, at); err != nil {
			return err
		}
	}
	return nil
}
