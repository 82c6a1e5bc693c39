package archive

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// quarter is the width of the first rollups, in minutes.
const quarter = window.Minute(window.RollupWidth / window.Width)

// quartersAtOnce bounds what one RollUp sets, so that it returns soon.
const quartersAtOnce = 200

// RollUp computes the rollups of quarters from the archived reports, oldest
// quarter first. It sets those that ended at least window.RollupDelay before
// now, are not final yet, and have a report or a beat; then they are final. It
// returns how many it set. Fewer than quartersAtOnce means that no more are
// left. The known minutes of a quarter are those with a beat.
func (a *Archive) RollUp(ctx context.Context, now time.Time) (n int, err error) {
	end := window.MinuteOf(now.Add(-window.RollupDelay)) / quarter * quarter
	for from := window.Minute(0); n < quartersAtOnce; n++ {
		start, ok, err := a.openQuarter(ctx, from, end)
		if err != nil || !ok {
			return n, err
		}
		if err := a.setQuarter(ctx, start); err != nil {
			return n, fmt.Errorf("roll up the quarter of %s: %w", start.Start().Format(time.RFC3339), err)
		}
		from = start + quarter
	}
	return n, nil
}

// setQuarter sets the rollups of a quarter while none is counted again.
func (a *Archive) setQuarter(ctx context.Context, start window.Minute) error {
	a.quarters.Lock()
	defer a.quarters.Unlock()
	return a.engine.setQuarter(ctx, a, start)
}

// openQuarter returns the start of the earliest quarter in [from, end) that has
// reports or beats and is not final.
func (a *Archive) openQuarter(ctx context.Context, from, end window.Minute) (start window.Minute, ok bool, err error) {
	start, ok, err = a.countedQuarter(ctx, from, end)
	if err != nil || !ok {
		return 0, false, err
	}
	final, err := a.spans(ctx, start-window.Minutes(24*time.Hour), end) // a span is a day wide at most
	if err != nil {
		return 0, false, err
	}
	for _, span := range final { // in order of their start
		spanStart := window.MinuteOf(span.Start)
		if spanStart > start { // start is open, unless nothing was counted there
			next, ok, err := a.countedQuarter(ctx, start, end)
			if err != nil || !ok || next < spanStart {
				return next, ok, err
			}
			start = next
		}
		start = max(start, spanStart+window.Minutes(span.Width))
	}
	return a.countedQuarter(ctx, start, end)
}

// countedQuarter returns the start of the earliest quarter in [from, end) that
// has reports or beats.
func (a *Archive) countedQuarter(ctx context.Context, from, end window.Minute) (start window.Minute, ok bool, err error) {
	var first *window.Minute
	err = a.readDB.WithContext(ctx).Raw(`SELECT MIN(minute) FROM (
		SELECT MIN(minute) AS minute FROM reports WHERE minute >= @from UNION ALL
		SELECT MIN(minute) FROM beats WHERE minute >= @from) AS m`, sql.Named("from", from)).Scan(&first).Error
	if err != nil {
		return 0, false, fmt.Errorf("find the first counted minute: %w", err)
	}
	if first == nil || *first >= end {
		return 0, false, nil
	}
	return *first / quarter * quarter, true, nil
}

// aside returns how many problems of each cell are set aside in the minutes
// [from, end), by the ID of the cell. It looks at the loudest holders of each
// country of a service in which one has more than two fifths.
func (a *Archive) aside(db *gorm.DB, from, end window.Minute) (map[int64]int64, error) {
	var rows []heldCount
	err := db.Raw(`SELECT * FROM (
			SELECT cell, service, country, holder, n, held, total,
				DENSE_RANK() OVER (PARTITION BY service, country ORDER BY held DESC, holder) AS place,
				MAX(held) OVER (PARTITION BY service, country) AS most
			FROM (
				SELECT r.cell, c.service, c.country, r.holder, r.n, SUM(r.n) OVER (PARTITION BY c.service, c.country, r.holder) AS held,
					SUM(r.n) OVER (PARTITION BY c.service, c.country) AS total
				FROM (SELECT cell, holder, COUNT(*) AS n
					FROM (SELECT cell, network & @holder AS holder FROM reports WHERE minute >= @from AND minute < @end AND exclusion IS NULL) AS counted
					GROUP BY cell, holder) AS r
				JOIN cells c ON c.id = r.cell WHERE c.kind = @problem) AS by_holder) AS by_place
		WHERE most >= @fewest AND most > total * @share AND place <= @loudest
		ORDER BY service, country, place, cell`,
		sql.Named("from", from), sql.Named("end", end), sql.Named("holder", report.HolderMask),
		sql.Named("problem", report.Problem), sql.Named("loudest", window.LoudestHolders),
		sql.Named("fewest", window.FewestDominating), sql.Named("share", window.MostOfOneHolder)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find holders that sent too much: %w", err)
	}
	aside := map[int64]int64{}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Service == rows[0].Service && rows[n].Country == rows[0].Country {
			n++
		}
		setAside(aside, rows[:n])
		rows = rows[n:]
	}
	return aside, nil
}

// heldCount is what a holder sent of a cell.
type heldCount struct {
	Cell, Service int64
	Country       string
	N             int64 // reports of the holder and the cell
	Held, Total   int64 // reports of the holder, and of all, from the country
	Place         int   // of the holder among all from the country, by Held
}

// setAside adds to aside what is set aside of the cells of a country of a service.
// rows are those of the loudest holders, loudest first.
func setAside(aside map[int64]int64, rows []heldCount) {
	var held []float64
	others := float64(rows[0].Total)
	for _, r := range rows {
		if r.Place > len(held) {
			held = append(held, float64(r.Held))
			others -= float64(r.Held)
		}
	}
	allowed := window.Allowed(held, others)
	shares := map[int64]float64{}
	for _, r := range rows {
		shares[r.Cell] += float64(r.N) * (1 - allowed[r.Place-1]/held[r.Place-1])
	}
	for cell, n := range shares {
		if n >= 0.5 {
			aside[cell] = int64(n + 0.5)
		}
	}
}
