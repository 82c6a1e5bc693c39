package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// reload replaces memory and mirror by new ones, read from the disk. It reads
// what an answer in the last minute with a beat may need.
func (s *Store) reload(ctx context.Context) error {
	l := loader{memory: newMemory(s.unlimited), claimed: &s.claims, mirror: newMirror(), cells: map[int64]dictionaryCell{}}
	if err := l.load(ctx, s.disk.db); err != nil {
		return fmt.Errorf("read what was counted: %w", err)
	}
	s.memory = l.memory
	s.reading.Lock()
	s.mirror = l.mirror
	s.reading.Unlock()
	s.stale = false
	return nil
}

// loader reads memory and mirror in one transaction, and so from one state of
// the file.
type loader struct {
	memory  *memory
	mirror  *mirror
	claimed *claims
	cells   map[int64]dictionaryCell
	tx      *sql.Tx
}

// dictionaryCell is a cell of the dictionary with the slug of its service.
type dictionaryCell struct {
	service string
	cellKey
}

func (l *loader) load(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	l.tx = tx
	var last sql.NullInt64
	if err := tx.QueryRowContext(ctx, archive.SQLiteLastBeat).Scan(&last); err != nil {
		return fmt.Errorf("find the last beat: %w", err)
	}
	if err := l.dictionary(ctx); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if !last.Valid {
		return nil // the file is new
	}
	now, err := l.latest(ctx, window.Minute(last.Int64))
	if err != nil {
		return fmt.Errorf("find the last report: %w", err)
	}
	for _, part := range []struct {
		name string
		read func(context.Context, time.Time) error
	}{
		{"beats", l.beats}, {"buckets", l.buckets}, {"visits", l.visits}, {"answers", l.answers}, {"claims", l.claims}, {"reports", l.reports},
	} {
		if err := part.read(ctx, now); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// latest returns the time from which on to look back: that of the last report, if it
// is before the last beat. A clock that was ahead leaves beats in the future, before
// which everything would seem to be old.
func (l *loader) latest(ctx context.Context, lastBeat window.Minute) (time.Time, error) {
	var received int64
	switch err := l.tx.QueryRowContext(ctx, archive.SQLiteLastReceived).Scan(&received); {
	case errors.Is(err, sql.ErrNoRows):
		return lastBeat.Start(), nil
	case err != nil:
		return time.Time{}, err
	}
	return min(window.MinuteOf(time.UnixMilli(received)), lastBeat).Start(), nil
}

func (l *loader) dictionary(ctx context.Context) error {
	err := l.each(ctx, archive.SQLiteServices, nil, func(rows *sql.Rows) error {
		var id int64
		var slug string
		err := rows.Scan(&id, &slug)
		l.memory.services[slug] = id
		return err
	})
	if err != nil {
		return err
	}
	return l.each(ctx, archive.SQLiteCells, nil, func(rows *sql.Rows) error {
		var id int64
		var c dictionaryCell
		err := rows.Scan(&id, &c.service, &c.cellKey.service, &c.kind, &c.Country, &c.Symptom)
		l.cells[id] = c
		l.memory.addCell(id, c.cellKey)
		return err
	})
}

func (l *loader) beats(ctx context.Context, now time.Time) error {
	return l.each(ctx, archive.SQLiteBeatsFrom, firstMinute(now), func(rows *sql.Rows) error {
		var minute window.Minute
		err := rows.Scan(&minute)
		l.mirror.knownMinutes[minute] = true
		return err
	})
}

func (l *loader) buckets(ctx context.Context, now time.Time) error {
	return l.counts(ctx, archive.SQLiteCountsFrom, now)
}

func (l *loader) visits(ctx context.Context, now time.Time) error {
	return l.counts(ctx, archive.SQLiteVisitsFrom, now)
}

// counts adds the rows of a query, of minute, cell and count, to the buckets.
func (l *loader) counts(ctx context.Context, query string, now time.Time) error {
	return l.each(ctx, query, firstMinute(now), func(rows *sql.Rows) error {
		var minute window.Minute
		var cell, n int64
		if err := rows.Scan(&minute, &cell, &n); err != nil {
			return err
		}
		c, ok := l.cells[cell]
		if !ok {
			return fmt.Errorf("cell %d is not in the dictionary", cell)
		}
		l.mirror.of(c.service).add(minute, c.kind, cell, c.Cell, n)
		return nil
	})
}

func (l *loader) answers(ctx context.Context, now time.Time) error {
	since := now.Add(-window.IDMemory).UnixMilli()
	return l.each(ctx, archive.SQLiteAnswersSince, since, func(rows *sql.Rows) error {
		var service, cell, received int64
		var raw sql.RawBytes
		var status window.Status
		if err := rows.Scan(&service, &raw, &cell, &status, &received); err != nil {
			return err
		}
		id, err := uuid.FromBytes(raw)
		if err != nil {
			return err
		}
		l.memory.answers.remember(service, id, received, cell, status)
		return nil
	})
}

// claims reads the idempotency keys that are remembered.
func (l *loader) claims(ctx context.Context, now time.Time) error {
	return l.each(ctx, archive.SQLiteClaimsSince, now.Add(-window.IDMemory).UnixMilli(), func(rows *sql.Rows) error {
		var key, body []byte
		var one claim
		if err := rows.Scan(&key, &body, &one.at); err != nil {
			return err
		}
		copy(one.key[:], key)
		copy(one.body[:], body)
		l.claimed.add(one)
		return nil
	})
}

// reports reads the reports whose IDs are remembered, in the order of their
// arrival. Cool-downs and networks are remembered for less time than IDs.
func (l *loader) reports(ctx context.Context, now time.Time) error {
	since := now.Add(-window.IDMemory)
	firstSlice := sliceOf(now.UnixMilli()) - slicesKept + 1
	return l.each(ctx, archive.SQLiteReportsFrom,
		window.MinuteOf(since.Add(-report.MaxDelay)), func(rows *sql.Rows) error {
			var minute window.Minute
			var service, cell, received, address, device, network int64
			var raw sql.RawBytes
			if err := rows.Scan(&service, &raw, &cell, &minute, &received, &address, &device, &network); err != nil {
				return err
			}
			c, ok := l.cells[cell]
			if !ok {
				return fmt.Errorf("cell %d is not in the dictionary", cell)
			}
			id, err := uuid.FromBytes(raw)
			if err != nil {
				return err
			}
			l.memory.answers.remember(service, id, received, cell, window.Counted)
			l.memory.cooldowns.start(service, c.kind, report.Reporter{Address: uint64(address), Device: uint64(device)}, minute)
			r := report.Report{Kind: c.kind, Minute: minute.Start(), Received: time.UnixMilli(received)}
			if slice := sliceOf(received); slice >= firstSlice && window.HasNetwork(&r) {
				l.mirror.of(c.service).addNetwork(slice, c.Country, report.Network(network))
			}
			return nil
		})
}

// each calls read for each row of a query, which has one argument, or none if
// arg is nil.
func (l *loader) each(ctx context.Context, query string, arg any, read func(*sql.Rows) error) error {
	var args []any
	if arg != nil {
		args = append(args, arg)
	}
	rows, err := l.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// firstMinute returns the first minute whose bucket is kept.
func firstMinute(now time.Time) window.Minute { return window.MinuteOf(now.Add(-window.Retention)) }
