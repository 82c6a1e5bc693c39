package archive

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// rollupBatch bounds the rows of one transaction, and so how long other writers
// wait.
const rollupBatch = 10_000

const setSpan = `INSERT INTO spans (start, width, known) VALUES (?, ?, ?)
	ON CONFLICT (start, width) DO UPDATE SET known = excluded.known`

// SaveRollups sets rollups and spans, for replays and restores. It writes them
// in several transactions, spans last. Stored ones that overlap them must have
// the same widths.
func (a *Archive) SaveRollups(ctx context.Context, rollups []window.Rollup, spans []window.Span) error {
	for len(rollups) > 0 {
		n := min(len(rollups), rollupBatch)
		if err := a.exclusively(ctx, func(tx *gorm.DB) error { return a.engine.writeRollups(tx, rollups[:n]) }); err != nil {
			return fmt.Errorf("save %d rollups: %w", n, err)
		}
		rollups = rollups[n:]
	}
	for len(spans) > 0 {
		n := min(len(spans), rollupBatch)
		if err := a.exclusively(ctx, func(tx *gorm.DB) error { return writeSpans(tx, spans[:n]) }); err != nil {
			return fmt.Errorf("save %d spans: %w", n, err)
		}
		spans = spans[n:]
	}
	return nil
}

func writeSpans(tx *gorm.DB, spans []window.Span) error {
	for _, s := range spans {
		if err := tx.Exec(setSpan, window.MinuteOf(s.Start), window.Minutes(s.Width), s.Known).Error; err != nil {
			return err
		}
	}
	return nil
}

// Rollups returns the rollups of a service and the spans that start in
// [from, to), ordered by their start. Within a span, a cell without a rollup
// had no reports. Outside all spans, nothing is known.
func (a *Archive) Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	first, end := window.FirstMinute(from), window.FirstMinute(to)
	var rows []struct {
		Start, Width     window.Minute
		N, Aside         int64
		Kind             report.Kind
		Country, Symptom string
	}
	err := a.readDB.WithContext(ctx).Raw(`SELECT r.start, r.width, r.n, r.aside, c.kind, c.country, c.symptom
		FROM rollups r JOIN cells c ON c.id = r.cell
		WHERE r.service = (SELECT id FROM services WHERE slug = ?) AND r.start >= ? AND r.start < ?
		ORDER BY r.start, r.width, r.cell`, service, first, end).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read rollups of %s: %w", service, err)
	}
	rollups := make([]window.Rollup, len(rows))
	for i, r := range rows {
		rollups[i] = window.Rollup{
			Service: service, Kind: r.Kind, Cell: window.Cell{Country: r.Country, Symptom: r.Symptom},
			Start: r.Start.Start(), Width: r.Width.Duration(), N: r.N, Aside: r.Aside,
		}
	}
	spans, err := a.spans(ctx, first, end)
	return rollups, spans, err
}

// spans returns the spans that start in the minutes [first, end), ordered by
// their start.
func (a *Archive) spans(ctx context.Context, first, end window.Minute) ([]window.Span, error) {
	var rows []struct {
		Start, Width window.Minute
		Known        int
	}
	err := a.readDB.WithContext(ctx).Raw(`SELECT start, width, known FROM spans
		WHERE start >= ? AND start < ? ORDER BY start, width`, first, end).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read spans: %w", err)
	}
	spans := make([]window.Span, len(rows))
	for i, s := range rows {
		spans[i] = window.Span{Start: s.Start.Start(), Width: s.Width.Duration(), Known: s.Known}
	}
	return spans, nil
}
