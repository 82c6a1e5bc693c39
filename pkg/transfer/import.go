package transfer

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/outcry/outcry/pkg/archive"
)

// ReadHeader returns the header of a file. It does not read on.
func ReadHeader(r io.Reader) (Header, error) {
	_, h, err := open(r)
	return h, err
}

// open reads the header of a file.
func open(r io.Reader) (frames *frameReader, h Header, err error) {
	if frames, err = newFrameReader(r); err != nil {
		return nil, h, err
	}
	kind, payload, err := frames.read()
	if err != nil {
		return nil, h, err
	}
	if kind != headerFrame || json.Unmarshal(payload, &h) != nil {
		return nil, h, errDamaged
	}
	if h.Format > Format {
		return nil, h, fmt.Errorf("the file was written by Outcry %s in format %d, and this version reads up to format %d: use that version, or a later one", h.Version, h.Format, Format)
	}
	return frames, h, nil
}

// Check reads a whole file, and returns an error if it is damaged or cut off.
func Check(r io.Reader) (Header, error) {
	frames, h, err := open(r)
	if err != nil {
		return h, err
	}
	for {
		kind, _, err := frames.read()
		if err != nil {
			return h, err
		}
		if kind == endFrame {
			return h, frames.atEnd()
		}
	}
}

// Import fills an archive with the rows of a file, and then compares the two. The
// archive must be empty, or hold the beginning of the same file from an import that
// was cut off. progress is called after each frame with the rows that were read.
func Import(ctx context.Context, r io.Reader, into *archive.Archive, progress func(rows int64)) (*Summary, error) {
	frames, h, err := open(r)
	if err != nil {
		return nil, err
	}
	load, err := into.NewLoad(ctx, hex.EncodeToString(frames.sum[:]))
	if err != nil {
		return nil, err
	}
	im := &importer{load: load, header: h, tallies: map[string]*tally{}, summary: &Summary{Moment: h.Moment, Rows: map[string]int64{}, Skipped: map[string]int64{}}}
	if err := im.choose(); err != nil {
		return nil, err
	}
	if err := load.Begin(ctx); err != nil {
		return nil, err
	}
	if im.decompressor, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
		return nil, err
	}
	defer im.decompressor.Close()
	if err := im.readRows(ctx, frames, progress); err != nil {
		return nil, err
	}
	if err := im.compare(ctx, into); err != nil {
		return nil, err
	}
	return im.summary, load.Finish(ctx, h.Sequences)
}

// importer is one import while it runs.
type importer struct {
	load         *archive.Load
	header       Header
	takes        []bool // by table of the header
	tallies      map[string]*tally
	summary      *Summary
	decompressor *zstd.Decoder
}

// choose decides which tables are taken.
func (im *importer) choose() error {
	for _, t := range im.header.Tables {
		takes, err := im.load.Takes(t)
		if err != nil {
			return err
		}
		im.takes = append(im.takes, takes)
		if takes {
			im.tallies[t.Name] = &tally{}
		}
	}
	return nil
}

// readRows loads all rows of a file.
func (im *importer) readRows(ctx context.Context, frames *frameReader, progress func(int64)) error {
	inFile := map[string]int64{}
	total := int64(0)
	for frame := 1; ; frame++ {
		kind, payload, err := frames.read()
		if err != nil {
			return err
		}
		if kind == endFrame {
			var e end
			if json.Unmarshal(payload, &e) != nil {
				return errDamaged
			}
			maps.DeleteFunc(e.Rows, func(_ string, n int64) bool { return n == 0 })
			if !maps.Equal(e.Rows, inFile) {
				return errDamaged
			}
			return frames.atEnd()
		}
		t, n, err := im.add(ctx, frame, payload)
		if err != nil {
			return err
		}
		inFile[t] += n
		total += n
		progress(total)
	}
}

// add loads one frame, unless an earlier import did, and returns its table and the
// number of its rows.
func (im *importer) add(ctx context.Context, frame int, payload []byte) (table string, n int64, err error) {
	if len(payload) < 2 || int(payload[0])<<8|int(payload[1]) >= len(im.takes) {
		return "", 0, errDamaged
	}
	number := int(payload[0])<<8 | int(payload[1])
	t := im.header.Tables[number]
	packed, err := im.decompressor.DecodeAll(payload[2:], nil)
	if err != nil {
		return "", 0, errDamaged
	}
	var rows [][]any
	for len(packed) > 0 {
		row, rest, err := cutRow(packed, t.Columns)
		if err != nil {
			return "", 0, err
		}
		n++
		if im.takes[number] && im.load.Accepts(t, row) {
			rows = append(rows, row)
			im.tallies[t.Name].add(packed[:len(packed)-len(rest)])
		} else {
			im.summary.Skipped[t.Name]++
		}
		packed = rest
	}
	if frame <= im.load.Done || !im.takes[number] {
		return t.Name, n, nil
	}
	return t.Name, n, im.load.Add(ctx, frame, t, rows)
}

// compare returns an error unless the archive holds what was taken from the file.
func (im *importer) compare(ctx context.Context, a *archive.Archive) (err error) {
	s, err := a.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var packed []byte
	for _, t := range im.header.Tables {
		want, taken := im.tallies[t.Name]
		if !taken {
			continue
		}
		var got tally
		err := s.EachRow(ctx, t, func(values []any) (err error) {
			if packed, err = appendRow(packed[:0], values); err == nil {
				got.add(packed)
			}
			return err
		})
		if err != nil {
			return err
		}
		if got != *want {
			return fmt.Errorf("%s has %d rows after the import and %d in the file, or other values: nothing may use it; empty it, and import again", t.Name, got.Rows, want.Rows)
		}
		im.summary.Rows[t.Name] = got.Rows
	}
	return nil
}

// SkippedTables returns the tables of which rows have no place in the other mode.
func (s *Summary) SkippedTables() []string { return slices.Sorted(maps.Keys(s.Skipped)) }
