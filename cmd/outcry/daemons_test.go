package main

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// daemon is a server program other than Outcry. A test may kill it, pause it and
// start it again on the same data.
type daemon struct {
	t       *testing.T
	name    string
	command func() *exec.Cmd
	ready   func() bool
	cmd     *exec.Cmd
	log     bytes.Buffer // read once the process has ended
}

// waitLimit is how long a test waits for anything before it fails.
const waitLimit = 60 * time.Second

// start runs the daemon and returns once it answers.
func (d *daemon) start() {
	d.t.Helper()
	d.cmd = d.command()
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatalf("start %s: %v", d.name, err)
	}
	waitFor(d.t, d.name+" to answer", d.ready)
}

// signal sends s to the process.
func (d *daemon) signal(s syscall.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		d.t.Fatalf("send %s to %s: %v", s, d.name, err)
	}
}

// end sends a signal to the process and waits until the process has ended.
func (d *daemon) end(s syscall.Signal) {
	d.t.Helper()
	d.signal(s)
	_ = d.cmd.Wait() // the error only says which signal ended it
}

// cleanUp kills the process at the end of the test if it still runs.
func (d *daemon) cleanUp() {
	d.t.Cleanup(func() {
		if d.cmd != nil && d.cmd.ProcessState == nil {
			_ = d.cmd.Process.Kill() // SIGKILL also ends a paused process
			_ = d.cmd.Wait()
		}
		if d.t.Failed() {
			d.t.Logf("log of %s:\n%s", d.name, d.log.String())
		}
	})
}

// waitFor waits until holds returns true. It fails the test after waitLimit.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(waitLimit)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited %s in vain for %s", waitLimit, what)
		case <-ticker.C:
		}
	}
}

// freePort returns a port of the loopback interface on which nothing listens. It
// is below the range from which the system takes ports for outgoing connections.
func freePort(t *testing.T) int {
	t.Helper()
	for port := 15_000 + os.Getpid()%5_000; port < 32_000; port += 7 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port below 32000 is free")
	return 0
}

// program returns the path of a program that tests need. It looks in the PATH,
// and then for the latest file that matches one of the patterns.
func program(t *testing.T, name string, patterns ...string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // Glob fails only on a bad pattern
		if len(found) > 0 {
			return slices.Max(found)
		}
	}
	t.Fatalf("this test needs %s; `scripts/services up` installs it or says what to install", name)
	return ""
}

// startPostgres starts a Postgres with an empty database and returns its URL.
func startPostgres(t *testing.T) (*daemon, string) {
	t.Helper()
	const debian = "/usr/lib/postgresql/*/bin/"
	initdb, server := program(t, "initdb", debian+"initdb"), program(t, "postgres", debian+"postgres")
	dir, err := os.MkdirTemp("", "outcry-postgres-") // only root may enter the parent folder of t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attributes := unprivileged(t, dir)
	data, port := filepath.Join(dir, "data"), strconv.Itoa(freePort(t))
	run := func(path string, args ...string) *exec.Cmd {
		cmd := exec.Command(path, args...)
		cmd.Dir, cmd.SysProcAttr = dir, attributes
		return cmd
	}
	if out, err := run(initdb, "--pgdata="+data, "--username=outcry", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	d := &daemon{t: t, name: "Postgres"}
	d.command = func() *exec.Cmd {
		return run(server, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	}
	address := url.URL{Scheme: "postgres", User: url.User("outcry"), Host: "127.0.0.1:" + port, Path: "/postgres", RawQuery: "sslmode=disable"}
	d.ready = func() bool {
		conn, err := openDatabase(t, address.String())
		if err != nil {
			return false
		}
		conn.Close()
		return true
	}
	d.cleanUp()
	d.start()
	return d, address.String()
}

// unprivileged returns the attributes of a process that must not run as root, and
// makes its user the owner of dir.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatalf("find a user who may run Postgres: %v", err)
	}
	uid, uidErr := strconv.Atoi(account.Uid)
	gid, gidErr := strconv.Atoi(account.Gid)
	if uidErr != nil || gidErr != nil {
		t.Fatalf("user %s has the IDs %q and %q, want numbers", account.Username, account.Uid, account.Gid)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
