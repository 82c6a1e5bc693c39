// Package app puts the house together: it opens the parts, wires them, owns
// every goroutine, and ends them in the order of the flow. A replay uses the
// same parts with another clock.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/cluster"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/geo"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/sqlitestore"
	"github.com/outcry/outcry/pkg/status"
)

// DatabaseFile is the one file of the embedded mode, in the data folder.
const DatabaseFile = "outcry.db"

// parts is an Outcry that is put together but does not run.
type parts struct {
	config   config.Config
	log      *slog.Logger
	catalog  *catalog.Catalog
	archive  *archive.Archive
	store    *sqlitestore.Store
	keys     *cluster.DayKeys
	ingester *ingest.Ingester
	monitor  *monitor.Monitor
	baseline *monitor.Baselines
	hub      *publish.Hub
	board    *status.Board
	locator  *geo.Locator
	tidiedAt time.Time
}

// open puts the parts together for a server.
func open(ctx context.Context, cfg config.Config, log *slog.Logger) (*parts, error) {
	return assemble(ctx, cfg, log, time.Now, false)
}

// assemble opens the data folder and puts the parts together. Everything asks
// now for the time. With relaxed, a power cut may cost what was counted last.
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
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder (OUTCRY_DATA says where): %w", err)
	}
	if p.archive, err = archive.Open(ctx, filepath.Join(cfg.Data, DatabaseFile), archive.Options{Relaxed: relaxed, Log: log}); err != nil {
		return nil, err
	}
	if err := markFolder(cfg.Data, cfg.Simulated); err != nil {
		return nil, err
	}
	unlimited := cfg.Limits == "off"
	if unlimited {
		log.Warn("OUTCRY_LIMITS=off: anybody can count as often as they like; this is for load tests on one's own machine")
	}
	if p.store, err = sqlitestore.Open(ctx, p.archive, sqlitestore.Options{Unlimited: unlimited, Log: log}); err != nil {
		return nil, err
	}
	if p.keys, err = cluster.OpenDayKeys(cfg.Data); err != nil {
		return nil, err
	}
	if err := p.keys.Forget(now()); err != nil { // they may have outlived their time while nothing ran
		return nil, err
	}
	intake := ingest.Options{
		Store: p.store, Rules: p.catalog, Locate: p.locator.Country, Keys: p.keys,
		Unlimited: unlimited, Now: now, Log: log,
	}
	if !unlimited {
		intake.Limiter = cluster.NewLimiter()
	}
	p.ingester = ingest.New(intake)
	p.hub = publish.NewHub(streams, cfg.Simulated)
	p.baseline = monitor.NewBaselines(p.archive)
	p.baseline.Zone, p.baseline.Kind = p.catalog.ClockOf, p.catalog.KindOf
	checkpoint := time.Minute
	if relaxed {
		checkpoint = 0
	}
	p.monitor = monitor.New(monitor.Options{
		Store: p.store, Archive: keeper{p.archive}, Baselines: p.baseline, Publisher: p.hub,
		Dials: dials(cfg), FalsePerDay: cfg.FalseAlarms, Quorum: p.catalog.QuorumOf, Kin: p.catalog.KinOf,
		Policy: incident.Defaults(), Checkpoint: checkpoint, Log: log,
	})
	if err := p.monitor.Restore(ctx, now()); err != nil {
		return nil, err
	}
	p.board = status.New(status.Options{
		Catalog: p.catalog, Store: p.store, Archive: p.archive, Baselines: p.baseline, Judge: p.monitor,
		Stale: max(time.Minute, 3*cfg.Tick), Now: now,
	})
	return p, nil
}

// close ends what was opened, the archive last.
func (p *parts) close() error {
	var failed error
	if p.store != nil {
		failed = errors.Join(failed, p.store.Close())
	}
	if p.archive != nil {
		failed = errors.Join(failed, p.archive.Close())
	}
	if p.locator != nil {
		failed = errors.Join(failed, p.locator.Close())
	}
	return failed
}

// dials are the detector's with the operator's changes.
func dials(cfg config.Config) detect.Dials {
	d := detect.Defaults()
	d.WarningNetworks, d.OutageNetworks = cfg.WarningNetworks, cfg.OutageNetworks
	return d
}
