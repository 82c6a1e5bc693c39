package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/outcry/outcry/pkg/archive"
)

const (
	// frameRows and frameBytes bound the rows of a frame: what is loaded in one
	// transaction.
	frameRows  = 8192
	frameBytes = 8 << 20
)

// Source is what a file is made of.
type Source struct {
	Archive   *archive.Archive
	Version   string
	Simulated bool
	Secret    string // see Header
}

// Summary is what was written or read.
type Summary struct {
	Moment time.Time
	Rows   map[string]int64 // by table
	// Skipped holds the rows that have no place in the other mode, by table.
	Skipped map[string]int64
}

// Total returns the number of rows in all tables.
func (s *Summary) Total() (n int64) {
	for _, rows := range s.Rows {
		n += rows
	}
	return n
}

// ExportFile writes src to a new file at path, readable by its owner only. The file
// is there when all of it is on disk.
func ExportFile(ctx context.Context, path string, src Source) (_ *Summary, err error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s exists already; name a new file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part") // mode 0600
	if err != nil {
		return nil, err
	}
	s, err := Export(ctx, f, src)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // unlike a rename, it replaces nothing
	}
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return s, nil
}

// Export writes src to w as it is at one moment.
func Export(ctx context.Context, w io.Writer, src Source) (_ *Summary, err error) {
	snapshot, err := src.Archive.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	frames, err := newFrameWriter(w)
	if err != nil {
		return nil, err
	}
	err = frames.writeJSON(headerFrame, Header{
		Format: Format, Version: src.Version, Moment: snapshot.Moment, Simulated: src.Simulated,
		Tables: snapshot.Tables, Sequences: snapshot.Sequences, Secret: src.Secret,
	})
	if err != nil {
		return nil, err
	}
	compressor, err := zstd.NewWriter(nil)
	if err != nil {
		return nil, err
	}
	defer compressor.Close()
	s := &Summary{Moment: snapshot.Moment, Rows: map[string]int64{}}
	for i, t := range snapshot.Tables {
		p := packer{table: i, frames: frames, compressor: compressor}
		err := snapshot.EachRow(ctx, t, p.add)
		if err == nil {
			err = p.flush()
		}
		if err != nil {
			return nil, err
		}
		s.Rows[t.Name] = p.total
	}
	return s, frames.writeJSON(endFrame, end{Rows: s.Rows})
}

// packer packs the rows of one table into frames.
type packer struct {
	table      int
	frames     *frameWriter
	compressor *zstd.Encoder
	rows       int
	packed     []byte
	total      int64
}

func (p *packer) add(values []any) (err error) {
	if p.packed, err = appendRow(p.packed, values); err != nil {
		return err
	}
	p.total++
	if p.rows++; p.rows >= frameRows || len(p.packed) >= frameBytes {
		return p.flush()
	}
	return nil
}

// flush writes the rows that were added since the last call. The payload is the
// number of the table in two bytes, and the compressed rows.
func (p *packer) flush() error {
	if p.rows == 0 {
		return nil
	}
	payload := p.compressor.EncodeAll(p.packed, []byte{byte(p.table >> 8), byte(p.table)})
	p.rows, p.packed = 0, p.packed[:0]
	return p.frames.write(rowsFrame, payload)
}
