package sqlitestore

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// numbered returns n problems, numbered from first, each of its own reporter.
func numbered(first, n int) []report.Report {
	reports := make([]report.Report, n)
	for i := range reports {
		number := uint64(first + i)
		var id uuid.UUID
		binary.BigEndian.PutUint64(id[8:], number)
		reports[i] = report.Report{
			ID: id, Service: "acme", Symptom: "login", Country: "IN", Minute: noon, Received: noon,
			Reporter: report.Reporter{Address: number, Device: number}, Network: report.Network(number),
		}
	}
	return reports
}

// resent is the outcome of a counted problem of numbered that is sent again.
var resent = window.Outcome{Status: window.Counted, Resent: true, Cell: window.Cell{Country: "IN", Symptom: "login"}}

func wantOutcomes(t *testing.T, s *Store, want window.Outcome, reports []report.Report) {
	t.Helper()
	for i, o := range s.Count(t.Context(), reports) {
		if o != want {
			t.Errorf("Count: outcome %d = %+v, want %+v", i, o, want)
		}
	}
}

func wantFailed(t *testing.T, s *Store, reports []report.Report) {
	t.Helper()
	for i, o := range s.Count(t.Context(), reports) {
		if o.Status != window.Failed || o.Resent || fault.KindOf(o.Err) != fault.Unavailable {
			t.Errorf("Count: outcome %d = %+v, want failed and unavailable", i, o)
		}
	}
}

// wantTotals asserts the number of problems in the bucket of noon: in the store,
// in a new store on the same file, and in the archive.
func wantTotals(t *testing.T, a *archive.Archive, s *Store, want int64) {
	t.Helper()
	second, err := newStore(t.Context(), a, Options{}) // without the lock, which s has
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Store{"the store": s, "a new store": second} {
		buckets, err := s.Buckets(t.Context(), "acme", noon, noon.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var got int64
		for _, c := range buckets[0].Problems {
			got += c.N
		}
		n, err := s.Networks(t.Context(), "acme", noon, window.SliceRetention)
		if err != nil {
			t.Fatal(err)
		}
		if got != want || n.World.Reports != want {
			t.Errorf("%s has %d problems and %d reports from networks, want %d", name, got, n.World.Reports, want)
		}
	}
	if got := archived(t, a); got != want {
		t.Errorf("archived reports = %d, want %d", got, want)
	}
}

// archived returns the number of archived reports.
func archived(t *testing.T, a *archive.Archive) (n int64) {
	t.Helper()
	if err := a.Reader().Raw(`SELECT COUNT(*) FROM reports`).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// change runs a statement that changes the database under the store.
func change(t *testing.T, db *gorm.DB, statement string) {
	t.Helper()
	if err := db.Exec(statement).Error; err != nil {
		t.Fatal(err)
	}
}

// wantWholeBatchFails counts some reports, breaks the archive, and asserts that a
// batch then fails as a whole. After mend, everything must be as if the batch had
// not been sent.
func wantWholeBatchFails(t *testing.T, breakArchive, mend func(t *testing.T, a *archive.Archive)) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	before, during := numbered(1, 3), numbered(10, 5)
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, before)

	breakArchive(t, a)
	wantFailed(t, s, append(numbered(10, 5), before[0]))
	wantFailed(t, s, during)
	wantTotals(t, a, s, 3)

	mend(t, a)
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, during)
	wantOutcomes(t, s, resent, before)
	wantOutcomes(t, s, resent, during)
	wantTotals(t, a, s, 8)
}

func TestABatchFailsAsAWhole(t *testing.T) {
	t.Run("when a report in its middle cannot be written", func(t *testing.T) {
		wantWholeBatchFails(t, func(t *testing.T, a *archive.Archive) {
			change(t, a.Writer(), `CREATE TRIGGER broken BEFORE INSERT ON reports WHEN NEW.network = 12 BEGIN SELECT RAISE(ABORT, 'broken'); END`)
		}, func(t *testing.T, a *archive.Archive) { change(t, a.Writer(), `DROP TRIGGER broken`) })
	})
	t.Run("when the transaction is rolled back under it", func(t *testing.T) {
		wantWholeBatchFails(t, func(t *testing.T, a *archive.Archive) {
			change(t, a.Writer(), `CREATE TRIGGER broken BEFORE INSERT ON reports WHEN NEW.network = 14 BEGIN SELECT RAISE(ROLLBACK, 'broken'); END`)
		}, func(t *testing.T, a *archive.Archive) { change(t, a.Writer(), `DROP TRIGGER broken`) })
	})
	t.Run("when it cannot be committed", func(t *testing.T) {
		wantWholeBatchFails(t, func(t *testing.T, a *archive.Archive) {
			change(t, a.Writer(), `CREATE TABLE debts (service INTEGER REFERENCES services (id) DEFERRABLE INITIALLY DEFERRED)`)
			change(t, a.Writer(), `CREATE TRIGGER broken BEFORE INSERT ON reports BEGIN INSERT INTO debts VALUES (-1); END`)
		}, func(t *testing.T, a *archive.Archive) { change(t, a.Writer(), `DROP TRIGGER broken`) })
	})
}

func TestCountFailsWhileAnotherProcessHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outcry.db")
	a, err := archive.Open(t.Context(), path, archive.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	s := openStore(t, a, Options{})
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(1, 2))

	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec(`BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	change(t, a.Writer(), `PRAGMA busy_timeout = 10`)
	wantFailed(t, s, numbered(10, 2))
	if _, err := other.Exec(`ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(10, 2))
	wantTotals(t, a, s, 4)
}

