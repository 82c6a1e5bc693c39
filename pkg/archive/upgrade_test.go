package archive

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/outcry/outcry/internal/pgtest"
)

// oldSchema is a database as an earlier version of Outcry left it.
type oldSchema struct {
	pool   *sql.DB
	tables []Table
	// upgrade opens the database by this version.
	upgrade func() *Archive
}

// open makes the tables of both engines as they were after a migration.
func openOldSchemas(t *testing.T, sqliteVersion, postgresVersion int64) map[string]*oldSchema {
	t.Helper()
	path, url := filepath.Join(t.TempDir(), "outcry.db"), pgtest.Database(t)
	pools, err := openSQLitePools(path, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pools.writer.Close(); pools.reader.Close() })
	postgres, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { postgres.Close() })
	upTo := func(pool *sql.DB, dialect goose.Dialect, files embed.FS, dir string, version int64) {
		t.Helper()
		migrations, err := fs.Sub(files, dir)
		if err != nil {
			t.Fatal(err)
		}
		provider, err := goose.NewProvider(dialect, pool, migrations)
		if err == nil {
			_, err = provider.UpTo(t.Context(), version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	upTo(pools.writer, goose.DialectSQLite3, sqliteMigrations, "migrations/sqlite", sqliteVersion)
	upTo(postgres, goose.DialectPostgres, postgresMigrations, "migrations/postgres", postgresVersion)
	old := map[string]*oldSchema{
		"SQLite": {pool: pools.writer, upgrade: func() *Archive {
			a, err := Open(t.Context(), path, Options{Relaxed: true})
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, a)
			return a
		}},
		"Postgres": {pool: postgres, upgrade: func() *Archive { return postgresAt(t, url).Archive }},
	}
	for name, o := range old {
		query, kind := sqliteTables, sqliteKind
		if name == "Postgres" {
			query, kind = postgresTables, postgresKind
			if _, err := postgres.Exec(`CREATE TABLE reports_1 PARTITION OF reports DEFAULT`); err != nil {
				t.Fatal(err)
			}
		}
		if o.tables, err = tablesOf(t.Context(), o.pool, query, kind); err != nil {
			t.Fatal(err)
		}
	}
	return old
}

// add writes a row to every table as the version before does: with the columns that it
// knows. All values come from the number of the row, so that rows refer to each other.
func (o *oldSchema) add(t *testing.T, engine string, number int64) {
	t.Helper()
	for _, table := range o.tables {
		names, marks, values := []string{}, []string{}, []any{}
		columns := table.Columns
		if engine == "Postgres" && table.Name == "reports" {
			columns = append(slices.Clone(columns), Column{"epoch", Int})
		}
		for _, c := range columns {
			if engine == "SQLite" && table.Name == beatsTable.Name && c.Name == "partition" {
				continue
			}
			names, marks = append(names, `"`+c.Name+`"`), append(marks, fmt.Sprintf("$%d", len(marks)+1))
			switch c.Kind {
			case Int:
				values = append(values, number)
			case Text:
				values = append(values, fmt.Sprint(number))
			default:
				blob := bytes.Repeat([]byte{byte(number)}, 16)
				values = append(values, any(blob))
				if engine == "Postgres" && c.Name == "id" {
					values[len(values)-1] = [16]byte(blob)
				}
			}
		}
		statement := fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table.Name, strings.Join(names, ", "), strings.Join(marks, ", "))
		if _, err := o.pool.ExecContext(t.Context(), statement, values...); err != nil {
			t.Fatalf("%s: a row of the version before: %v", table.Name, err)
		}
	}
}

// rowsOf returns the rows of the old tables and columns, in a fixed order.
func (o *oldSchema) rowsOf(t *testing.T, a *Archive) map[string][]string {
	t.Helper()
	s, err := a.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := map[string][]string{}
	for _, table := range o.tables {
		err := s.EachRow(t.Context(), table, func(values []any) error {
			all[table.Name] = append(all[table.Name], fmt.Sprint(values...))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[table.Name])
	}
	return all
}

// TestTheDataOfTheVersionBeforeAreUpgradedWhileItRuns fills the tables of the version
// before, brings them up to date, and goes on writing as that version does: its
// statements are those of a process that has not been replaced yet.
func TestTheDataOfTheVersionBeforeAreUpgradedWhileItRuns(t *testing.T) {
	const rows = 5
	for engine, o := range openOldSchemas(t, 13, 11) {
		t.Run(engine, func(t *testing.T) {
			if len(o.tables) < 20 {
				t.Fatalf("the version before has %d tables, want all", len(o.tables))
			}
			for i := range int64(rows) {
				o.add(t, engine, i+1)
			}
			a := o.upgrade()
			before := o.rowsOf(t, a)
			for i := range int64(rows) {
				o.add(t, engine, rows+i+1)
			}
			o.upgrade() // once more: nothing is left to do
			after := o.rowsOf(t, a)
			for _, table := range o.tables {
				got, want := before[table.Name], after[table.Name]
				if len(got) != rows || len(want) != 2*rows {
					t.Errorf("%s has %d rows after the upgrade and %d at the end, want %d and %d", table.Name, len(got), len(want), rows, 2*rows)
				}
				kept := slices.DeleteFunc(slices.Clone(want), func(row string) bool { return !slices.Contains(got, row) })
				if !reflect.DeepEqual(kept, got) {
					t.Errorf("%s: rows of the version before were %v, now %v", table.Name, got, kept)
				}
			}
		})
	}
}

// TestADatabaseOfANewerVersionIsRefused raises what programs must know.
func TestADatabaseOfANewerVersionIsRefused(t *testing.T) {
	for engine, o := range openOldSchemas(t, 13, 11) {
		a := o.upgrade()
		if err := a.Writer().Exec(`UPDATE schema_needs SET version = 9999`).Error; err != nil {
			t.Fatal(err)
		}
		err := func() error {
			if a.Path() == "" {
				return checkSchema(t.Context(), o.pool, postgresMigrations, "migrations/postgres")
			}
			reopened, err := Open(t.Context(), a.Path(), Options{})
			if err == nil {
				closeAfter(t, reopened)
			}
			return err
		}()
		if err == nil || !strings.Contains(err.Error(), "newer version of Outcry (schema 9999, this one knows") {
			t.Errorf("%s: a database of a newer version is opened with %v, want a refusal that names both", engine, err)
		}
		// A newer schema that this version can live with is opened.
		if err := a.Writer().Exec(`UPDATE schema_needs SET version = 13`).Error; err != nil {
			t.Fatal(err)
		}
		if _, err := o.pool.ExecContext(context.Background(), `CREATE TABLE of_the_future (x INTEGER)`); err != nil {
			t.Fatal(err)
		}
		if _, err := o.pool.ExecContext(context.Background(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, `+map[string]string{"SQLite": "1", "Postgres": "true"}[engine]+`)`); err != nil {
			t.Fatal(err)
		}
		o.upgrade()
	}
}
