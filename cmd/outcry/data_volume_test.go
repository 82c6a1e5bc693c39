package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// volumeServer is a server whose data folder is a volume of 16 MB of its own, in a
// mount namespace that only the server is in.
type volumeServer struct{ *folderServer }

// startOnVolume starts a server on a volume.
func startOnVolume(t *testing.T) *volumeServer {
	t.Helper()
	folder := t.TempDir()
	by := []string{"unshare", "--map-root-user", "--mount", "sh", "-c", `mount -t tmpfs -o size=16m none "$0" && exec "$1"`, folder}
	if out, err := exec.Command("unshare", "--map-root-user", "--mount", "true").CombinedOutput(); err != nil {
		t.Skipf("this machine allows no mounts to this user: %v %s", err, out)
	}
	return &volumeServer{startOnFolderBy(t, by, folder)}
}

// mount runs a command in the namespace of the server.
func (v *volumeServer) mount(script string) {
	v.t.Helper()
	pid := fmt.Sprint(v.cmd.Process.Pid)
	cmd := exec.Command("nsenter", "--target", pid, "--user", "--mount", "--preserve-credentials", "sh", "-c", script, v.folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		v.t.Fatalf("%s: %v %s", script, err, out)
	}
}

// inside returns the path of a file of the volume as seen from outside.
func (v *volumeServer) inside(name string) string {
	return filepath.Join("/proc", fmt.Sprint(v.cmd.Process.Pid), "root", v.folder, name)
}

// TestTheVolumeOfARunningServer fills the volume of a running server, and hides it
// behind another. No report is answered as counted that is not on disk,
// and the server goes on by itself when the volume is as before.
func TestTheVolumeOfARunningServer(t *testing.T) {
	fill := func(v *volumeServer) {
		v.mount(`cd "$0" && cat /dev/zero > filler 2> /dev/null; test -s filler`)
		// What SQLite has allocated already may still take some reports.
		v.waitFor("reports are refused", func() bool { status, _ := v.report(); return status == http.StatusServiceUnavailable })
	}
	for _, c := range []struct {
		name         string
		spoil        func(v *volumeServer)
		mend, readyz string
	}{
		{"full", fill, `rm "$0/filler"`, "reports cannot be counted"},
		{"hidden by another mount", func(v *volumeServer) { v.mount(`mount -t tmpfs none "$0"`) }, `umount "$0"`, "outcry.db in the data folder was removed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := startOnVolume(t)
			counted := int64(2)
			c.spoil(v)
			v.wantRefusal(c.readyz, "counting fails")
			v.mount(c.mend)
			v.waitFor("a report is counted", func() bool { status, _ := v.report(); return status == http.StatusAccepted })
			v.wantReport(http.StatusAccepted)
			counted += 2
			v.waitFor("the server is ready", func() bool { status, body := v.get("/readyz"); return status == http.StatusOK && body == "ok\n" })
			copied := t.TempDir()
			for _, name := range []string{"outcry.db", "outcry.db-wal"} {
				content, err := os.ReadFile(v.inside(name))
				must(t, err)
				must(t, os.WriteFile(filepath.Join(copied, name), content, 0o600))
			}
			if got := reportsIn(t, copied); got < counted {
				t.Errorf("the volume holds %d reports, want the %d that were answered as counted", got, counted)
			}
			v.stop()
		})
	}
}

// TestAFolderThatCannotBeWrittenTo takes the right to make files in the data folder
// from a running server. Reports go into files that are open, so they are counted;
// readyz and the log say what will fail.
func TestAFolderThatCannotBeWrittenTo(t *testing.T) {
	t.Parallel()
	var by []string
	if os.Getuid() == 0 { // who may otherwise write everywhere
		by = []string{"setpriv", "--bounding-set=-dac_override,-dac_read_search"}
	}
	f := startOnFolderBy(t, by, filepath.Join(t.TempDir(), "data"))
	must(t, os.Chmod(f.folder, 0o500))
	f.wantReport(http.StatusAccepted)
	if status, body := f.get("/readyz"); status != http.StatusOK || !strings.Contains(body, "read-only") {
		t.Errorf("/readyz answers %d %q, want 200 and that the folder is read-only", status, body)
	}
	f.waitFor("the log says that it is read-only", func() bool { return strings.Contains(f.log.String(), "the data folder is read-only") })
	must(t, os.Chmod(f.folder, 0o700))
	f.waitFor("the log says that it can be written to", func() bool { return strings.Contains(f.log.String(), "can be written to again") })
	f.stopWith(3)
}