func TestBeatFailsWhenCountingWould(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	change(t, a.Writer(), `PRAGMA query_only = ON`)
	if err := s.Beat(t.Context(), noon); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Beat on a file that cannot be written = %v, want an error of kind unavailable", err)
	}
	if err := s.Beat(t.Context(), noon); err != nil { // on a new connection
		t.Errorf("Beat on a file that can be written again = %v, want nil", err)
	}
	buckets, err := s.Buckets(t.Context(), "acme", noon, noon.Add(2*time.Minute))
	if err != nil || !buckets[0].Known || buckets[1].Known {
		t.Errorf("Buckets = %+v, %v; want the first known and the second not", buckets, err)
	}
}

// Beats of a known minute and reports that are sent again write nothing. They
// must not make a store ready whose reports cannot be written.
func TestOnlyAWriteMakesAStoreReadyAgain(t *testing.T) {
	a := newArchive(t)
	var log bytes.Buffer
	s := openStore(t, a, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	wantLines := func(want ...string) {
		t.Helper()
		var got []string
		for line := range strings.Lines(log.String()) {
			_, text, _ := strings.Cut(line, "msg=")
			got = append(got, strings.Split(text, `"`)[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("log = %q, want %q", got, want)
		}
	}
	wantReady := func(want bool) {
		t.Helper()
		if err := s.Ready(); (err == nil) != want || err != nil && fault.KindOf(err) != fault.Unavailable {
			t.Errorf("Ready() = %v; want it to be nil: %v", err, want)
		}
	}
	wantReady(true)
	counted := numbered(1, 2)
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, counted)

	change(t, a.Writer(), `CREATE TRIGGER broken BEFORE INSERT ON reports BEGIN SELECT RAISE(ABORT, 'broken'); END`)
	wantReady(true) // nothing was written since
	for range 3 {
		wantFailed(t, s, numbered(10, 2))
		wantReady(false)
		if err := s.Beat(t.Context(), noon); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("Beat while reports fail = %v, want unavailable", err)
		}
		wantOutcomes(t, s, resent, counted)
		wantReady(false)
	}
	wantLines("counting fails")

	change(t, a.Writer(), `DROP TRIGGER broken`)
	var before, after int64
	version := func(to *int64) {
		t.Helper()
		if err := a.Reader().Raw(`PRAGMA data_version`).Scan(to).Error; err != nil {
			t.Fatal(err)
		}
	}
	version(&before)
	if err := s.Beat(t.Context(), noon); err != nil {
		t.Errorf("Beat on a file that can be written again = %v, want nil", err)
	}
	version(&after)
	if before == after {
		t.Error("a beat succeeded after a failure and wrote nothing; want a write")
	}
	wantReady(true)
	wantLines("counting fails", "counting works again")
	wantTotals(t, a, s, 2) // the beats left no report
}

func TestCountWorksAfterThePoolDroppedItsConnection(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(1, 2))
	pool, err := a.Writer().DB()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		t.Fatal(err)
	}
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(3, 2))
	wantTotals(t, a, s, 4)
}

func TestACancelledCountCountsNothing(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o := s.Count(ctx, numbered(1, 1))[0]; o.Status != window.Failed {
		t.Errorf("Count with a cancelled context = %+v, want failed", o)
	}
	if err := s.Ready(); err != nil {
		t.Errorf("Ready() after a cancelled Count = %v, want nil", err)
	}
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(1, 1))
	wantTotals(t, a, s, 1)
}

func TestAnIDIsArchivedOnceADay(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, numbered(1, 1))
	later := numbered(1, 2) // the first one again, and a new one
	for i := range later {
		later[i].Received = noon.Add(5 * time.Hour)
		later[i].Minute = later[i].Received
		later[i].Country, later[i].Symptom = "BD", "messaging"
	}
	later = append(later, later[0]) // a report that is sent again starts no cool-down
	later[2].ID = uuid.New()
	want := []window.Outcome{resent, {Status: window.Counted}, {Status: window.Counted}}
	for i, o := range s.Count(t.Context(), later) {
		if o != want[i] {
			t.Errorf("outcome %d = %+v, want %+v", i, o, want[i])
		}
	}
	if n := archived(t, a); n != 3 {
		t.Errorf("archived = %d, want 3", n)
	}
}

func TestAnOldAnswerWithoutACellGetsTheCellOfTheReportSentAgain(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	both := numbered(1, 2)
	both[1].Reporter = both[0].Reporter
	s.Count(t.Context(), both)
	change(t, a.Writer(), `UPDATE answers SET cell = 0`) // as the migration leaves them
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	both[1].Country = "BD"
	want := window.Outcome{Status: window.Repeat, Resent: true, Cell: window.Cell{Country: "BD", Symptom: "login"}}
	wantOutcomes(t, openStore(t, a, Options{}), want, both[1:])
}

func TestWithoutLimitsEveryDeviceCounts(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{Unlimited: true})
	crowd := numbered(1, 500)
	for i := range crowd {
		crowd[i].Reporter.Address = 7
	}
	wantOutcomes(t, s, window.Outcome{Status: window.Counted}, crowd)
	more := numbered(501, 1)
	more[0].Reporter = crowd[3].Reporter
	wantOutcomes(t, s, window.Outcome{Status: window.Repeat}, more)
	wantTotals(t, a, s, 500) // also opens a store with limits on this file
}
