package archive

import (
	"context"
	"database/sql"
	"fmt"
)

// sqliteDictionary finds or adds the IDs of cells within one transaction.
type sqliteDictionary struct {
	tx       *sql.Tx
	services map[string]int64
	cells    map[cell]cellIDs
}

func newSQLiteDictionary(tx *sql.Tx) *sqliteDictionary {
	return &sqliteDictionary{tx: tx, services: map[string]int64{}, cells: map[cell]cellIDs{}}
}

// intern returns the IDs of c, which it adds when c is new.
func (d *sqliteDictionary) intern(ctx context.Context, c cell) (cellIDs, error) {
	if ids, ok := d.cells[c]; ok {
		return ids, nil
	}
	service, ok := d.services[c.service]
	if !ok {
		if err := d.tx.QueryRowContext(ctx, SQLiteInternService, c.service).Scan(&service); err != nil {
			return cellIDs{}, fmt.Errorf("find or add service %s: %w", c.service, err)
		}
		d.services[c.service] = service
	}
	ids := cellIDs{service: service}
	row := d.tx.QueryRowContext(ctx, SQLiteInternCell, service, int64(c.kind), c.country, c.symptom)
	if err := row.Scan(&ids.cell); err != nil {
		return cellIDs{}, fmt.Errorf("find or add a cell of %s: %w", c.service, err)
	}
	d.cells[c] = ids
	return ids, nil
}
