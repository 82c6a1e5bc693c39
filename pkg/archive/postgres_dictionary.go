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

// execQuerier runs statements: a pool or a transaction.
type execQuerier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// internCells returns the IDs of cells and adds those that are new.
func internCells(ctx context.Context, q execQuerier, cells []cell) (map[cell]cellIDs, error) {
	found := make(map[cell]cellIDs, len(cells))
	if err := findCells(ctx, q, cells, found); err != nil {
		return nil, fmt.Errorf("find cells: %w", err)
	}
	var added []cell
	for _, c := range cells {
		if _, ok := found[c]; !ok {
			added = append(added, c)
		}
	}
	if len(added) == 0 {
		return found, nil
	}
	if err := addCells(ctx, q, added); err != nil {
		return nil, fmt.Errorf("add cells: %w", err)
	}
	if err := findCells(ctx, q, added, found); err != nil {
		return nil, fmt.Errorf("find added cells: %w", err)
	}
	return found, nil
}

// addCells adds cells that may be new, in a fixed order: two processes that add
// the same cells never wait for each other both ways.
func addCells(ctx context.Context, q execQuerier, cells []cell) error {
	services, kinds, countries, symptoms := columnsOf(cells)
	_, err := q.ExecContext(ctx, `INSERT INTO services (slug)
		SELECT DISTINCT slug FROM unnest($1::text[]) AS slug ORDER BY slug ON CONFLICT DO NOTHING`, services)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `INSERT INTO cells (service, kind, country, symptom)
		SELECT DISTINCT s.id, u.kind, u.country, u.symptom
		FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[]) AS u (service, kind, country, symptom)
		JOIN services s ON s.slug = u.service ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING`, services, kinds, countries, symptoms)
	return err
}

// findCells adds to found the IDs of those cells that are in the dictionary.
func findCells(ctx context.Context, q execQuerier, cells []cell, found map[cell]cellIDs) error {
	services, kinds, countries, symptoms := columnsOf(cells)
	rows, err := q.QueryContext(ctx, `SELECT s.slug, c.kind, c.country, c.symptom, c.service, c.id
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[])) AS u (service, kind, country, symptom)
		JOIN services s ON s.slug = u.service
		JOIN cells c ON c.service = s.id AND c.kind = u.kind AND c.country = u.country AND c.symptom = u.symptom`,
		services, kinds, countries, symptoms)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c cell
		var ids cellIDs
		if err := rows.Scan(&c.service, &c.kind, &c.country, &c.symptom, &ids.service, &ids.cell); err != nil {
			return err
		}
		found[c] = ids
	}
	return rows.Err()
}

// columnsOf returns the columns of cells, for unnest.
func columnsOf(cells []cell) (services []string, kinds []int16, countries, symptoms []string) {
	for _, c := range cells {
		services, kinds = append(services, c.service), append(kinds, int16(c.kind))
		countries, symptoms = append(countries, c.country), append(symptoms, c.symptom)
	}
	return services, kinds, countries, symptoms
}

// maxCachedCells bounds a cellCache, to some 20 MB. IDs never change: one that is
// not cached costs a query.
const maxCachedCells = 100_000

// cellCache caches the IDs of cells between batches.
type cellCache struct {
	mu  sync.Mutex
	ids map[cell]cellIDs
}

func newCellCache() *cellCache { return &cellCache{ids: map[cell]cellIDs{}} }

// of returns the IDs of the cells of reports, in the order of reports. It adds
// cells that are new to the dictionary.
func (cc *cellCache) of(ctx context.Context, q execQuerier, reports iter.Seq[*report.Report]) ([]cellIDs, error) {
	cc.mu.Lock()
	defer cc.mu.Unlock()
	var all []cellIDs
	missing := map[cell][]int{} // indexes in all
	for r := range reports {
		c := cellOf(r)
		ids, ok := cc.ids[c]
		if !ok {
			missing[c] = append(missing[c], len(all))
		}
		all = append(all, ids)
	}
	if len(missing) == 0 {
		return all, nil
	}
	found, err := internCells(ctx, q, slices.Collect(maps.Keys(missing)))
	if err != nil {
		return nil, err
	}
	for c, indexes := range missing {
		for _, i := range indexes {
			all[i] = found[c]
		}
	}
	if len(cc.ids)+len(found) > maxCachedCells {
		clear(cc.ids)
	}
	maps.Copy(cc.ids, found)
	return all, nil
}

func cellOf(r *report.Report) cell { return cell{r.Service, r.Kind, r.Country, r.Symptom} }
