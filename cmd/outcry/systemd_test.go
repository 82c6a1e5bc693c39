package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// maxExposure is the highest exposure of the unit that systemd-analyze security may
// find, of 10 in tenths.
const maxExposure = "15"

func TestTheUnitIsAcceptedBySystemd(t *testing.T) {
	text := deployed(t, "deploy", "systemd", "outcry.service")
	for _, match := range regexp.MustCompile(`OUTCRY_[A-Z_]+`).FindAllString(text, -1) {
		if !settingNames()[match] {
			t.Errorf("the unit names %s, which is no setting", match)
		}
	}
	if runtime.GOOS != "linux" {
		t.Skip("systemd is for Linux")
	}
	analyze := tool(t, "systemd-analyze")
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "outcry.service")
	if !strings.Contains(text, "ExecStart=/usr/local/bin/outcry\n") {
		t.Fatal("the unit does not start /usr/local/bin/outcry")
	}
	text = strings.Replace(text, "ExecStart=/usr/local/bin/outcry\n", "ExecStart="+program+"\n", 1)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold="+maxExposure, unit).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security --threshold=%s: %v\n%s", maxExposure, err, out)
	}
}

// TestSystemdIsToldWhatTheServerDoes plays the part of systemd for a unit of
// Type=notify.
func TestSystemdIsToldWhatTheServerDoes(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	wantState := func(want string) {
		t.Helper()
		buf := make([]byte, 100)
		n, err := l.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("systemd is told %q (error %v), want %q", buf[:n], err, want)
		}
	}
	s := startServer(t, t.TempDir(), "NOTIFY_SOCKET="+socket)
	wantState("READY=1")
	s.signalled(syscall.SIGHUP, "msg=reloaded")
	wantState("RELOADING=1")
	wantState("READY=1")
	s.stop()
	wantState("STOPPING=1")
}
