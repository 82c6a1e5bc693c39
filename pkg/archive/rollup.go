package archive

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// quarter is the width of the first rollups, in minutes.
const quarter = int64(window.RollupWidth / time.Minute)

// RollUp sets every quarter that ended at least window.RollupDelay before now
// and is not final yet, from the archived reports, and returns how many it
// set. A quarter's known minutes are those with a beat. To run it again
// changes nothing.
func (a *Archive) RollUp(ctx context.Context, now time.Time) (n int, err error) {
	end := minuteOf(now.Add(-window.RollupDelay)) / quarter * quarter
	first, ok, err := a.firstOpenQuarter(ctx, end)
	if err != nil || !ok {
		return 0, err
	}
	final, err := a.spans(ctx, first-minutes(24*time.Hour), end)
	if err != nil {
		return 0, err
	}
	covered := map[int64]bool{}
	for _, s := range final {
		for q := minuteOf(s.Start); q < minuteOf(s.Start)+minutes(s.Width); q += quarter {
			covered[q] = true
		}
	}
	for q := first; q < end; q += quarter {
		if covered[q] {
			continue
		}
		if err := a.rollUpQuarter(ctx, q); err != nil {
			return n, fmt.Errorf("roll up the quarter of %s: %w", minuteTime(q).Format(time.RFC3339), err)
		}
		n++
	}
	return n, nil
}

// firstOpenQuarter returns the start of the earliest quarter before end that
// the archive has reports or beats of and that is not final.
func (a *Archive) firstOpenQuarter(ctx context.Context, end int64) (start int64, ok bool, err error) {
	var first *int64
	err = a.reader.WithContext(ctx).Raw(`SELECT MIN(minute) FROM (
		SELECT MIN(minute) AS minute FROM reports UNION ALL SELECT MIN(minute) FROM beats) AS m`).Scan(&first).Error
	if err != nil {
		return 0, false, fmt.Errorf("find the first minute: %w", err)
	}
	if first == nil {
		return 0, false, nil
	}
	start = *first / quarter * quarter
	final, err := a.spans(ctx, start-minutes(24*time.Hour), end)
	if err != nil {
		return 0, false, err
	}
	for _, s := range final { // in order of their start
		from, until := minuteOf(s.Start), minuteOf(s.Start)+minutes(s.Width)
		if from <= start && start < until {
			start = until
		}
	}
	return start, start < end, nil
}

// rollUpQuarter sets one quarter. Its reports no longer change, so they are
// counted before the writer is asked to wait.
func (a *Archive) rollUpQuarter(ctx context.Context, start int64) error {
	end := start + quarter
	var counts []struct{ Service, Cell, N int64 }
	err := a.reader.WithContext(ctx).Raw(`SELECT c.service, r.cell, r.n FROM
		(SELECT cell, COUNT(*) AS n FROM reports WHERE minute >= ? AND minute < ? GROUP BY cell) AS r
		JOIN cells c ON c.id = r.cell`, start, end).Scan(&counts).Error
	if err != nil {
		return fmt.Errorf("count reports: %w", err)
	}
	return a.transaction(ctx, func(tx *sql.Tx) error {
		for _, c := range counts {
			if _, err := tx.ExecContext(ctx, setRollup, c.Service, start, quarter, c.Cell, c.N); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO spans (start, width, known)
			SELECT ?, ?, COUNT(*) FROM beats WHERE minute >= ? AND minute < ?`, start, quarter, start, end)
		return err
	})
}
