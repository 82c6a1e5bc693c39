// Package archive keeps what must outlive a process: counted reports, rollups,
// incidents with their timelines, events, detector states and API keys.
//
// It speaks to its database, SQLite or Postgres, through GORM. Everything that
// is peculiar to one of them is in the files named for it and in its folder of
// migrations; times are integers there, whole minutes or milliseconds since the
// Unix epoch.
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

	"github.com/outcry/outcry/pkg/window"
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
	engine engine
	writer *gorm.DB
	reader *gorm.DB
	log    *slog.Logger
}

// engine is what databases do differently.
type engine interface {
	// dialector returns GORM's dialect for a pool.
	dialector(pool *sql.DB) gorm.Dialector
	// snapshot is how a transaction begins whose reads all see the same state.
	snapshot() *sql.TxOptions
	// exclude keeps every other transaction that excluded others waiting until
	// tx ends, whichever process it is of.
	exclude(tx *gorm.DB) error
	// setQuarter sets the rollups of the quarter that starts in a minute, and
	// its span.
	setQuarter(ctx context.Context, a *Archive, start int64) error
	// writeRollups sets rollups.
	writeRollups(tx *gorm.DB, rollups []window.Rollup) error
	// dropReports drops reports of before a minute. What it cannot drop without
	// later ones it may keep.
	dropReports(ctx context.Context, a *Archive, before int64) error
}

// unopened returns an archive without connections.
func unopened(e engine, o Options) *Archive {
	a := &Archive{engine: e, log: o.Log}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a
}

// connect puts GORM on top of a pool of at most n connections.
func (a *Archive) connect(pool *sql.DB, n int) (*gorm.DB, error) {
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return gorm.Open(a.engine.dialector(pool), &gorm.Config{
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

// Path returns the path of the file that was opened; it is empty when there is
// none.
func (a *Archive) Path() string { return a.path }

// Writer returns the connections that write. Of SQLite there is one: a
// transaction on it keeps every other writer waiting, so it must be short.
func (a *Archive) Writer() *gorm.DB { return a.writer }

// Reader returns the connections that read. They never block a writer.
func (a *Archive) Reader() *gorm.DB { return a.reader }

// exclusively runs f in a transaction beside which no other of its sort runs.
// Whatever reads, decides and writes goes through it: the archive may be shared
// by many processes.
func (a *Archive) exclusively(ctx context.Context, f func(tx *gorm.DB) error) error {
	return a.writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := a.engine.exclude(tx); err != nil {
			return fmt.Errorf("wait for other writers: %w", err)
		}
		return f(tx)
	})
}
