package app

import (
	"context"
	"log/slog"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
)

// OpenArchive opens the archive that a server with these settings has. A server
// may run beside it.
func OpenArchive(ctx context.Context, cfg config.Config, log *slog.Logger) (*archive.Archive, error) {
	if !cfg.Distributed() {
		return openFile(ctx, cfg.Data, archive.Options{Log: log})
	}
	shared, err := archive.OpenPostgres(ctx, cfg.DatabaseURL, archive.Options{Log: log})
	if err != nil {
		return nil, err
	}
	return shared.Archive, nil
}
