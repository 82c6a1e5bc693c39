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

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
)

// The SQLSTATEs that say what to do next.
const (
	uniqueViolation  = "23505"
	checkViolation   = "23514" // of reports itself: a report has no partition
	deadlockDetected = "40P01"
)

// AddEntries archives entries of the journal, all or nothing. What the archive
// has already it leaves as it is.
func (p *Postgres) AddEntries(ctx context.Context, entries []journal.Entry) error {
	add := copyRows
	for try := 1; ; try++ {
		err := p.addEntries(ctx, entries, add)
		var said *pgconn.PgError
		switch {
		case err == nil:
			return nil
		case try == 3 || !errors.As(err, &said):
		case said.Code == checkViolation && said.TableName == "reports": // somebody dropped a day that this process knew
			p.days.set(map[int64]bool{})
			continue
		case said.Code == uniqueViolation || said.Code == deadlockDetected: // some of them, somebody archived before or at the same time
			add = insertRows
			continue
		}
		return fmt.Errorf("archive %d entries: %w", len(entries), err)
	}
}

// addEntries does it in one transaction, the reports by add.
func (p *Postgres) addEntries(ctx context.Context, entries []journal.Entry, add func(context.Context, pgx.Tx, []reportRow) error) error {
	pool, err := p.writer.DB()
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
			if err := add(ctx, tx, rows); err != nil {
				return fmt.Errorf("add %d reports: %w", len(rows), err)
			}
			return noteBeats(ctx, tx, entries)
		})
	})
}

// reportRow is a report as the table holds it.
type reportRow struct {
	day, minute                                              int32
	service, cell, received, address, device, network, epoch int64
	id                                                       [16]byte
}

var reportColumns = []string{"day", "minute", "service", "cell", "received", "address", "device", "network", "epoch", "id"}

// rowsOf returns the reports of entries in the order of the unique key, so that
// processes that add the same do not wait for each other in a circle. It
// numbers their cells and makes sure that their days have a partition, both of
// which outlive the transaction that adds them.
func (p *Postgres) rowsOf(ctx context.Context, pool *sql.DB, entries []journal.Entry) ([]reportRow, error) {
	numbers, err := p.cells.of(ctx, pool, reportsOf(entries))
	if err != nil {
		return nil, err
	}
	days := map[int64]bool{}
	rows := make([]reportRow, 0, len(numbers))
	for _, e := range entries {
		for i := range e.Reports {
			r, n := &e.Reports[i], numbers[len(rows)]
			minute := minuteOf(r.Minute)
			days[minute/minutesOfDay] = true
			rows = append(rows, reportRow{
				day: int32(minute / minutesOfDay), minute: int32(minute), service: n.service, cell: n.cell,
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

// copyRows adds rows of which the table has none: in half the time of an
// insertion that looks first.
func copyRows(ctx context.Context, tx pgx.Tx, rows []reportRow) error {
	values := make([]any, len(reportColumns))
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"reports"}, reportColumns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		r := &rows[i]
		return append(values[:0], r.day, r.minute, r.service, r.cell, r.received, r.address, r.device, r.network, r.epoch, r.id), nil
	}))
	return err
}

// insertRows adds those of rows that the table does not have.
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

// noteBeats notes the minutes in which counting worked, in one order too.
func noteBeats(ctx context.Context, tx pgx.Tx, entries []journal.Entry) error {
	var minutes []int64
	var partitions []int16
	for _, e := range entries {
		for _, at := range e.Known {
			minutes, partitions = append(minutes, minuteOf(at)), append(partitions, int16(e.Partition))
		}
	}
	if len(minutes) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO beats (minute, partition)
		SELECT DISTINCT minute, partition FROM unnest($1::int[], $2::smallint[]) AS b (minute, partition)
		ORDER BY 1, 2 ON CONFLICT DO NOTHING`, minutes, partitions)
	if err != nil {
		return fmt.Errorf("note known minutes: %w", err)
	}
	return nil
}
