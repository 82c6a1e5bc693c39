package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
)

// AddEntries archives entries of the journal, all or nothing. What the archive
// has already it leaves as it is.
func (p *Postgres) AddEntries(ctx context.Context, entries []journal.Entry) error {
	var reports []report.Report
	var epochs []int64
	var minutes []int64
	var partitions []int16
	for _, e := range entries {
		for range e.Reports {
			epochs = append(epochs, e.Epoch)
		}
		reports = append(reports, e.Reports...)
		for _, at := range e.Known {
			minutes, partitions = append(minutes, minuteOf(at)), append(partitions, int16(e.Partition))
		}
	}
	err := p.addEntries(ctx, reports, epochs, minutes, partitions)
	if isWithoutPartition(err) { // somebody dropped a day that this process knew
		p.days.set(map[int64]bool{})
		err = p.addEntries(ctx, reports, epochs, minutes, partitions)
	}
	if err != nil {
		return fmt.Errorf("archive %d reports: %w", len(reports), err)
	}
	return nil
}

// isWithoutPartition tells whether a report found no partition for its day.
func isWithoutPartition(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == "23514" && said.TableName == "reports"
}

func (p *Postgres) addEntries(ctx context.Context, reports []report.Report, epochs, minutes []int64, partitions []int16) error {
	pool, err := p.writer.DB()
	if err != nil {
		return err
	}
	rows, err := p.rowsOf(ctx, pool, reports)
	if err != nil {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := rows.insert(ctx, tx, epochs); err != nil {
		return err
	}
	// In one order, so that processes that add the same minutes do not wait for
	// each other in a circle.
	if _, err := tx.ExecContext(ctx, `INSERT INTO beats (minute, partition)
		SELECT DISTINCT minute, partition FROM unnest($1::int[], $2::smallint[]) AS b (minute, partition)
		ORDER BY 1, 2 ON CONFLICT DO NOTHING`, minutes, partitions); err != nil {
		return fmt.Errorf("note known minutes: %w", err)
	}
	return tx.Commit()
}

// reportRows are reports, column by column.
type reportRows struct {
	days, services, cells, minutes, received, addresses, devices, networks []int64
	ids                                                                    [][16]byte // as the driver writes them fastest
}

// rowsOf numbers the cells of reports and makes sure that their days have a
// partition. Both outlive the transaction that inserts them.
func (p *Postgres) rowsOf(ctx context.Context, pool *sql.DB, reports []report.Report) (*reportRows, error) {
	numbers, err := p.cells.of(ctx, pool, reports)
	if err != nil {
		return nil, err
	}
	days := map[int64]bool{}
	rows := &reportRows{}
	for i := range reports {
		r := &reports[i]
		minute := minuteOf(r.Minute)
		day := minute / minutesOfDay
		days[day] = true
		rows.days, rows.services, rows.ids = append(rows.days, day), append(rows.services, numbers[i].service), append(rows.ids, r.ID)
		rows.cells, rows.minutes = append(rows.cells, numbers[i].cell), append(rows.minutes, minute)
		rows.received = append(rows.received, r.Received.UnixMilli())
		rows.addresses, rows.devices = append(rows.addresses, int64(r.Reporter.Address)), append(rows.devices, int64(r.Reporter.Device))
		rows.networks = append(rows.networks, int64(r.Network))
	}
	return rows, p.makeDays(ctx, days)
}

// insert inserts in the order of the unique key, for the same reason as beats.
func (r *reportRows) insert(ctx context.Context, tx *sql.Tx, epochs []int64) error {
	if len(r.ids) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO reports (day, service, id, cell, minute, received, address, device, network, epoch)
		SELECT * FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::bigint[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
		ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
		r.days, r.services, r.ids, r.cells, r.minutes, r.received, r.addresses, r.devices, r.networks, epochs)
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}
