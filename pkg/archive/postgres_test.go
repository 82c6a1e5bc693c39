package archive

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/pkg/publish"
)

func TestTenProcessesOpenOneDatabaseAtOnce(t *testing.T) {
	url := pgtest.Database(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			p, err := OpenPostgres(t.Context(), url, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p := postgresAt(t, url)
	var times int
	if err := p.Reader().Raw(`SELECT COUNT(*) FROM goose_db_version WHERE version_id = 1`).Scan(&times).Error; err != nil || times != 1 {
		t.Errorf("the first migration was applied %d times, error %v; want once", times, err)
	}
}

func TestProcessesThatRollUpAndMergeAtOnceCountOnce(t *testing.T) {
	a := emptyPostgres(t).Archive
	const days = 2
	midnight := noon.Truncate(24 * time.Hour)
	mustAddBeats(t, a, midnight, midnight.Add(time.Hour))
	addReports(t, a, "acme", "IN", midnight, 5)
	addReports(t, a, "acme", "IN", midnight.Add(20*time.Minute), 7)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := a.RollUp(t.Context(), midnight.Add(days*24*time.Hour)); err != nil {
				t.Error(err)
			}
			if err := a.Merge(t.Context(), midnight.AddDate(2, 0, 0)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, spans, err := a.Rollups(t.Context(), "acme", midnight, midnight.Add(time.Hour))
	if err != nil || len(got) != 1 || got[0].N != 12 || got[0].Width != 24*time.Hour {
		t.Errorf("Rollups = %+v, %v; want one of a day with 12 reports", got, err)
	}
	if len(spans) != 1 || spans[0].Known != 60 {
		t.Errorf("Rollups: spans %+v; want one with 60 known minutes", spans)
	}
}

func TestAReaderThatResumesMissesNoEventOfOtherProcesses(t *testing.T) {
	a := emptyPostgres(t).Archive
	const writers, each = 8, 10
	done := make(chan struct{})
	var received []int64
	read := func() {
		events, _, err := a.Events(t.Context(), lastOf(received), writers*each)
		if err != nil {
			t.Error(err)
		}
		for _, e := range events {
			received = append(received, e.ID)
		}
	}
	go func() {
		defer close(done)
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					inc := outage(fmt.Sprintf("acme-%d-%d", w, i), "acme", noon)
					if _, err := a.SaveIncident(t.Context(), inc, nil, []publish.Event{{Name: publish.Status, Service: "acme", At: noon}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		read()
	}
	if len(received) != writers*each {
		t.Errorf("a reader that resumes from its last event got %d of %d events", len(received), writers*each)
	}
}

// lastOf returns the last ID, or 0.
func lastOf(ids []int64) int64 {
	if len(ids) == 0 {
		return 0
	}
	return ids[len(ids)-1]
}

func TestTooOldPostgresIsRefused(t *testing.T) {
	if err := checkVersion(140011); err == nil || !strings.Contains(err.Error(), "Postgres 14") || !strings.Contains(err.Error(), "15 or later") {
		t.Errorf("checkVersion of Postgres 14.11: %v, want an error that names 14 and 15", err)
	}
	if err := checkVersion(150000); err != nil {
		t.Errorf("checkVersion of Postgres 15.0: %v, want nil", err)
	}
}

func TestErrorsOfTheConnectionNameTheReasonButNoAddress(t *testing.T) {
	server, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*url.URL)) string {
		u := *server
		change(&u)
		return u.String()
	}
	const secret = "hunter2"
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	at := func(address string) string {
		return with(func(u *url.URL) { u.User, u.Host = url.UserPassword("alice", secret), address })
	}
	for _, c := range []struct{ name, url, want string }{
		{"a wrong password", at(refusing(t, "28P01")), "name or the password"},
		{"too many connections", at(refusing(t, "53300")), "max_connections"},
		{"no such name", with(func(u *url.URL) { u.User = url.UserPassword("alice", secret) }), "name or the password"},
		{"no such database", with(func(u *url.URL) { u.Path = "/moon" + secret }), "no database of the name"},
		{"nobody there", at(nobody.Addr().String()), "refused"},
		{"no such host", at("moon.invalid:5432"), "cannot be found"},
		{"not a URL", "postgres://alice:" + secret + "@127.0.0.1:port/", "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := OpenPostgres(t.Context(), c.url, Options{})
			if err == nil {
				p.Close()
				t.Fatal("OpenPostgres succeeded, want an error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("OpenPostgres: error %q, want %q in it", err, c.want)
			}
			for _, telltale := range []string{secret, "alice", "127.0.0.1", "moon", server.Port()} {
				if strings.Contains(err.Error(), telltale) {
					t.Errorf("OpenPostgres: error %q contains %q, which must be secret", err, telltale)
				}
			}
		})
	}
}

// refusing returns the address of a server that refuses every connection with an
// SQLSTATE.
func refusing(t *testing.T, code string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server := pgproto3.NewBackend(conn, conn)
			if _, err := server.ReceiveStartupMessage(); err == nil {
				server.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: "no, not from " + conn.RemoteAddr().String()})
				server.Flush() //nolint:errcheck // the client gets an error then
			}
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestTheErrorOfABrokenConnectionContainsNoAddress(t *testing.T) {
	database := pgtest.Database(t)
	p := postgresAt(t, database)
	other := postgresAt(t, database)
	tx := p.Writer().Begin()
	if tx.Error != nil {
		t.Fatal(tx.Error)
	}
	if err := other.Writer().Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`).Error; err != nil {
		t.Fatal(err)
	}
	err := tx.Exec(`SELECT 1`).Error
	tx.Rollback()
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("a statement on a broken connection: %v; want an error without an address", err)
	}
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("Ping after a connection broke: %v, want nil", err)
	}
}

func TestAnArchiveIsSimulatedOrReal(t *testing.T) {
	for _, simulated := range []bool{true, false} {
		p := emptyPostgres(t)
		for range 2 {
			if err := p.Mark(t.Context(), simulated); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Mark(t.Context(), !simulated); err == nil || !strings.Contains(err.Error(), "OUTCRY_DATABASE_URL") {
			t.Errorf("Mark(%v) after Mark(%v): %v, want an error that names OUTCRY_DATABASE_URL", !simulated, simulated, err)
		}
	}
}
