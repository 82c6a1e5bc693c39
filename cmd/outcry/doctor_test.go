package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/doctor"
)

// examine runs outcry doctor --json with settings, below a limit of open files. It
// returns the findings and the exit code.
func examine(t *testing.T, files string, environ ...string) (findings []doctor.Finding, code int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", `ulimit -n "$1"; exec "$2" doctor --json`, "bash", files, path)
	cmd.Env = environ
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var answer struct {
		Faults   int
		Findings []doctor.Finding
	}
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		t.Fatalf("outcry doctor --json prints no JSON: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	if answer.Faults != doctor.Faults(answer.Findings) {
		t.Errorf("outcry doctor counts %d faults, and lists %d", answer.Faults, doctor.Faults(answer.Findings))
	}
	return answer.Findings, cmd.ProcessState.ExitCode()
}

// wantFault checks that one of the findings is a fault with a text, and says to do
// something with another.
func wantFault(t *testing.T, findings []doctor.Finding, found, do string) {
	t.Helper()
	for _, f := range findings {
		if f.Level == doctor.Fault && strings.Contains(f.Found, found) && strings.Contains(f.Do, do) {
			return
		}
	}
	t.Errorf("no fault says %q and to do %q, but:\n%+v", found, do, findings)
}

// poorDatabase returns the URL of a database with a role that may not create tables.
func poorDatabase(t *testing.T) string {
	t.Helper()
	owner := pgtest.Database(t)
	db, err := openDatabase(t, owner)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	role := "poor_" + strings.ReplaceAll(strings.TrimPrefix(u.Path, "/test_"), "-", "")
	for _, statement := range []string{"CREATE ROLE " + role + " LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	t.Cleanup(func() {
		_, err := db.Exec("DROP ROLE " + role)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	u.User = url.User(role)
	return u.String()
}

func TestTheDoctorFindsPlantedFaultsOfADistributedInstallation(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers")
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	extra := filepath.Join(dir, "extra.yaml")
	if err := os.WriteFile(extra, []byte("services:\n  - id: \"Not A Slug\"\n    nosuch: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	redis := redistest.Start(t, "--maxmemory-policy", "allkeys-lru", "--appendonly", "no", "--save", "3600 1")
	findings, code := examine(t, "512",
		"OUTCRY_LISTN=:1", "outcry_data=/x", "OUTCRY_RETENTION=long", "OUTCRY_LISTEN="+taken.Addr().String(), "OUTCRY_TRUSTED_PROXIES=128.0.0.0/1",
		"OUTCRY_REDIS_URL="+redis.URL(), "OUTCRY_DATABASE_URL="+poorDatabase(t), "OUTCRY_CATALOG_EXTRA="+extra, "OUTCRY_SECRET="+strings.Repeat("s", 32),
		"OUTCRY_SMTP_URL=smtp://127.0.0.1:1", "OUTCRY_MAIL_FROM=a@outcry.example", "OUTCRY_PUBLIC_URL=http://outcry.example")
	if code != 1 {
		t.Errorf("the exit code is %d, want 1", code)
	}
	for _, planted := range [][2]string{
		{"OUTCRY_LISTN: is not a setting; did you mean OUTCRY_LISTEN?", "outcry config"},
		{"the variable outcry_data is not read", "write OUTCRY_DATA"},
		{`OUTCRY_RETENTION: "long" must be a duration`, "correct the setting"},
		{"cannot listen on " + taken.Addr().String() + ": address already in use", "ss -ltnp"},
		{"OUTCRY_TRUSTED_PROXIES holds 128.0.0.0/1", "only the addresses of your proxies"},
		{`maxmemory-policy is "allkeys-lru"`, "CONFIG SET maxmemory-policy noeviction"},
		{"it writes snapshots only (save 3600 1)", "CONFIG SET appendonly yes"},
		{"the role may not create tables in the schema public", "GRANT CREATE"},
		{"fsync is off", "set fsync = on"},
		{"synchronous_commit is off", "synchronous_commit = on"},
		{extra, "pkg/catalog/catalog.yaml"},
		{"does not answer at port 1: connect: connection refused", "check the host"},
		{"the process may open 512 files", "LimitNOFILE"},
	} {
		wantFault(t, findings, planted[0], planted[1])
	}
	for _, f := range findings {
		if strings.Contains(f.Check, "clock") && f.Level != doctor.OK {
			t.Errorf("the clocks of this machine differ: %+v", f)
		}
	}
}

func TestTheDoctorFindsPlantedFaultsOfADataFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	data := t.TempDir()
	startServer(t, data).stop()
	file := filepath.Join(data, "outcry.db")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[8192:], bytes.Repeat([]byte{0xAA}, 4096)) // a page that the disk has lost
	err = errors.Join(os.WriteFile(file, content, 0o600), os.Chmod(data, 0o777), os.Chmod(filepath.Join(data, "secret"), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	findings, code := examine(t, "4096", "OUTCRY_DATA="+data, "OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_GEOIP="+file, "OUTCRY_LIMITS=off")
	if code != 1 {
		t.Errorf("the exit code is %d, want 1", code)
	}
	for _, planted := range [][2]string{
		{"other users of this machine may change " + data, "chmod 700 " + data},
		{"others may read the file secret", "chmod 600"},
		{file + " is damaged", "restore the last backup"},
		{file, "OUTCRY_GEOIP"},
	} {
		wantFault(t, findings, planted[0], planted[1])
	}
}

func TestTheDoctorFindsNoFaultBesideAServerThatRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	data := t.TempDir()
	if err := os.Chmod(data, 0o700); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, data)
	if code, body := s.post("/api/v1/services/whatsapp/reports", `{"symptom": "messaging"}`); code != 202 {
		t.Fatalf("a report is answered with %d: %s", code, body)
	}
	findings, code := examine(t, "20000", "OUTCRY_DATA="+data, "OUTCRY_LISTEN="+strings.TrimPrefix(s.url, "http://"))
	if code != 0 {
		t.Errorf("the exit code is %d, want 0; found:\n%+v", code, findings)
	}
	found := ""
	for _, f := range findings {
		found += f.Found + "\n"
	}
	if !strings.Contains(found, "in use, by an Outcry that runs") || !strings.Contains(found, "no damage") {
		t.Errorf("found:\n%swant the running server and its file", found)
	}
	text := runCommandWith(t, []string{"OUTCRY_DATA=" + data, "OUTCRY_LISTEN=127.0.0.1:0"}, "doctor")
	if !strings.Contains(text, "No faults.") || !strings.Contains(text, "ok       database file: SQLite") {
		t.Errorf("outcry doctor prints\n%s", text)
	}
}
