package archive

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// onBoth runs f on an empty archive of each engine.
func onBoth(t *testing.T, f func(t *testing.T, a *Archive)) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *Archive
	}{
		{"SQLite", emptySQLite},
		{"Postgres", func(t testing.TB) *Archive { return emptyPostgres(t).Archive }},
	} {
		t.Run(engine.name, func(t *testing.T) { f(t, engine.open(t)) })
	}
}

func emptySQLite(t testing.TB) *Archive {
	t.Helper()
	a, err := Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, a)
	return a
}

func emptyPostgres(t testing.TB) *Postgres {
	t.Helper()
	return postgresAt(t, pgtest.Database(t))
}

func postgresAt(t testing.TB, url string) *Postgres {
	t.Helper()
	p, err := OpenPostgres(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, p.Archive)
	return p
}

func closeAfter(t testing.TB, a *Archive) {
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

// shared is a as one of many processes has it.
func shared(a *Archive) *Postgres {
	return newPostgres(a)
}

// addReports archives n problems of a service in a minute, as a store would.
func addReports(t *testing.T, a *Archive, service, country string, minute time.Time, n int) {
	t.Helper()
	if a.engine == (postgresEngine{}) {
		e := journal.Entry{Partition: window.PartitionOf(service), Epoch: 1}
		for range n {
			e.Reports = append(e.Reports, report.Report{ID: uuid.New(), Service: service, Symptom: "login", Country: country, Minute: minute, Received: minute})
		}
		if err := shared(a).AddEntries(t.Context(), []journal.Entry{e}); err != nil {
			t.Fatal(err)
		}
		return
	}
	db := a.Writer()
	var serviceNo, cellNo int64
	if err := db.Raw(SQLiteInternService, service).Scan(&serviceNo).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Raw(SQLiteInternCell, serviceNo, report.Problem, country, "login").Scan(&cellNo).Error; err != nil {
		t.Fatal(err)
	}
	for range n {
		err := db.Exec(`INSERT INTO reports (day, service, id, cell, minute, received, address, device, network)
			VALUES (?, ?, randomblob(16), ?, ?, ?, 0, 0, 0)`,
			window.MinuteOf(minute).Day(), serviceNo, cellNo, window.MinuteOf(minute), minute.UnixMilli()).Error
		if err != nil {
			t.Fatal(err)
		}
	}
}

// addBeats notes that everything could count in the minutes of [from, to).
func mustAddBeats(t *testing.T, a *Archive, from, to time.Time) {
	t.Helper()
	var known []time.Time
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		known = append(known, at)
	}
	if a.engine == (postgresEngine{}) {
		var entries []journal.Entry
		for partition := range window.Partitions {
			entries = append(entries, journal.Entry{Partition: partition, Epoch: 1, Known: known})
		}
		if err := shared(a).AddEntries(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, at := range known {
		if err := a.Writer().Exec(`INSERT INTO beats (minute) VALUES (?)`, window.MinuteOf(at)).Error; err != nil {
			t.Fatal(err)
		}
	}
}
