package archive

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// The SQLSTATEs after which AddEntries tries again.
const (
	uniqueViolation  = "23505"
	checkViolation   = "23514" // of the table reports: the day of a report has no partition
	deadlockDetected = "40P01"
)

// AddEntries archives entries of the journal, all or nothing. It leaves reports
// that are archived already as they are.
func (p *Postgres) AddEntries(ctx context.Context, entries []journal.Entry) (err error) {
	defer func(began time.Time) { p.observe(ctx, OperationEntries, began, err) }(time.Now())
	write := copyRows
	for try := 1; ; try++ {
		err := p.addInOneTransaction(ctx, entries, write)
		var serverErr *pgconn.PgError
		switch {
		case err == nil:
			return nil
		case try == 3 || !errors.As(err, &serverErr):
		case serverErr.Code == checkViolation && serverErr.TableName == "reports": // another process dropped a day that is in the cache
			p.days.set(map[int64]bool{})
			continue
		case serverErr.Code == uniqueViolation || serverErr.Code == deadlockDetected: // another process archived some of them, before or at this moment
			write = insertRows
			continue
		}
		return fmt.Errorf("archive %d entries: %w", len(entries), err)
	}
}

// addInOneTransaction adds entries in one transaction, in which write writes
// their reports.
func (p *Postgres) addInOneTransaction(ctx context.Context, entries []journal.Entry, write func(context.Context, pgx.Tx, []reportRow) error) error {
	pool, err := p.writeDB.DB()
	if err != nil {
		return err
	}
	rows, err := p.rowsOf(ctx, pool, entries)
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		pg, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T", driver)
		}
		return pgx.BeginFunc(ctx, pg.Conn(), func(tx pgx.Tx) error {
			if err := write(ctx, tx, rows); err != nil {
				return fmt.Errorf("add %d reports: %w", len(rows), err)
			}
			return addBeats(ctx, tx, entries)
		})
	})
}

// reportRow is a row of reports.
type reportRow struct {
	day, minute                                              int32
	service, cell, received, address, device, network, epoch int64
	id                                                       [16]byte
}

var reportColumns = []string{"day", "minute", "service", "cell", "received", "address", "device", "network", "epoch", "id"}

// rowsOf returns the reports of entries in the order of the unique key, so that
// processes that add the same reports never wait for each other both ways. It
// adds cells that are new and partitions of days that have none, outside the
// transaction that adds the reports.
func (p *Postgres) rowsOf(ctx context.Context, pool *sql.DB, entries []journal.Entry) ([]reportRow, error) {
	cells, err := p.cells.of(ctx, pool, reportsOf(entries))
	if err != nil {
		return nil, err
	}
	days := map[int64]bool{}
	rows := make([]reportRow, 0, len(cells))
	for _, e := range entries {
		for i := range e.Reports {
			r, ids := &e.Reports[i], cells[len(rows)]
			minute := window.MinuteOf(r.Minute)
			days[minute.Day()] = true
			rows = append(rows, reportRow{
				day: int32(minute.Day()), minute: int32(minute), service: ids.service, cell: ids.cell,
				received: r.Received.UnixMilli(), address: int64(r.Reporter.Address), device: int64(r.Reporter.Device),
				network: int64(r.Network), epoch: e.Epoch, id: r.ID,
			})
		}
	}
	slices.SortFunc(rows, func(a, b reportRow) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.service, b.service), bytes.Compare(a.id[:], b.id[:]))
	})
	return rows, p.makeDays(ctx, days)
}

// reportsOf returns the reports of entries, in their order.
func reportsOf(entries []journal.Entry) iter.Seq[*report.Report] {
	return func(yield func(*report.Report) bool) {
		for _, e := range entries {
			for i := range e.Reports {
				if !yield(&e.Reports[i]) {
					return
				}
			}
		}
	}
}

// copyRows adds rows. It fails if the table has one of them, but takes half the
// time of insertRows.
func copyRows(ctx context.Context, tx pgx.Tx, rows []reportRow) error {
	values := make([]any, len(reportColumns))
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"reports"}, reportColumns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		r := &rows[i]
		return append(values[:0], r.day, r.minute, r.service, r.cell, r.received, r.address, r.device, r.network, r.epoch, r.id), nil
	}))
	return err
}

// insertRows adds those of rows that the table does not have yet.
func insertRows(ctx context.Context, tx pgx.Tx, rows []reportRow) error {
	var days, minutes []int32
	var services, cells, received, addresses, devices, networks, epochs []int64
	var ids [][16]byte
	for i := range rows {
		r := &rows[i]
		days, minutes, services, cells = append(days, r.day), append(minutes, r.minute), append(services, r.service), append(cells, r.cell)
		received, addresses, devices = append(received, r.received), append(addresses, r.address), append(devices, r.device)
		networks, epochs, ids = append(networks, r.network), append(epochs, r.epoch), append(ids, r.id)
	}
	_, err := tx.Exec(ctx, `INSERT INTO reports (day, minute, service, cell, received, address, device, network, epoch, id)
		SELECT * FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::uuid[])
			AS r (day, minute, service, cell, received, address, device, network, epoch, id)
		ORDER BY day, service, id ON CONFLICT DO NOTHING`,
		days, minutes, services, cells, received, addresses, devices, networks, epochs, ids)
	return err
}

// addBeats adds the minutes in which counting worked, in a fixed order as rowsOf
// does.
func addBeats(ctx context.Context, tx pgx.Tx, entries []journal.Entry) error {
	var minutes []int64
	var partitions []int16
	for _, e := range entries {
		for _, at := range e.Known {
			minutes, partitions = append(minutes, int64(window.MinuteOf(at))), append(partitions, int16(e.Partition))
		}
	}
	if len(minutes) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO beats (minute, partition)
		SELECT DISTINCT minute, partition FROM unnest($1::int[], $2::smallint[]) AS b (minute, partition)
		ORDER BY 1, 2 ON CONFLICT DO NOTHING`, minutes, partitions)
	if err != nil {
		return fmt.Errorf("add beats: %w", err)
	}
	return nil
}
