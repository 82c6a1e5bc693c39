// Package app puts an Outcry together: it opens its parts, connects them, owns
// every goroutine, and stops them in the order of the flow. It decides nothing
// itself. A replay uses the same parts with another clock.
package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/exclusion"
	"github.com/outcry/outcry/pkg/geo"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/mail"
	"github.com/outcry/outcry/pkg/metrics"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/push"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/tracing"
	"github.com/outcry/outcry/pkg/web"
	"github.com/outcry/outcry/pkg/webhook"
	"github.com/outcry/outcry/pkg/window"
)

// checkpoint is how often the states of the detector are saved.
const checkpoint = time.Minute

// Parts is an Outcry that is put together but does not run.
type Parts struct {
	Catalog  *catalog.Catalog
	Locator  *geo.Locator
	Archive  *archive.Archive
	Store    Store
	Ingester *ingest.Ingester
	Monitor  Monitor
	DayKeys  dayKeys

	config     config.Config
	languages  atomic.Pointer[locale.Set]
	proxies    atomic.Pointer[[]netip.Prefix] // whose forwarding headers are trusted
	last       web.LastKnown                  // what pages showed, for when the store is away
	draining   atomic.Bool                    // whether the server is about to stop
	log        *slog.Logger
	mode       mode
	events     httpapi.EventLog
	limiter    limit.Limiter
	baselines  *baseline.Set
	counts     *exclusion.Store // Store without what operators excluded
	blocks     *ingest.Blocks   // nil in a replay
	hub        *publish.Hub
	key        *seal.Key      // encrypts addresses of subscribers; nil in a replay, and in the distributed mode without OUTCRY_SECRET
	identity   *push.Identity // by which push services know this installation; nil without a key
	mail       *mail.Desk     // nil without an SMTP server
	mailServer mail.Server
	wrongKeys  *httpapi.WrongKeys
	board      *status.Board
	gates      gates
	tracer     *tracing.Tracer // nil without a collector of OpenTelemetry
	// instruments are nil without OUTCRY_METRICS_LISTEN, which says where metrics are read.
	instruments *metrics.Instruments
	caches      metrics.Caches
	// cachesOfSite are read by caches while a reload replaces them.
	cachesOfSite atomic.Pointer[cachesOfSite]
	// limitedReads counts refused reads by the allowance that refused them.
	limitedReads *prometheus.CounterVec
	closers      []func() error // in the order of their opening
	tidiedAt     time.Time      // the last time of the hourly part of Tidy
}

// Store counts reports, and reports whether it can.
type Store interface {
	window.Store
	window.Claims
	Ready() error
}

// dayKeys are the secrets behind pseudonyms. Forget destroys those of days that
// are over.
type dayKeys interface {
	ingest.DayKeys
	Forget(now time.Time) error
}

// Monitor judges what was counted, at each tick.
type Monitor interface {
	status.Judge
	Assessments() map[string]monitor.Assessment
	Tick(ctx context.Context, now time.Time) error
	Run(ctx context.Context, interval time.Duration) error
}

// Options say for what parts are opened. The zero Options are for a server.
type Options struct {
	// Now is the clock of all parts; nil is time.Now.
	Now func() time.Time
	// Replay is for data that is deleted afterwards: a power cut may cost the
	// reports counted last, and states of the detector are not saved.
	Replay bool
}

