package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/monitor"
)

// mode is what differs between the embedded and the distributed mode.
type mode interface {
	// newMonitor returns the monitor of this process.
	newMonitor(ctx context.Context, o monitor.Options, now time.Time) (Monitor, error)
	// start is called before the first tick of the monitor.
	start(ctx context.Context)
	// run starts the goroutines that only this mode has. The function that it
	// returns stops them in the order of the flow.
	run(g *Group) (stop func())
	// ready returns an error if this process cannot read what it needs for its
	// answers, else notes for an operator: lines, or nothing.
	ready(ctx context.Context, now time.Time) (notes string, err error)
	// tidy does the housekeeping that only this mode needs. It returns the time
	// before which every counted report is archived, and whether this process is
	// the one that keeps the archive tidy.
	tidy(ctx context.Context, now time.Time, hourly bool) (archivedUpTo time.Time, tidies bool, err error)
	// dispatches returns a function that reports whether this process is the one that
	// brings messages to subscribers, or nil if there is no other process.
	dispatches() func() bool
	// collectors returns the metrics that only this mode has.
	collectors() []prometheus.Collector
}

// openMode opens the storage of the mode that the settings choose. With relaxed,
// a power cut may cost the reports counted last.
func (p *Parts) openMode(ctx context.Context, now time.Time, relaxed bool) error {
	if p.config.Distributed() {
		return p.openDistributed(ctx, now)
	}
	return p.openEmbedded(ctx, relaxed)
}

// archiveOptions returns the options of the archive of a server.
func (p *Parts) archiveOptions(relaxed bool) archive.Options {
	o := archive.Options{Relaxed: relaxed, Log: p.log}
	switch metrics, tracer := p.instruments, p.tracer; {
	case metrics != nil && tracer != nil:
		o.Observe = func(ctx context.Context, operation string, began time.Time, err error) {
			metrics.Archived(ctx, operation, began, err)
			tracer.Observe(ctx, operation, began, err)
		}
	case metrics != nil:
		o.Observe = metrics.Archived
	case tracer != nil:
		o.Observe = tracer.Observe
	}
	return o
}

// FindArchive opens the archive like OpenArchive, and fails if there is no data
// folder with one.
func FindArchive(ctx context.Context, cfg config.Config, log *slog.Logger) (*archive.Archive, error) {
	if !cfg.Distributed() {
		if _, err := os.Stat(filepath.Join(cfg.Data, archive.FileName)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the folder %s holds no data of Outcry; OUTCRY_DATA says where they are", cfg.Data)
		}
	}
	return OpenArchive(ctx, cfg, log)
}

// OpenArchive opens the archive that a server with these settings has. A server
// may run beside it.
func OpenArchive(ctx context.Context, cfg config.Config, log *slog.Logger) (*archive.Archive, error) {
	if !cfg.Distributed() {
		return openFile(ctx, cfg.Data, archive.Options{Log: log})
	}
	postgres, err := archive.OpenPostgres(ctx, cfg.DatabaseURL, archive.Options{Log: log})
	if err != nil {
		return nil, err
	}
	return postgres.Archive, nil
}
