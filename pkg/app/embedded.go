package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/sqlitestore"
)

// databaseFile is the one file of the embedded mode, in the data folder.
const databaseFile = "outcry.db"

// openFolder opens what the embedded mode keeps in its data folder.
func (p *parts) openFolder(ctx context.Context, relaxed bool) (err error) {
	cfg := p.config
	if p.archive, err = openFile(ctx, cfg.Data, archive.Options{Relaxed: relaxed, Log: p.log}); err != nil {
		return err
	}
	p.events = p.archive
	p.closers = append(p.closers, p.archive.Close)
	if err := markFolder(cfg.Data, cfg.Simulated); err != nil {
		return err
	}
	s, err := sqlitestore.Open(ctx, p.archive, sqlitestore.Options{Unlimited: p.unlimited(), Log: p.log})
	if err != nil {
		return err
	}
	p.store = s
	p.closers = append(p.closers, s.Close)
	if p.keys, err = ingest.OpenKeyFile(cfg.Data); err != nil {
		return err
	}
	p.limiter = ingest.NewLocalLimiter(ingest.LimitPerSender, ingest.LimitPeriod)
	return nil
}

// openFile opens the archive in a data folder, which is made if it is missing.
func openFile(ctx context.Context, dir string, o archive.Options) (*archive.Archive, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder (OUTCRY_DATA says where): %w", err)
	}
	return archive.Open(ctx, filepath.Join(dir, databaseFile), o)
}
