// Package app puts the house together: it opens the parts, wires them, owns
// every goroutine, and ends them in the order of the flow. A replay uses the
// same parts with another clock.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/cluster"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/geo"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// checkpoint is how often the states of the detector are saved.
const checkpoint = time.Minute

// parts is an Outcry that is put together but does not run.
type parts struct {
	config   config.Config
	log      *slog.Logger
	catalog  *catalog.Catalog
	archive  *archive.Archive
	events   httpapi.EventLog
	store    store
	keys     dayKeys
	limiter  ingest.Limiter
	ingester *ingest.Ingester
	monitor  judge
	baseline *baseline.Set
	hub      *publish.Hub
	board    *status.Board
	locator  *geo.Locator
	shared   *shared        // nil in the embedded mode
	closers  []func() error // in the order of their opening
	tidiedAt time.Time
}

// store is what counts, and says whether it can.
type store interface {
	window.Store
	Ready() error
}

// dayKeys are the secrets behind pseudonyms. Forget destroys those of days that
// are over.
type dayKeys interface {
	ingest.DayKeys
	Forget(now time.Time) error
}

// judge is the loop around the detector: a monitor, or what makes one of many
// processes agree with the others.
type judge interface {
	status.Judge
	Tick(ctx context.Context, now time.Time) error
	Run(ctx context.Context, interval time.Duration) error
}

// open puts the parts together for a server.
func open(ctx context.Context, cfg config.Config, log *slog.Logger) (*parts, error) {
	return assemble(ctx, cfg, log, time.Now, false)
}

// assemble opens what reports are kept in and puts the parts together.
// Everything asks now for the time. With relaxed, a power cut may cost what was
// counted last.
func assemble(ctx context.Context, cfg config.Config, log *slog.Logger, now func() time.Time, relaxed bool) (_ *parts, err error) {
	p := &parts{config: cfg, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.catalog, err = catalog.Load(cfg.Catalog, cfg.CatalogExtra); err != nil {
		return nil, fmt.Errorf("OUTCRY_CATALOG, OUTCRY_CATALOG_EXTRA: %w", err)
	}
	if p.locator, err = geo.Open(cfg.GeoIP); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.locator.Close)
	if p.unlimited() {
		log.Warn("OUTCRY_LIMITS=off: anybody can count as often as they like; this is for load tests on one's own machine")
	}
	p.hub = publish.NewHub(streams, cfg.Simulated)
	if cfg.Distributed() {
		err = p.openShared(ctx, now())
	} else {
		err = p.openFolder(ctx, relaxed)
	}
	if err != nil {
		return nil, err
	}
	if err := p.keys.Forget(now()); err != nil { // they may have outlived their time while nothing ran
		return nil, err
	}
	intake := ingest.Options{
		Store: p.store, Rules: p.catalog, Locate: p.locator.Country, Keys: p.keys,
		Unlimited: p.unlimited(), Now: now, Log: log,
	}
	if !p.unlimited() {
		intake.Limiter = p.limiter
	}
	p.ingester = ingest.New(intake)
	p.baseline = baseline.NewSet(p.archive)
	p.baseline.Zone, p.baseline.Kind = p.catalog.ZoneOf, p.catalog.CategoryOf
	watching := monitor.Options{
		Store: p.store, Archive: p.archive, Baselines: p.baseline, Publisher: p.hub,
		Settings: detectSettings(cfg), FalsePerDay: cfg.FalseAlarms, Quorum: p.catalog.QuorumOf, Dependencies: p.catalog.DependenciesOf,
		Policy: incident.Defaults(), Checkpoint: checkpoint, Log: log,
	}
	if relaxed {
		watching.Checkpoint = 0
	}
	if p.shared != nil {
		p.monitor = cluster.NewMonitor(watching, p.shared.leases, p.shared.conclusions)
	} else {
		alone := monitor.New(watching)
		if err := alone.Restore(ctx, now()); err != nil {
			return nil, err
		}
		p.monitor = alone
	}
	p.board = status.New(status.Options{
		Catalog: p.catalog, Store: p.store, Archive: p.archive, Baselines: p.baseline, Judge: p.monitor,
		StaleAfter: max(time.Minute, 3*cfg.Tick), Now: now,
	})
	return p, nil
}

// unlimited tells whether anybody may count as often as they like.
func (p *parts) unlimited() bool { return p.config.Limits == "off" }

// close ends what was opened, the last first.
func (p *parts) close() error {
	var failed error
	for _, end := range slices.Backward(p.closers) {
		failed = errors.Join(failed, end())
	}
	return failed
}

// detectSettings returns the settings of the detector with the changes of the operator.
func detectSettings(cfg config.Config) detect.Settings {
	d := detect.Defaults()
	d.WarningNetworks, d.OutageNetworks = cfg.WarningNetworks, cfg.OutageNetworks
	return d
}
