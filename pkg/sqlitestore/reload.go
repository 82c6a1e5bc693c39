package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// reload makes memory and mirror anew from the disk. How far back it reads
// goes by the last minute in which something was counted.
func (s *Store) reload(ctx context.Context) error {
	l := loader{memory: newMemory(s.unlimited), mirror: newMirror(), cells: map[int64]namedCell{}}
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

// loader reads one consistent state.
type loader struct {
	memory *memory
	mirror *mirror
	cells  map[int64]namedCell
	tx     *sql.Tx
}

// namedCell is a row of the dictionary.
type namedCell struct {
	service string
	cellKey
}

func (l *loader) load(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	l.tx = tx
	var last sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT MAX(minute) FROM beats`).Scan(&last); err != nil {
		return fmt.Errorf("find the last beat: %w", err)
	}
	if err := l.dictionary(ctx); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if !last.Valid {
		return nil // nothing was ever counted
	}
	now := minuteTime(last.Int64)
	for _, part := range []struct {
		name string
		read func(context.Context, time.Time) error
	}{
		{"beats", l.beats}, {"buckets", l.buckets}, {"visits", l.visits}, {"answers", l.answers}, {"reports", l.reports},
	} {
		if err := part.read(ctx, now); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func (l *loader) dictionary(ctx context.Context) error {
	err := l.each(ctx, `SELECT id, slug FROM services`, nil, func(rows *sql.Rows) error {
		var id int64
		var slug string
		err := rows.Scan(&id, &slug)
		l.memory.services[slug] = id
		return err
	})
	if err != nil {
		return err
	}
	return l.each(ctx, `SELECT c.id, s.slug, c.service, c.kind, c.country, c.symptom
		FROM cells c JOIN services s ON s.id = c.service`, nil, func(rows *sql.Rows) error {
		var id int64
		var c namedCell
		err := rows.Scan(&id, &c.service, &c.cellKey.service, &c.kind, &c.Country, &c.Symptom)
		l.cells[id] = c
		l.memory.name(id, c.cellKey)
		return err
	})
}

func (l *loader) beats(ctx context.Context, now time.Time) error {
	return l.each(ctx, `SELECT minute FROM beats WHERE minute >= ?`, firstMinute(now), func(rows *sql.Rows) error {
		var minute int64
		err := rows.Scan(&minute)
		l.mirror.known[minute] = true
		return err
	})
}

// buckets counts row by row: SQLite would sort them first to group them.
func (l *loader) buckets(ctx context.Context, now time.Time) error {
	return l.tallies(ctx, `SELECT minute, cell, 1 FROM reports
		WHERE seq >= (SELECT MIN(seq) FROM reports WHERE minute >= ?)`, now)
}

func (l *loader) visits(ctx context.Context, now time.Time) error {
	return l.tallies(ctx, `SELECT minute, cell, n FROM visits WHERE minute >= ?`, now)
}

func (l *loader) tallies(ctx context.Context, query string, now time.Time) error {
	return l.each(ctx, query, firstMinute(now), func(rows *sql.Rows) error {
		var minute, number, n int64
		if err := rows.Scan(&minute, &number, &n); err != nil {
			return err
		}
		c, ok := l.cells[number]
		if !ok {
			return fmt.Errorf("cell %d is not in the dictionary", number)
		}
		l.mirror.of(c.service).add(minute, c.kind, number, c.Cell, n)
		return nil
	})
}

func (l *loader) answers(ctx context.Context, now time.Time) error {
	since := now.Add(-window.IDMemory).UnixMilli()
	return l.each(ctx, `SELECT service, id, cell, status, received FROM answers WHERE received > ? ORDER BY seq`, since, func(rows *sql.Rows) error {
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

// reports reads those whose ID is remembered, in the order of their arrival.
// That covers cool-downs and networks, whose memory is shorter.
func (l *loader) reports(ctx context.Context, now time.Time) error {
	since := now.Add(-window.IDMemory)
	firstSlice := sliceOf(now.UnixMilli()) - slicesKept + 1
	return l.each(ctx, `SELECT service, id, cell, minute, received, address, device, network FROM reports
		WHERE seq >= (SELECT MIN(seq) FROM reports WHERE minute >= ?) ORDER BY seq`,
		minuteOf(since.Add(-report.Late)), func(rows *sql.Rows) error {
			var service, number, minute, received, address, device, network int64
			var raw sql.RawBytes
			if err := rows.Scan(&service, &raw, &number, &minute, &received, &address, &device, &network); err != nil {
				return err
			}
			c, ok := l.cells[number]
			if !ok {
				return fmt.Errorf("cell %d is not in the dictionary", number)
			}
			id, err := uuid.FromBytes(raw)
			if err != nil {
				return err
			}
			l.memory.answers.remember(service, id, received, number, window.Counted)
			l.memory.cooldowns.start(service, c.kind, report.Reporter{Address: uint64(address), Device: uint64(device)}, minute)
			if slice := sliceOf(received); c.kind == report.Problem && slice >= firstSlice {
				l.mirror.of(c.service).network(slice, c.Country, report.Network(network))
			}
			return nil
		})
}

// each calls read for each row of a query with one argument or, when it is
// nil, none.
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

func firstMinute(now time.Time) int64 { return minuteOf(now.Add(-window.Retention)) }
