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

// onBoth runs f as two subtests, each with an empty archive of one engine.
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

// emptySQLite returns an empty archive in a new file.
func emptySQLite(t testing.TB) *Archive {
	t.Helper()
	a, err := Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, a)
	return a
}

// emptyPostgres returns an empty archive in a new database on the server that
// package pgtest finds.
func emptyPostgres(t testing.TB) *Postgres {
	t.Helper()
	return postgresAt(t, pgtest.Database(t))
}

// postgresAt opens the archive in the database at url.
func postgresAt(t testing.TB, url string) *Postgres {
	t.Helper()
	p, err := OpenPostgres(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, p.Archive)
	return p
}

// closeAfter closes a when the test ends.
func closeAfter(t testing.TB, a *Archive) {
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

// shared returns an archive in Postgres with the methods of Postgres.
func shared(a *Archive) *Postgres {
	return newPostgres(a)
}

// addReports archives n problems of a service in a minute, as the store or the
// journal of the engine would. Each has a holder of its own.
func addReports(t *testing.T, a *Archive, service, country string, minute time.Time, n int) {
	t.Helper()
	addReportsFrom(t, a, service, country, minute, n, func(i int) report.Network { return report.Network(i + 1) })
}

// addReportsFrom is addReports with the network of each report.
func addReportsFrom(t *testing.T, a *Archive, service, country string, minute time.Time, n int, network func(i int) report.Network) {
	t.Helper()
	if a.engine == (postgresEngine{}) {
		e := journal.Entry{Partition: window.PartitionOf(service), Epoch: 1}
		for i := range n {
			e.Reports = append(e.Reports, report.Report{ID: uuid.New(), Service: service, Symptom: "login", Country: country, Minute: minute, Received: minute, Network: network(i)})
		}
		if err := shared(a).AddEntries(t.Context(), []journal.Entry{e}); err != nil {
			t.Fatal(err)
		}
		return
	}
	db := a.Writer()
	var serviceID, cellID int64
	if err := db.Raw(SQLiteInternService, service).Scan(&serviceID).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Raw(SQLiteInternCell, serviceID, report.Problem, country, "login").Scan(&cellID).Error; err != nil {
		t.Fatal(err)
	}
	for i := range n {
		err := db.Exec(`INSERT INTO reports (day, service, id, cell, minute, received, address, device, network)
			VALUES (?, ?, randomblob(16), ?, ?, ?, 0, 0, ?)`,
			window.MinuteOf(minute).Day(), serviceID, cellID, window.MinuteOf(minute), minute.UnixMilli(), int64(network(i))).Error
		if err != nil {
			t.Fatal(err)
		}
	}
}

// mustAddBeats records that counting worked in the minutes of [from, to), in
// Postgres in all partitions.
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
