package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

// Options are the choices of whoever opens an archive.
type Options struct {
	// Relaxed gives up durability for speed: a power cut may lose commits. A
	// killed process loses none. Replays and tests, which can start again, use it.
	Relaxed bool
	// Observe is called after every operation, which began at a time and ended with an
	// error or nil. It may be nil.
	Observe func(ctx context.Context, operation string, began time.Time, err error)
	Log     *slog.Logger // nil discards
}

// The operations that Options.Observe sees.
const (
	OperationStatement = "statement" // one SQL statement
	OperationEntries   = "entries"   // a transaction that archives entries of the journal
)

// Archive is an open archive. Its methods may be called from many goroutines.
type Archive struct {
	filename string       // empty without a file
	files    *sqliteFiles // nil without a file
	engine   engine
	writeDB  *gorm.DB
	readDB   *gorm.DB
	log      *slog.Logger
	observe  func(ctx context.Context, operation string, began time.Time, err error)
	quarters sync.Mutex // held while a quarter is rolled up or counted again
}

// engine is what SQLite and Postgres do differently.
type engine interface {
	// dialector returns GORM's dialect for a pool.
	dialector(pool *sql.DB) gorm.Dialector
	// snapshot returns the options of a transaction whose reads all see the same
	// state.
	snapshot() *sql.TxOptions
	// exclude makes every other transaction that calls it with the same lock wait
	// until tx ends, in this process and in others.
	exclude(tx *gorm.DB, l lock) error
	// setQuarter sets the rollups and the span of the quarter that begins with
	// start.
	setQuarter(ctx context.Context, a *Archive, start window.Minute) error
	// markReports marks reports that an exclusion names and that still count. It
	// reports whether there may be more. unmarkReports is the reverse of it.
	markReports(tx *gorm.DB, e window.Exclusion) (counts []quarterCount, more bool, err error)
	unmarkReports(tx *gorm.DB, exclusion int64) (counts []quarterCount, more bool, err error)
	// writeRollups sets rollups.
	writeRollups(tx *gorm.DB, rollups []window.Rollup) error
	// dropReports deletes reports of minutes before a minute. It may leave some
	// that it can delete only together with later ones.
	dropReports(ctx context.Context, a *Archive, before window.Minute) error
	// beginSnapshot begins a transaction on the connection of s that sees the state
	// of one moment, and sets what it finds.
	beginSnapshot(ctx context.Context, a *Archive, s *Snapshot) error
	// load writes rows of a file, and setSequences what number their tables give next.
	load(ctx context.Context, l *Load, frame int, t Table, rows [][]any) error
	setSequences(ctx context.Context, l *Load, sequences map[string]int64) error
}

// newArchive returns an archive without connections.
func newArchive(e engine, o Options) *Archive {
	a := &Archive{engine: e, log: o.Log, observe: o.Observe}
	if a.observe == nil {
		a.observe = func(context.Context, string, time.Time, error) {}
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a
}

// connect returns GORM on top of a pool of at most n connections.
func (a *Archive) connect(pool *sql.DB, n int) (*gorm.DB, error) {
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return gorm.Open(a.engine.dialector(pool), &gorm.Config{
		Logger:                 gormLog{a.log, a.observe},
		SkipDefaultTransaction: true,
		TranslateError:         true,
	})
}

// Close closes all connections. Connections that were borrowed must have been
// returned.
func (a *Archive) Close() error {
	errs := []error{a.files.release()}
	for _, db := range []*gorm.DB{a.readDB, a.writeDB} { // the writer last: it copies SQLite's log into the file
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

// Ping returns nil when the archive can be read.
func (a *Archive) Ping(ctx context.Context) error {
	var one int
	if err := a.readDB.WithContext(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return fmt.Errorf("ping archive: %w", err)
	}
	return nil
}

// Path returns the path of SQLite's file, or an empty string for Postgres.
func (a *Archive) Path() string { return a.filename }

// Writer returns the connections that write. SQLite has one: a transaction on it
// makes every other writer wait, so it must be short.
func (a *Archive) Writer() *gorm.DB { return a.writeDB }

// Reader returns the connections that read. They never block a writer.
func (a *Archive) Reader() *gorm.DB { return a.readDB }

// lock is what transactions exclude each other by. The numbers are those of
// Postgres' advisory locks; no other program should use them by chance.
type lock int64

const (
	migrationLock lock = 0x6f757463727901
	writerLock    lock = 0x6f757463727902
	outboxLock    lock = 0x6f757463727903 // what is told to whom
)

// exclusively runs f in a transaction that excludes all others run by
// exclusively. Use it to read, decide and write: other processes may use the
// archive at the same time.
func (a *Archive) exclusively(ctx context.Context, f func(tx *gorm.DB) error) error {
	return a.locked(ctx, writerLock, f)
}

// locked runs f in a transaction that excludes all others with the same lock.
func (a *Archive) locked(ctx context.Context, l lock, f func(tx *gorm.DB) error) error {
	return a.writeDB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := a.engine.exclude(tx, l); err != nil {
			return fmt.Errorf("wait for other writers: %w", err)
		}
		return f(tx)
	})
}