// Open opens the storage that the settings name and puts the parts together.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger, o Options) (_ *Parts, err error) {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	p := &Parts{config: cfg, log: log, wrongKeys: httpapi.NewWrongKeys(), gates: newGates(), limitedReads: newLimitedReads(), caches: metrics.Caches{}}
	if !o.Replay {
		if err = p.openTracer(); err != nil {
			return nil, err
		}
	}
	if cfg.MetricsListen != "" && !o.Replay {
		p.instruments = metrics.New(webhook.Channel, push.Channel, mail.Channel)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	read, err := readReloadable(cfg)
	if err != nil {
		return nil, err
	}
	p.use(read)
	logShadows(log, p.Catalog)
	if p.Locator, err = geo.Open(cfg.GeoIP); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.Locator.Close)
	var systemOf func(netip.Addr) string
	if cfg.ASN != "" {
		systems, err := geo.OpenSystems(cfg.ASN)
		if err != nil {
			return nil, err
		}
		p.closers = append(p.closers, systems.Close)
		systemOf = systems.Of
	}
	if p.unlimited() {
		log.Warn("OUTCRY_LIMITS=off: anybody can count as often as they like; this is for load tests on one's own machine")
	}
	p.hub = publish.NewHub(maxStreams, cfg.Simulated)
	if err := p.openMode(ctx, now(), o.Replay); err != nil {
		return nil, err
	}
	if p.instruments != nil {
		p.Store = p.instruments.Measure(p.Store)
	}
	if err := p.Archive.CheckLoaded(ctx); err != nil {
		return nil, err
	}
	if !o.Replay {
		if err := p.openKey(ctx); err != nil {
			return nil, err
		}
	}
	intake := ingest.Options{
		Store: p.Store, Claims: p.Store, Rules: p.Catalog, Locate: p.Locator.Country, System: systemOf, Keys: p.DayKeys,
		Unlimited: p.unlimited(), Now: now, Log: log,
	}
	if !o.Replay {
		p.blocks = ingest.NewBlocks(p.Archive, log)
		intake.Blocks = p.blocks
	}
	for _, n := range cfg.SharedNetworks {
		intake.Shared = append(intake.Shared, ingest.SharedNetwork{Prefix: n.Prefix, Devices: n.Devices})
	}
	if !p.unlimited() {
		intake.Limiter = p.limiter
	}
	p.baselines = baseline.NewSet(p.Archive)
	p.counts = exclusion.New(p.Store, p.Archive, p.baselines.Forget, log)
	if err := p.counts.Update(ctx, now()); err != nil {
		return nil, err
	}
	p.baselines.Zone, p.baselines.Kind, p.baselines.Minutes = p.Catalog.ZoneOf, p.Catalog.CategoryOf, p.counts
	monitorOptions := monitor.Options{
		Store: p.counts, Archive: p.Archive, Baselines: p.baselines, Publisher: p.hub,
		Settings: detectSettings(cfg), FalsePerDay: cfg.FalseAlarms, Quorum: p.Catalog.QuorumOf, Dependencies: p.Catalog.DependenciesOf, Category: p.Catalog.CategoryOf,
		Policy: incident.Defaults(), Checkpoint: checkpoint, Actions: p.Archive, Exclusions: p.counts, Log: log,
	}
	if p.instruments != nil {
		monitorOptions.Ticked = p.instruments.Ticked
	}
	if o.Replay {
		monitorOptions.Checkpoint, monitorOptions.Actions = 0, nil
	}
	if p.Monitor, err = p.mode.newMonitor(ctx, monitorOptions, now()); err != nil {
		return nil, err
	}
	intake.Judge = p.Monitor
	p.Ingester = ingest.New(intake)
	p.board = status.New(status.Options{
		Catalog: p.Catalog, Store: p.counts, Archive: p.Archive, Baselines: p.baselines, Judge: p.Monitor, Exclusions: p.counts,
		StaleAfter: max(time.Minute, 3*cfg.Tick), Now: now,
	})
	maps.Copy(p.caches, p.board.Caches())
	p.caches["pages"] = p.siteCache(func(c *cachesOfSite) cache.Stats { return c.pages() })
	p.caches["cards"] = p.siteCache(func(c *cachesOfSite) cache.Stats { return c.cards() })
	return p, nil
}

// cachesOfSite return the totals of the caches that are made anew when the site is.
type cachesOfSite struct{ pages, cards func() cache.Stats }

// siteCache returns what reads the totals of one of them, which are zero before there
// is a site.
func (p *Parts) siteCache(read func(*cachesOfSite) cache.Stats) func() cache.Stats {
	return func() cache.Stats {
		if c := p.cachesOfSite.Load(); c != nil {
			return read(c)
		}
		return cache.Stats{}
	}
}

// Distributed returns the parts of the distributed mode, or nil in the embedded
// mode.
func (p *Parts) Distributed() *Distributed {
	d, _ := p.mode.(*Distributed)
	return d
}

// unlimited reports whether anybody may send as often as they like.
func (p *Parts) unlimited() bool { return p.config.Limits == "off" }

// Close closes what was opened, the last first.
func (p *Parts) Close() error {
	var err error
	for _, end := range slices.Backward(p.closers) {
		err = errors.Join(err, end())
	}
	return err
}

// detectSettings returns the settings of the detector with the changes of the operator.
func detectSettings(cfg config.Config) detect.Settings {
	d := detect.Defaults()
	d.WarningNetworks, d.OutageNetworks = cfg.WarningNetworks, cfg.OutageNetworks
	d.WarningHolders, d.OutageHolders = cfg.WarningHolders, cfg.OutageHolders
	return d
}
