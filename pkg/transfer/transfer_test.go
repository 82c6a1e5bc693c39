package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/pkg/archive"
)

// rowsEach is how many rows the tests put into each table.
const rowsEach = 7

func emptySQLite(t *testing.T) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{Relaxed: true})
	return opened(t, a, err)
}

func emptyPostgres(t *testing.T) *archive.Archive {
	t.Helper()
	p, err := archive.OpenPostgres(t.Context(), pgtest.Database(t), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, p.Archive, nil)
}

func opened(t *testing.T, a *archive.Archive, err error) *archive.Archive {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// filled returns an archive with rows in every table. All values of a row come from
// its number, so that rows refer to each other.
func filled(t *testing.T) *archive.Archive {
	t.Helper()
	a := emptySQLite(t)
	s, err := a.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tables := s.Tables
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pool, err := a.Writer().DB()
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 24 {
		t.Fatalf("the archive has %d tables, want all", len(tables))
	}
	for _, table := range tables {
		for i := int64(1); i <= rowsEach; i++ {
			var names, marks []string
			var values []any
			for _, c := range table.Columns {
				if table.Name == "beats" && c.Name == "partition" {
					continue
				}
				names, marks = append(names, `"`+c.Name+`"`), append(marks, "?")
				values = append(values, valueOf(table, c, i))
			}
			statement := fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table.Name, strings.Join(names, ", "), strings.Join(marks, ", "))
			if _, err := pool.ExecContext(t.Context(), statement, values...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.Writer().Exec(`DELETE FROM events WHERE id > 5`).Error; err != nil {
		t.Fatal(err)
	}
	return a
}

func valueOf(t archive.Table, c archive.Column, i int64) any {
	switch {
	case t.Name == "reports" && c.Name == "exclusion" && i%2 == 0:
		return nil
	case c.Kind == archive.Int && i == 3 && c.Name == "device":
		return int64(-1 << 63) // pseudonyms use all bits
	case c.Kind == archive.Int:
		return i
	case c.Kind == archive.Text:
		return fmt.Sprint(i)
	}
	return bytes.Repeat([]byte{0, byte(i), 0xff, '\n'}, 4)
}

// contents returns all rows of an archive by table, in a fixed order.
func contents(t *testing.T, a *archive.Archive) map[string][]string {
	t.Helper()
	s, err := a.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := map[string][]string{}
	for _, table := range s.Tables {
		err := s.EachRow(t.Context(), table, func(values []any) error {
			all[table.Name] = append(all[table.Name], fmt.Sprintf("%#v", values))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[table.Name])
	}
	return all
}

func fileOf(t *testing.T, a *archive.Archive) []byte {
	t.Helper()
	var file bytes.Buffer
	if _, err := Export(t.Context(), &file, Source{Archive: a, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func importInto(t *testing.T, a *archive.Archive, file []byte) *Summary {
	t.Helper()
	s, err := Import(t.Context(), bytes.NewReader(file), a, func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.CheckLoaded(t.Context()); err != nil {
		t.Errorf("after an import: %v", err)
	}
	return s
}

// TestAnArchiveGoesToTheOtherModeAndBack moves rows of every table from SQLite to
// Postgres and back.
func TestAnArchiveGoesToTheOtherModeAndBack(t *testing.T) {
	a := filled(t)
	want := contents(t, a)
	postgres := emptyPostgres(t)
	s := importInto(t, postgres, fileOf(t, a))
	if got := s.SkippedTables(); !slices.Equal(got, archive.OnlyEmbedded) {
		t.Errorf("the tables %v were left out, want %v", got, archive.OnlyEmbedded)
	}
	back := emptySQLite(t)
	importInto(t, back, fileOf(t, postgres))
	for _, table := range archive.OnlyEmbedded {
		delete(want, table)
	}
	got := contents(t, back)
	for table := range want {
		if !reflect.DeepEqual(got[table], want[table]) {
			t.Errorf("%s holds %v, want %v", table, got[table], want[table])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables have rows, want %d", len(got), len(want))
	}
	for name, a := range map[string]*archive.Archive{"Postgres": postgres, "SQLite": back} {
		var id int64
		if err := a.Writer().Raw(`INSERT INTO events (name, service, countries, at, data) VALUES ('', '', '', 0, ?) RETURNING id`, []byte("{}")).Scan(&id).Error; err != nil || id != rowsEach+1 {
			t.Errorf("the next event in %s is %d, %v, want %d: numbers that clients have seen must not come back", name, id, err, rowsEach+1)
		}
	}
}

// TestABackupIsRestoredWithEveryRow restores into the same mode, which loses nothing.
func TestABackupIsRestoredWithEveryRow(t *testing.T) {
	a := filled(t)
	b := emptySQLite(t)
	if s := importInto(t, b, fileOf(t, a)); len(s.Skipped) > 0 {
		t.Errorf("rows of %v were left out", s.SkippedTables())
	}
	if got, want := contents(t, b), contents(t, a); !reflect.DeepEqual(got, want) {
		t.Errorf("the restored archive holds %v, want %v", got, want)
	}
}

// TestAnImportThatWasCutOffGoesOn ends an import after each of its frames.
func TestAnImportThatWasCutOffGoesOn(t *testing.T) {
	a := filled(t)
	file, want := fileOf(t, a), contents(t, a)
	for _, open := range []func(*testing.T) *archive.Archive{emptySQLite, emptyPostgres} {
		b := open(t)
		cuts := 0
		for done := false; !done; cuts++ {
			ctx, cancel := context.WithCancel(t.Context())
			frames := 0
			_, err := Import(ctx, bytes.NewReader(file), b, func(int64) {
				if frames++; frames > 4*cuts {
					cancel()
				}
			})
			cancel()
			if done = err == nil; done {
				break
			}
			if b.CheckLoaded(t.Context()) == nil {
				t.Fatalf("after cut %d a server could start: %v", cuts, err)
			}
		}
		if cuts < 5 {
			t.Errorf("the import was cut off %d times, want more", cuts)
		}
		got := contents(t, b)
		for table := range want {
			if _, has := got[table]; has && !reflect.DeepEqual(got[table], want[table]) {
				t.Errorf("%s holds %v, want %v", table, got[table], want[table])
			}
		}
		if _, err := Import(t.Context(), bytes.NewReader(file), b, func(int64) {}); err == nil || !strings.Contains(err.Error(), "holds data already") {
			t.Errorf("an import into an archive with data = %v, want a refusal", err)
		}
	}
}

// TestADamagedFileIsRefused cuts a file off, and changes single bytes of it.
func TestADamagedFileIsRefused(t *testing.T) {
	file := fileOf(t, filled(t))
	if _, err := Check(bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(file); i += 1 + len(file)/300 {
		if _, err := Check(bytes.NewReader(file[:i])); err == nil {
			t.Errorf("a file that ends after %d of %d bytes is taken", i, len(file))
		}
		changed := slices.Clone(file)
		changed[i] ^= 4
		if _, err := Check(bytes.NewReader(changed)); err == nil {
			t.Errorf("a file with another byte %d is taken", i)
		}
	}
	if _, err := Check(bytes.NewReader(append(slices.Clone(file), 0))); err == nil {
		t.Error("a file with a byte after its end is taken")
	}
}

// TestAFileOfANewerVersionIsRefused has a table, a column, or a format that this
// version does not know.
func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	cells := archive.Table{Name: "cells", Columns: []archive.Column{{Name: "id", Kind: archive.Int}, {Name: "colour", Kind: archive.Text}}}
	for _, c := range []struct {
		header Header
		want   string
	}{
		{Header{Format: Format + 1}, "in format 2"},
		{Header{Format: Format, Tables: []archive.Table{{Name: "planets"}}}, "a table planets"},
		{Header{Format: Format, Tables: []archive.Table{cells}}, "a column colour of cells"},
	} {
		var file bytes.Buffer
		frames, err := newFrameWriter(&file)
		err = errors.Join(err, frames.writeJSON(headerFrame, c.header), frames.writeJSON(endFrame, json.RawMessage(`{}`)))
		if err != nil {
			t.Fatal(err)
		}
		a := emptySQLite(t)
		if _, err := Import(t.Context(), &file, a, func(int64) {}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Import of %+v = %v, want an error with %q", c.header, err, c.want)
		}
		if err := a.CheckLoaded(t.Context()); err != nil {
			t.Errorf("a refused file left something: %v", err)
		}
	}
}
