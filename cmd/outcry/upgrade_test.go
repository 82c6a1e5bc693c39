package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
)

// The version before is built from a commit, which takes a minute:
//
//	go test ./cmd/outcry -run TestUpgrade -v -args -previous v1.0.0
//
// Without it, tests of package archive hold the new schema to the statements of the
// version before.
var previous = flag.String("previous", "", "the commit or tag of the version before, from which TestUpgrade… upgrade")

// previousProgram builds the version before, and returns the command that starts it
// in place of this one.
func previousProgram(t *testing.T) (by []string) {
	t.Helper()
	if *previous == "" {
		t.Skip("it needs the version before: -args -previous COMMIT")
	}
	source, program := filepath.Join(t.TempDir(), "source"), filepath.Join(t.TempDir(), "outcry")
	runIn := func(dir, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	runIn(".", "git", "worktree", "add", "--detach", source, *previous)
	t.Cleanup(func() { runIn(".", "git", "worktree", "remove", "--force", source) })
	must(t, os.RemoveAll(filepath.Join(source, "frontend", "dist")))
	must(t, os.CopyFS(filepath.Join(source, "frontend", "dist"), os.DirFS(filepath.Join("..", "..", "frontend", "dist"))))
	runIn(source, "go", "build", "-o", program, "./cmd/outcry")
	return []string{"sh", "-c", `unset OUTCRY_DRAIN_WAIT; exec "$0"`, program} // newer settings, and the program that is added, are not used
}

// TestUpgradeOfADistributedInstallation replaces the processes of the version before
// one by one while reports arrive, one of them by the version before again.
func TestUpgradeOfADistributedInstallation(t *testing.T) {
	before := previousProgram(t)
	inst := startInstallationBy(t, before, []*redistest.Server{redistest.Start(t, durable...)}, "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	answered := map[string]bool{}
	inst.fault(t, "two versions run at once", answered, func(_ *testing.T, l *load) {
		l.waitMore(300)
		replace := func(i int, by []string) {
			inst.server(i).stop()
			inst.by = by
			inst.startServer(i)
			l.waitMore(300)
		}
		replace(0, nil)
		replace(1, before) // a process of the version before starts on new data
		replace(1, nil)
		replace(2, nil)
	})
	inst.waitArchived()
	t.Logf("%d reports, difference 0", inst.checkCounts(answered))
}

// TestUpgradeOfADataFolder runs a command of this version beside a server of the
// version before, replaces the server, goes back to the version before, and forward
// again, while reports arrive.
func TestUpgradeOfADataFolder(t *testing.T) {
	before := previousProgram(t)
	folder := t.TempDir()
	counted := map[string]bool{}
	for i, by := range [][]string{before, nil, before, nil} {
		s := startServerBy(t, by, folder, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn", "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
		ctx, cancel := context.WithCancel(t.Context())
		load := sendThousandASecond(ctx, s.url)
		pass(time.Second)
		if i == 0 {
			runCommand(t, folder, "backup", filepath.Join(t.TempDir(), "backup")) // which brings the schema up to date
		}
		pass(time.Second)
		cancel()
		for id, r := range load() {
			if !r.counted.IsZero() {
				counted[id] = true
			}
		}
		s.stop()
	}
	ids := idsIn(t, folder)
	slices.Sort(ids)
	if got := len(slices.Compact(ids)); got != len(ids) {
		t.Errorf("%d of %d reports are there twice", len(ids)-got, len(ids))
	}
	missing := 0
	for id := range counted {
		if _, found := slices.BinarySearch(ids, id); !found {
			missing++
		}
	}
	if missing > 0 || len(counted) < 1000 {
		t.Errorf("%d of %d reports that were answered as counted are missing", missing, len(counted))
	}
	t.Logf("%d reports in %d processes of two versions, none missing", len(counted), 4)
}
