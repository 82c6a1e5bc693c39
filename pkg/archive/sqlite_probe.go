package archive

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Probe returns an error if the file at path is not a whole database that this
// version of Outcry can open. It changes nothing of what is stored, and reads
// little: it finds a copy that was cut off, but not every damage.
func Probe(ctx context.Context, path string) (err error) {
	if err := checkLength(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path, "deferred", "busy_timeout(5000)", "query_only(ON)", tempInMemory))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := checkSchema(ctx, db, sqliteMigrations, "migrations/sqlite"); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// checkLength returns an error if the file at path does not begin like a database
// of SQLite, or is shorter than its header says.
func checkLength(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	header := make([]byte, 100)
	_, readErr := io.ReadFull(f, header)
	info, statErr := f.Stat()
	if err := errors.Join(statErr, f.Close()); err != nil {
		return err
	}
	if readErr != nil || !bytes.HasPrefix(header, []byte("SQLite format 3\x00")) {
		return fmt.Errorf("%s is no database of Outcry", path)
	}
	// https://www.sqlite.org/fileformat.html, the database header
	pageSize := int64(binary.BigEndian.Uint16(header[16:]))
	if pageSize == 1 {
		pageSize = 1 << 16
	}
	if want := pageSize * int64(binary.BigEndian.Uint32(header[28:])); info.Size() < want {
		return fmt.Errorf("%s is cut off: it has %d bytes of %d", path, info.Size(), want)
	}
	return nil
}
