package archive

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Kind is what the values of a column are in both engines.
type Kind string

// The kinds of columns.
const (
	Int  Kind = "int"  // int64
	Text Kind = "text" // string
	Blob Kind = "blob" // []byte
)

// Column is a column of a Table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Table is a table as both engines have it: without what is only of use in one of
// them, such as the number of a row.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// beatsTable is the table of beats in the form that stands for both engines.
// partition is everyPartition in a minute that is known of all.
var beatsTable = Table{Name: "beats", Columns: []Column{{"minute", Int}, {"partition", Int}}}

// everyPartition stands for all partitions in a row of beatsTable.
const everyPartition = -1

// uncopied are the tables that say something about their database only.
var uncopied = []string{"goose_db_version", "schema_needs", "properties", "imports"}

// uncopiedColumns are the columns that say something about their database only.
var uncopiedColumns = map[string][]string{"reports": {"seq", "epoch"}, "answers": {"seq"}}

// OnlyEmbedded are the tables that the distributed mode has in Redis for some hours.
var OnlyEmbedded = []string{"answers", "claims", "visits"}

// parentsFirst are the tables that others refer to, in the order in which they must
// be filled.
var parentsFirst = []string{"services", "cells", "incidents", "subscriptions"}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// tablesOf returns the tables that a query lists: rows of table, column, and type of
// the column, in the order of the columns.
func tablesOf(ctx context.Context, q querier, query string, kindOf func(declared string) (Kind, bool)) ([]Table, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []Table
	for rows.Next() {
		var table, column, declared string
		if err := rows.Scan(&table, &column, &declared); err != nil {
			return nil, err
		}
		if slices.Contains(uncopied, table) || slices.Contains(uncopiedColumns[table], column) || table == beatsTable.Name {
			continue
		}
		kind, ok := kindOf(declared)
		if !ok {
			return nil, fmt.Errorf("the column %s of %s has the type %s, which cannot be copied", column, table, declared)
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, Column{column, kind})
	}
	tables = append(tables, beatsTable)
	rank := func(t Table) int {
		if i := slices.Index(parentsFirst, t.Name); i >= 0 {
			return i
		}
		return len(parentsFirst)
	}
	slices.SortStableFunc(tables, func(a, b Table) int { return rank(a) - rank(b) })
	return tables, rows.Err()
}
