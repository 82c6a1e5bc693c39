package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Load fills an empty archive with the rows of a file, in steps that are each there
// as a whole. A load that was cut off goes on where it stopped.
type Load struct {
	// Done is how many frames of the file are loaded.
	Done int

	archive *Archive
	pool    *sql.DB
	file    string
	tables  []Table // of the archive
}

// ErrUnfinished is the error of an archive that holds a part of a file.
var ErrUnfinished = errors.New("an import was not finished: run it again with the same file, or begin with an empty folder or database")

// CheckLoaded returns an error if a load was begun and not finished.
func (a *Archive) CheckLoaded(ctx context.Context) error {
	var n int
	if err := a.readDB.WithContext(ctx).Raw(`SELECT COUNT(*) FROM imports`).Scan(&n).Error; err != nil {
		return fmt.Errorf("look for an import that was not finished: %w", err)
	}
	if n > 0 {
		return ErrUnfinished
	}
	return nil
}

// NewLoad returns a load of a file, which goes on if a part of the file is there. It
// fails if the archive holds anything else, and changes nothing.
func (a *Archive) NewLoad(ctx context.Context, file string) (*Load, error) {
	pool, err := a.writeDB.DB()
	if err != nil {
		return nil, err
	}
	s, err := a.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	l := &Load{archive: a, pool: pool, file: file, tables: s.Tables}
	filled, err := s.filled(ctx)
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	var known string
	err = a.writeDB.WithContext(ctx).Raw(`SELECT file, frame FROM imports`).Row().Scan(&known, &l.Done)
	switch {
	case err == nil && known == file:
		return l, nil
	case err == nil:
		return nil, errors.New("the import of another file was not finished here: finish it first, or begin with an empty folder or database")
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	case filled != "":
		return nil, fmt.Errorf("it holds data already (%s), and only an empty folder or database can be filled", filled)
	}
	return l, nil
}

// Begin closes the archive for servers until Finish.
func (l *Load) Begin(ctx context.Context) error {
	err := l.archive.writeDB.WithContext(ctx).Exec(`INSERT INTO imports (file, frame) VALUES (?, 0) ON CONFLICT DO NOTHING`, l.file).Error
	if err != nil {
		return fmt.Errorf("note that an import begins: %w", err)
	}
	return nil
}

// filled returns the name of a table that has rows, or an empty string.
func (s *Snapshot) filled(ctx context.Context) (string, error) {
	for _, t := range s.Tables {
		var n int
		if err := s.conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+t.Name+` LIMIT 1) AS first_row`).Scan(&n); err != nil {
			return "", fmt.Errorf("look into %s: %w", t.Name, err)
		}
		if n > 0 {
			return t.Name, nil
		}
	}
	return "", nil
}

// Takes reports whether the archive has a place for the rows of a table. It is an
// error if the table, or a column of it, is of a newer version of Outcry.
func (l *Load) Takes(t Table) (bool, error) {
	i := slices.IndexFunc(l.tables, func(own Table) bool { return own.Name == t.Name })
	if i < 0 {
		if slices.Contains(OnlyEmbedded, t.Name) {
			return false, nil
		}
		return false, fmt.Errorf("the file has a table %s, which this version of Outcry does not know: use the version that wrote it, or a later one", t.Name)
	}
	for _, c := range t.Columns {
		if !slices.Contains(l.tables[i].Columns, c) {
			return false, fmt.Errorf("the file has a column %s of %s, which this version of Outcry does not know: use the version that wrote it, or a later one", c.Name, t.Name)
		}
	}
	return true, nil
}

// Add loads the rows of a table that are in a frame of the file. Frames are loaded in
// their order.
func (l *Load) Add(ctx context.Context, frame int, t Table, rows [][]any) error {
	if err := l.archive.engine.load(ctx, l, frame, t, rows); err != nil {
		return fmt.Errorf("write %d rows of %s: %w", len(rows), t.Name, err)
	}
	l.Done = frame
	return nil
}

// noteFrame is the statement that notes that frame is loaded.
const noteFrame = `UPDATE imports SET frame = $1 WHERE file = $2`

// Finish sets the numbers that tables give to their next rows, and opens the archive
// for servers.
func (l *Load) Finish(ctx context.Context, sequences map[string]int64) error {
	if err := l.archive.engine.setSequences(ctx, l, sequences); err != nil {
		return fmt.Errorf("set the numbers of the next rows: %w", err)
	}
	return l.archive.writeDB.WithContext(ctx).Exec(`DELETE FROM imports`).Error
}
