package archive

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// migrate applies the migrations that the database does not have yet, each in
// its own transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := migrations()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(gooseDialect, db, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
