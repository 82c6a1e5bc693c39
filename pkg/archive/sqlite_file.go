package archive

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// FileName is the name of the archive in a data folder.
const FileName = "outcry.db"

// Displaced is the error of an archive whose files are no longer where it opened
// them: what it writes from then on would be gone with the process.
type Displaced struct {
	// Path is the first file that is gone or replaced, or their folder.
	Path string
	// Gone is true if there is nothing at Path, false if something else is there.
	Gone bool
	// Folder is true if Path is the folder of the files, which is gone with all of them.
	Folder bool
}

// Reason says what happened without the path of the folder, for people who may
// not know it.
func (d *Displaced) Reason() string {
	what := "the file " + filepath.Base(d.Path) + " in the data folder"
	if d.Folder {
		what = "the data folder"
	}
	if d.Gone {
		return what + " was removed while the server runs"
	}
	return what + " was replaced while the server runs"
}

func (d *Displaced) Error() string {
	if d.Gone {
		return fmt.Sprintf("%s (%s): bring it back, or put a backup in its place; the server then goes on by itself", d.Reason(), d.Path)
	}
	return fmt.Sprintf("%s (%s)", d.Reason(), d.Path)
}

// sideFiles are the files that SQLite keeps beside a database while it is open: its
// log, and the index of the log.
var sideFiles = [...]string{"-wal", "-shm"}

// sqliteFiles are the files of an open archive as they were when it was opened.
type sqliteFiles struct {
	path     string
	database os.FileInfo
	sides    [len(sideFiles)]os.FileInfo // nil until hold
	anchor   *sql.Conn                   // keeps SQLite from deleting the log while the archive is open
}

// hold connects once and for all, and remembers the files beside the database.
func (f *sqliteFiles) hold(ctx context.Context, reader *sql.DB) (err error) {
	if f.anchor, err = reader.Conn(ctx); err != nil {
		return err
	}
	var n int
	if err := f.anchor.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master`).Scan(&n); err != nil {
		return err
	}
	for i, side := range sideFiles {
		if f.sides[i], err = os.Stat(f.path + side); err != nil {
			return err
		}
	}
	return nil
}

// release closes the connection of hold.
func (f *sqliteFiles) release() error {
	if f == nil || f.anchor == nil {
		return nil
	}
	return f.anchor.Close()
}

// check returns an error of type *Displaced if a file is not the one that was
// opened.
func (f *sqliteFiles) check() error {
	if err := Unmoved(f.path, f.database); err != nil {
		return err
	}
	for i, side := range sideFiles {
		if err := Unmoved(f.path+side, f.sides[i]); err != nil {
			return err
		}
	}
	return nil
}

// Unmoved returns nil if the file at path is the one that was opened, else an error
// of type *Displaced. A nil opened is any file.
func Unmoved(path string, opened os.FileInfo) error {
	if opened == nil {
		return nil
	}
	now, err := os.Stat(path)
	switch {
	case err == nil && os.SameFile(now, opened):
		return nil
	case err == nil:
		return &Displaced{Path: path}
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("look at the files of the archive: %w", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return &Displaced{Path: filepath.Dir(path), Gone: true, Folder: true}
	}
	return &Displaced{Path: path, Gone: true}
}

// CheckFiles returns nil while the files of the archive are those that it opened,
// else an error of type *Displaced. It costs a look at three files. A commit checks
// the same: none succeeds once a file is gone.
func (a *Archive) CheckFiles() error {
	if a.files == nil {
		return nil
	}
	return a.files.check()
}

// File returns what identifies the file of the archive, or nil for Postgres.
func (a *Archive) File() os.FileInfo {
	if a.files == nil {
		return nil
	}
	return a.files.database
}

// guardedConnector connects to files that are where they were, and lets no
// transaction commit to others. Otherwise a pool that connects anew would mix two
// databases, and a commit into a removed file would be lost.
type guardedConnector struct {
	driver.Connector
	files *sqliteFiles
}

func newGuardedConnector(dsn string, files *sqliteFiles) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return guardedConnector{c, files}, err
}

func (c guardedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.files.check(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T has no hook for commits", conn), conn.Close())
	}
	hooks.RegisterCommitHook(func() int32 {
		if c.files.check() != nil {
			return 1 // SQLite rolls back
		}
		return 0
	})
	return conn, nil
}
