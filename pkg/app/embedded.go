package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/sqlitestore"
)

// lockFile is the file in the data folder that is locked while a server runs on it.
const lockFile = "outcry.lock"

// embedded is the mode of one process with its data in one folder.
type embedded struct {
	archive *archive.Archive
	folder  *folder
}

// openEmbedded opens the data folder.
func (p *Parts) openEmbedded(ctx context.Context, relaxed bool) (err error) {
	cfg := p.config
	if p.Archive, err = openFile(ctx, cfg.Data, p.archiveOptions(relaxed)); err != nil {
		return err
	}
	mode := &embedded{archive: p.Archive}
	p.mode, p.events = mode, p.Archive
	p.closers = append(p.closers, p.Archive.Close)
	if err := markFolder(cfg.Data, cfg.Simulated); err != nil {
		return err
	}
	s, err := sqlitestore.Open(ctx, p.Archive, sqlitestore.Options{Unlimited: p.unlimited(), Log: p.log})
	if err != nil {
		return err
	}
	p.Store = s
	p.closers = append(p.closers, s.Close)
	keys, err := ingest.OpenKeyFile(cfg.Data)
	if err != nil {
		return err
	}
	p.DayKeys, mode.folder = keys, newFolder(p, s, keys)
	p.limiter = limit.NewLocal()
	return nil
}

func (*embedded) newMonitor(ctx context.Context, o monitor.Options, now time.Time) (Monitor, error) {
	m := monitor.New(o)
	return m, m.Restore(ctx, now)
}

func (*embedded) start(context.Context) {}

func (e *embedded) run(g *Group) (stop func()) { return g.Run("data folder", e.folder.run).Stop }

func (e *embedded) ready(ctx context.Context, now time.Time) (string, error) {
	if err := e.folder.store.CheckFiles(); err != nil {
		return "", err
	}
	if err := e.folder.keys.Retry(now); err != nil {
		return "", &noKey{err}
	}
	return e.folder.note(), e.archive.Ping(ctx)
}

func (*embedded) tidy(_ context.Context, now time.Time, _ bool) (time.Time, bool, error) {
	return now, true, nil // reports are counted and archived in one transaction
}

func (*embedded) dispatches() func() bool { return nil }

func (*embedded) collectors() []prometheus.Collector { return nil }

// noKey is the error of a process that has no key of the day.
type noKey struct{ error }

// Reason says so without the path of the folder.
func (*noKey) Reason() string { return "the key of the day cannot be stored in the data folder" }

// openFile opens the archive in a data folder, which is made if it is missing.
func openFile(ctx context.Context, dir string, o archive.Options) (*archive.Archive, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder (OUTCRY_DATA says where): %w", err)
	}
	return archive.Open(ctx, filepath.Join(dir, archive.FileName), o)
}
