package archive

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/outcry/outcry/pkg/report"
)

// Statements of the dictionary. They return the number of what they name and
// add it when it is new, so that whoever runs them first wins.
const (
	InternService = `INSERT INTO services (slug) VALUES (?)
		ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id`
	InternCell = `INSERT INTO cells (service, kind, country, symptom) VALUES (?, ?, ?, ?)
		ON CONFLICT (service, kind, country, symptom) DO UPDATE SET kind = excluded.kind RETURNING id`
)

// cell is a row of the dictionary: what a report or a rollup is about.
type cell struct {
	service string
	kind    report.Kind
	country string
	symptom string
}

// numbers are those of a cell.
type numbers struct{ service, cell int64 }

// dictionary numbers cells within one transaction.
type dictionary struct {
	tx       *sql.Tx
	services map[string]int64
	cells    map[cell]numbers
}

func newDictionary(tx *sql.Tx) *dictionary {
	return &dictionary{tx: tx, services: map[string]int64{}, cells: map[cell]numbers{}}
}

// number returns the numbers of c.
func (d *dictionary) number(ctx context.Context, c cell) (numbers, error) {
	if n, ok := d.cells[c]; ok {
		return n, nil
	}
	service, ok := d.services[c.service]
	if !ok {
		if err := d.tx.QueryRowContext(ctx, InternService, c.service).Scan(&service); err != nil {
			return numbers{}, fmt.Errorf("number service %s: %w", c.service, err)
		}
		d.services[c.service] = service
	}
	n := numbers{service: service}
	row := d.tx.QueryRowContext(ctx, InternCell, service, int64(c.kind), c.country, c.symptom)
	if err := row.Scan(&n.cell); err != nil {
		return numbers{}, fmt.Errorf("number a cell of %s: %w", c.service, err)
	}
	d.cells[c] = n
	return n, nil
}
