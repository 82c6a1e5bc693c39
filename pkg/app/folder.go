package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/streak"
)

// folderInterval is how often the data folder is looked at.
const folderInterval = time.Second

// errReopen ends the run of a server whose files were replaced by others that it
// can go on with.
var errReopen = errors.New("the files of the data folder were replaced")

// folder looks after the data folder of a running server. Nothing is counted while
// its files are away, which the store sees to.
type folder struct {
	dir   string
	parts *Parts
	store interface{ CheckFiles() error }
	keys  *ingest.KeyFile
	last  candidate // the database that was found in place of the open one
	// unusable logs why the files that were found cannot be opened, unwritable that
	// the folder is read-only, keyless that the key of the day cannot be stored, and
	// mending what mend fails with.
	unusable, unwritable, keyless, mending *streak.Streak
}

// candidate is how a file in place of the open database looked.
type candidate struct {
	database, wal os.FileInfo
}

func newFolder(p *Parts, store interface{ CheckFiles() error }, keys *ingest.KeyFile) *folder {
	return &folder{
		dir: p.config.Data, parts: p, store: store, keys: keys,
		unusable:   streak.New(p.log, slog.LevelError, "the data folder holds other files than the open ones, which cannot be opened", "the files in the data folder can be opened"),
		unwritable: streak.New(p.log, slog.LevelWarn, "the data folder is read-only; reports are counted until the key of the next day must be stored there", "the data folder can be written to again"),
		keyless:    streak.New(p.log, slog.LevelError, "no report can be counted, because the key of the day cannot be stored", "the key of the day is stored, and reports are counted again"),
		mending:    streak.New(p.log, slog.LevelError, "a file of the data folder is gone or changed and cannot be written again", "the files of the data folder are complete again"),
	}
}

// run looks at the folder once a second until ctx ends. It returns errReopen when
// the server must open its files anew, and can.
func (f *folder) run(ctx context.Context) error {
	ticker := time.NewTicker(folderInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if err := f.look(ctx, now); err != nil {
				return err
			}
		}
	}
}

// look looks at the folder once. It returns errReopen or nil.
func (f *folder) look(ctx context.Context, now time.Time) error {
	var d *archive.Displaced
	switch err := f.store.CheckFiles(); {
	case err == nil:
		f.last = candidate{}
		f.mending.Note(f.mend())
		f.unwritable.Note(f.writable())
		f.keyless.Note(f.keys.Retry(now))
		return nil
	case !errors.As(err, &d):
		return nil // the next report or beat shows it
	}
	if f.parts.Store.Ready() == nil {
		_ = f.parts.Store.Beat(ctx, now) // it fails, and the store logs why
	}
	found, err := f.find()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the store has logged that it is gone
	}
	if err == nil && !found.isLike(f.last) {
		f.last = found
		return nil // it may still be copied
	}
	if err == nil {
		err = f.probe(ctx)
	}
	f.unusable.Note(err)
	if err != nil {
		return nil
	}
	f.parts.log.Warn("the data folder holds other files than the open ones; the server opens them and goes on", "folder", f.dir)
	return errReopen
}

// find returns how the database in the folder looks now.
func (f *folder) find() (c candidate, err error) {
	path := filepath.Join(f.dir, archive.FileName)
	if c.database, err = os.Stat(path); err != nil {
		return c, err
	}
	if c.wal, err = os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return c, err
}

// isLike reports whether c is what o was: nothing was written in between.
func (c candidate) isLike(o candidate) bool {
	same := func(a, b os.FileInfo) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
	}
	return o.database != nil && same(c.database, o.database) && same(c.wal, o.wal)
}

// probe returns why the files in the folder cannot be opened, or nil.
func (f *folder) probe(ctx context.Context) error {
	if info, err := os.Stat(filepath.Join(f.dir, archive.FileName)); err != nil || os.SameFile(info, f.openDatabase()) {
		return err // the open one: only files beside it are others
	}
	if err := archive.Probe(ctx, filepath.Join(f.dir, archive.FileName)); err != nil {
		return err
	}
	_, err := os.Stat(filepath.Join(f.dir, simulatedMark))
	if isMarked := err == nil; isMarked != f.parts.config.Simulated {
		return fmt.Errorf("one of the reports in %s and those that were counted until now is simulated, the other real", f.dir)
	}
	return nil
}

func (f *folder) openDatabase() os.FileInfo { return f.parts.Archive.File() }

// mend writes the small files of the folder again that are gone, from memory: the
// day keys, the secret and the mark of simulated reports. A server that started
// without them would take one reporter for two, could not open addresses, or would
// mix simulated reports with real ones.
func (f *folder) mend() error {
	var errs []error
	note := func(name string, mended bool, err error) {
		if mended {
			f.parts.log.Warn("a file of the data folder was gone or changed; it is written again", "file", filepath.Join(f.dir, name))
		}
		errs = append(errs, err)
	}
	mended, err := f.keys.Mend()
	note(ingest.KeyFileName, mended, err)
	if f.parts.key != nil && f.parts.config.Secret == "" {
		mended, err := f.parts.key.MendFile(f.dir)
		note(seal.FileName, mended, err)
	}
	if mark := filepath.Join(f.dir, simulatedMark); f.parts.config.Simulated {
		if _, err := os.Stat(mark); errors.Is(err, fs.ErrNotExist) {
			err := writeMark(mark)
			note(simulatedMark, err == nil, err)
		}
	}
	return errors.Join(errs...)
}

// writable returns an error if this process may not make files in the folder.
func (f *folder) writable() error {
	const write, enter = 2, 1 // as in access(2)
	if err := syscall.Access(f.dir, write|enter); err != nil {
		return fmt.Errorf("no file can be made in %s: %w", f.dir, err)
	}
	return nil
}

// note returns a line for an operator, or nothing.
func (f *folder) note() string {
	if f.writable() != nil {
		return "the data folder is read-only: the key of the next day cannot be stored there, and then no report is counted\n"
	}
	return ""
}
