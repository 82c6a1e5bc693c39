// Package archive keeps what must outlive a process: counted reports, rollups,
// incidents with their timelines, events, detector states and API keys.
//
// It speaks to its database through GORM. Everything that is peculiar to one
// database is in the file named for it and in its folder of migrations; times
// are integers there, whole minutes or milliseconds since the Unix epoch.
//
// The archive holds no clock: callers pass the time.
package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"gorm.io/gorm"
)

// Options say how an archive is opened.
type Options struct {
	// Relaxed trades the promise that a commit survives a power cut for speed:
	// replays and tests can start again. A killed process loses nothing even so.
	Relaxed bool
	Log     *slog.Logger // nil discards
}

// Archive is an open archive. Its methods may be called from many goroutines.
type Archive struct {
	path   string
	writer *gorm.DB // one connection: writers queue here, not in the database
	reader *gorm.DB // read-only connections
	log    *slog.Logger
}

// readers is how many reads may run at once.
const readers = 4

// Open opens the archive in the file at path, whose folder exists, and brings
// its schema up to date. A new file is readable by its owner only.
func Open(ctx context.Context, path string, o Options) (*Archive, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	a := &Archive{path: path, log: log}
	if err := a.open(ctx, path, o.Relaxed); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive %s: %w", path, err), a.Close())
	}
	return a, nil
}

func (a *Archive) open(ctx context.Context, path string, relaxed bool) error {
	files, err := openSQLite(path, relaxed)
	if err != nil {
		return err
	}
	if a.writer, err = a.connect(files.writer, 1); err != nil {
		return err
	}
	if err := migrate(ctx, files.writer); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	a.reader, err = a.connect(files.reader, readers)
	return err
}

// connect puts GORM on top of a pool of at most n connections.
func (a *Archive) connect(pool *sql.DB, n int) (*gorm.DB, error) {
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return gorm.Open(dialector(pool), &gorm.Config{
		Logger:                 quiet{a.log},
		SkipDefaultTransaction: true,
		TranslateError:         true,
	})
}

// Close closes both pools. Whoever borrowed connections returns them first.
func (a *Archive) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{a.reader, a.writer} { // the writer last: it folds the log into the file
		if db == nil {
			continue
		}
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Ping tells whether the archive can be read.
func (a *Archive) Ping(ctx context.Context) error {
	var one int
	if err := a.reader.WithContext(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return fmt.Errorf("ping archive: %w", err)
	}
	return nil
}

// Path returns the path of the file that was opened.
func (a *Archive) Path() string { return a.path }

// Writer returns the connection that writes. There is one: a transaction on it
// keeps every other writer waiting, so it must be short.
func (a *Archive) Writer() *gorm.DB { return a.writer }

// Reader returns the connections that read. They never block the writer.
func (a *Archive) Reader() *gorm.DB { return a.reader }
