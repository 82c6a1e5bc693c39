package archive

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/outcry/outcry/pkg/report"
)

// conn is what statements run on: a pool or a transaction.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// numberCells returns the numbers of cells, which the dictionary learns if they
// are new.
func numberCells(ctx context.Context, c conn, cells []cell) (map[cell]numbers, error) {
	found := make(map[cell]numbers, len(cells))
	if err := findCells(ctx, c, cells, found); err != nil {
		return nil, fmt.Errorf("number cells: %w", err)
	}
	var unknown []cell
	for _, name := range cells {
		if _, ok := found[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return found, nil
	}
	if err := addCells(ctx, c, unknown); err != nil {
		return nil, fmt.Errorf("number new cells: %w", err)
	}
	if err := findCells(ctx, c, unknown, found); err != nil {
		return nil, fmt.Errorf("number new cells: %w", err)
	}
	return found, nil
}

// addCells adds in a fixed order, so that two processes that add the same wait
// for each other in one direction only.
func addCells(ctx context.Context, c conn, cells []cell) error {
	services, kinds, countries, symptoms := columnsOf(cells)
	_, err := c.ExecContext(ctx, `INSERT INTO services (slug)
		SELECT DISTINCT slug FROM unnest($1::text[]) AS slug ORDER BY slug ON CONFLICT DO NOTHING`, services)
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, `INSERT INTO cells (service, kind, country, symptom)
		SELECT DISTINCT s.id, u.kind, u.country, u.symptom
		FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[]) AS u (service, kind, country, symptom)
		JOIN services s ON s.slug = u.service ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING`, services, kinds, countries, symptoms)
	return err
}

// findCells adds to found the numbers of those cells that have one.
func findCells(ctx context.Context, c conn, cells []cell, found map[cell]numbers) error {
	services, kinds, countries, symptoms := columnsOf(cells)
	rows, err := c.QueryContext(ctx, `SELECT s.slug, c.kind, c.country, c.symptom, c.service, c.id
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[])) AS u (service, kind, country, symptom)
		JOIN services s ON s.slug = u.service
		JOIN cells c ON c.service = s.id AND c.kind = u.kind AND c.country = u.country AND c.symptom = u.symptom`,
		services, kinds, countries, symptoms)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name cell
		var n numbers
		if err := rows.Scan(&name.service, &name.kind, &name.country, &name.symptom, &n.service, &n.cell); err != nil {
			return err
		}
		found[name] = n
	}
	return rows.Err()
}

func columnsOf(cells []cell) (services []string, kinds []int16, countries, symptoms []string) {
	for _, c := range cells {
		services, kinds = append(services, c.service), append(kinds, int16(c.kind))
		countries, symptoms = append(countries, c.country), append(symptoms, c.symptom)
	}
	return services, kinds, countries, symptoms
}

// rememberedCells bounds the memory of a process for numbers, some 20 MB. A
// number never changes, so that forgetting one costs a look-up.
const rememberedCells = 100_000

// cellNumbers remembers numbers of cells between batches.
type cellNumbers struct {
	mu    sync.Mutex
	known map[cell]numbers
}

func newCellNumbers() *cellNumbers { return &cellNumbers{known: map[cell]numbers{}} }

// of returns the numbers of the cells of reports, in their order.
func (k *cellNumbers) of(ctx context.Context, c conn, reports iter.Seq[*report.Report]) ([]numbers, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []numbers
	lacking := map[cell][]int{} // places in all
	for r := range reports {
		name := cellOf(r)
		n, ok := k.known[name]
		if !ok {
			lacking[name] = append(lacking[name], len(all))
		}
		all = append(all, n)
	}
	if len(lacking) == 0 {
		return all, nil
	}
	found, err := numberCells(ctx, c, slices.Collect(maps.Keys(lacking)))
	if err != nil {
		return nil, err
	}
	for name, places := range lacking {
		for _, i := range places {
			all[i] = found[name]
		}
	}
	if len(k.known)+len(found) > rememberedCells {
		clear(k.known)
	}
	maps.Copy(k.known, found)
	return all, nil
}

func cellOf(r *report.Report) cell { return cell{r.Service, r.Kind, r.Country, r.Symptom} }
