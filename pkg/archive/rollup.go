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

// quartersAtOnce bounds what one RollUp sets, so that whoever calls it gets on
// with other things.
const quartersAtOnce = 200

// RollUp sets quarters that ended at least window.RollupDelay before now and
// are not final yet, from the archived reports, oldest first, and returns how
// many it set: quartersAtOnce or, if there are no more, fewer. A quarter's known
// minutes are those with a beat; one without beat and report is not set. To run
// it again changes nothing.
func (a *Archive) RollUp(ctx context.Context, now time.Time) (n int, err error) {
	end := minuteOf(now.Add(-window.RollupDelay)) / quarter * quarter
	for from := int64(0); n < quartersAtOnce; n++ {
		q, ok, err := a.openQuarter(ctx, from, end)
		if err != nil || !ok {
			return n, err
		}
		if err := a.engine.setQuarter(ctx, a, q); err != nil {
			return n, fmt.Errorf("roll up the quarter of %s: %w", minuteTime(q).Format(time.RFC3339), err)
		}
		from = q + quarter
	}
	return n, nil
}

// openQuarter returns the start of the earliest quarter in [from, end) that the
// archive has reports or beats of and that is not final.
func (a *Archive) openQuarter(ctx context.Context, from, end int64) (start int64, ok bool, err error) {
	start, ok, err = a.countedQuarter(ctx, from, end)
	if err != nil || !ok {
		return 0, false, err
	}
	final, err := a.spans(ctx, start-minutes(24*time.Hour), end)
	if err != nil {
		return 0, false, err
	}
	for _, s := range final { // in order of their start
		if minuteOf(s.Start) > start { // start is open, unless nobody counted there
			next, ok, err := a.countedQuarter(ctx, start, end)
			if err != nil || !ok || next < minuteOf(s.Start) {
				return next, ok, err
			}
			start = next
		}
		if until := minuteOf(s.Start) + minutes(s.Width); start < until {
			start = until
		}
	}
	return a.countedQuarter(ctx, start, end)
}

// countedQuarter returns the start of the earliest quarter in [from, end) that
// the archive has reports or beats of.
func (a *Archive) countedQuarter(ctx context.Context, from, end int64) (start int64, ok bool, err error) {
	var first *int64
	err = a.reader.WithContext(ctx).Raw(`SELECT MIN(minute) FROM (
		SELECT MIN(minute) AS minute FROM reports WHERE minute >= @from UNION ALL
		SELECT MIN(minute) FROM beats WHERE minute >= @from) AS m`, sql.Named("from", from)).Scan(&first).Error
	if err != nil {
		return 0, false, fmt.Errorf("find what was counted: %w", err)
	}
	if first == nil || *first >= end {
		return 0, false, nil
	}
	return *first / quarter * quarter, true, nil
}
