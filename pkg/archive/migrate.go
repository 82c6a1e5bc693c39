package archive

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// migrate applies the pending migrations in files, each in its own transaction. It
// refuses a database that a newer version of Outcry has changed so that this one
// does not understand it any more.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, files fs.FS, options ...goose.ProviderOption) error {
	if err := checkSchema(ctx, db, files, "."); err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err == nil {
		_, err = provider.Up(ctx)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// checkSchema returns an error if programs must know a newer migration than the
// newest in the folder dir of files to understand db. The table schema_needs names
// it. A database without the table can be understood by every version.
func checkSchema(ctx context.Context, db *sql.DB, files fs.FS, dir string) error {
	known, err := newestMigration(files, dir)
	if err != nil {
		return err
	}
	var needed int64
	switch err := db.QueryRowContext(ctx, `SELECT version FROM schema_needs`).Scan(&needed); {
	case err != nil && isMissingTable(err):
		return nil
	case err != nil:
		return fmt.Errorf("read which version of Outcry the data need: %w", err)
	case needed > known:
		return fmt.Errorf("the data were written by a newer version of Outcry (schema %d, this one knows %d): start that version or a later one", needed, known)
	}
	return nil
}

// isMissingTable reports whether err says that a table does not exist, in the words
// of SQLite or the code of Postgres.
func isMissingTable(err error) bool {
	return strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "42P01")
}

// newestMigration returns the highest number of the migrations in the folder dir of
// files.
func newestMigration(files fs.FS, dir string) (newest int64, err error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		digits, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the migration %s has no number: %w", e.Name(), err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}
