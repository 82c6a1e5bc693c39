package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
)

// folderServer is a server whose data folder a test takes away.
type folderServer struct {
	*server
	t      *testing.T
	folder string
	sent   int
}

// startOnFolder starts a server on a folder and counts two reports.
func startOnFolder(t *testing.T, folder string, settings ...string) *folderServer {
	t.Helper()
	return startOnFolderBy(t, nil, folder, settings...)
}

func startOnFolderBy(t *testing.T, by []string, folder string, settings ...string) *folderServer {
	t.Helper()
	settings = append([]string{"OUTCRY_TICK=1s", "OUTCRY_TRUSTED_PROXIES=127.0.0.1", "OUTCRY_LOG=info"}, settings...)
	f := &folderServer{server: startServerBy(t, by, folder, settings...), t: t, folder: folder}
	f.wantReport(http.StatusAccepted)
	f.wantReport(http.StatusAccepted)
	return f
}

// report sends a report of a new reporter.
func (f *folderServer) report() (status int, body string) {
	f.sent++
	return f.post(reports, `{"symptom":"messaging"}`, "X-Forwarded-For", fmt.Sprintf("81.2.%d.7", f.sent))
}

func (f *folderServer) wantReport(want int) {
	f.t.Helper()
	if status, body := f.report(); status != want || want == http.StatusAccepted && !strings.Contains(body, `"counted":true`) {
		f.t.Fatalf("report %d is answered %d %s, want %d\n%s", f.sent, status, body, want, f.log)
	}
}

// waitForReport sends reports until one is answered with 202.
func (f *folderServer) waitForReport() {
	f.t.Helper()
	f.waitFor("a report is counted", func() bool { status, _ := f.report(); return status == http.StatusAccepted })
}

// wantRefusal asserts that no report is counted, and that readyz and one line of the
// log say why.
func (f *folderServer) wantRefusal(readyz, inLog string) {
	f.t.Helper()
	for range 3 {
		f.wantReport(http.StatusServiceUnavailable)
	}
	if status, body := f.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, readyz) || strings.Contains(body, f.folder) {
		f.t.Errorf("/readyz answers %d %q, want 503, %q, and no path", status, body, readyz)
	}
	if got := strings.Count(f.log.String(), `msg="counting fails"`); got != 1 || !strings.Contains(f.log.String(), inLog) {
		f.t.Errorf("the log has %d lines that counting fails, want one, with %q:\n%s", got, inLog, f.log)
	}
}

// waitFor waits until ok returns true.
func (f *folderServer) waitFor(what string, ok func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			f.t.Fatalf("after 20 s it is still not so that %s\n%s", what, f.log)
		}
		pass(100 * time.Millisecond)
	}
}

// stopWith stops the server and asserts how many reports its folder holds.
func (f *folderServer) stopWith(want int64) {
	f.t.Helper()
	if status, body := f.get("/readyz"); status != http.StatusOK || body != "ok\n" {
		f.t.Errorf("/readyz answers %d %q at the end, want 200 ok", status, body)
	}
	f.stop()
	if got := reportsIn(f.t, f.folder); got != want {
		f.t.Errorf("the folder holds %d reports, want %d\n%s", got, want, f.log)
	}
}

// reportsIn returns the number of reports in a data folder.
func reportsIn(t *testing.T, folder string) (n int64) {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(folder, "outcry.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Reader().Raw(`SELECT COUNT(*) FROM reports`).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheDataFolderOfARunningServer takes the data folder, or a file of it, from
// under a running server, in each way that people, cleaners and volumes do. No report
// is answered as counted that is not on disk, and the server goes on by itself once
// it can.
func TestTheDataFolderOfARunningServer(t *testing.T) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, f *folderServer)
	}{
		{"removed for good", func(_ *testing.T, f *folderServer) {
			must(f.t, os.RemoveAll(f.folder))
			f.wantRefusal("the data folder was removed", f.folder)
			if _, err := os.Stat(f.folder); err == nil {
				f.t.Error("the folder was made anew")
			}
		}},
		{"removed and put back", func(_ *testing.T, f *folderServer) {
			must(f.t, os.Rename(f.folder, f.folder+".aside"))
			f.wantRefusal("the data folder was removed", f.folder)
			must(f.t, os.Rename(f.folder+".aside", f.folder))
			f.wantReport(http.StatusAccepted)
			f.stopWith(3)
		}},
		{"replaced by an empty one, then by an older copy", func(t *testing.T, f *folderServer) {
			older := filepath.Join(t.TempDir(), "older")
			startOnFolder(t, older).stop()
			must(t, os.RemoveAll(f.folder))
			must(t, os.Mkdir(f.folder, 0o700))
			f.wantRefusal("outcry.db in the data folder was removed", f.folder)
			must(t, os.CopyFS(f.folder, os.DirFS(older)))
			must(t, filepath.Walk(f.folder, func(path string, info os.FileInfo, _ error) error { // CopyFS keeps no modes
				if info.IsDir() {
					return nil
				}
				return os.Chmod(path, 0o600)
			}))
			f.sent += 10
			f.waitForReport()
			f.stopWith(3)
		}},
		{"its database replaced by a broken one, then by an older copy", func(t *testing.T, f *folderServer) {
			older := filepath.Join(t.TempDir(), "older")
			startOnFolder(t, older).stop()
			content, err := os.ReadFile(filepath.Join(older, "outcry.db"))
			must(t, err)
			replace := func(content []byte) {
				next := filepath.Join(f.folder, "next")
				must(t, os.WriteFile(next, content, 0o600))
				must(t, os.Rename(next, filepath.Join(f.folder, "outcry.db")))
			}
			replace(content[:len(content)/2])
			f.wantRefusal("outcry.db in the data folder was replaced", f.folder)
			f.waitFor("the log says that it is cut off", func() bool { return strings.Contains(f.log.String(), "is cut off") })
			f.wantReport(http.StatusServiceUnavailable)
			for _, side := range []string{"outcry.db-wal", "outcry.db-shm"} {
				must(t, os.Remove(filepath.Join(f.folder, side)))
			}
			replace(content)
			f.sent += 10
			f.waitForReport()
			f.stopWith(3)
		}},
		{"its log removed", func(t *testing.T, f *folderServer) {
			must(t, os.Remove(filepath.Join(f.folder, "outcry.db-wal")))
			f.waitForReport() // which is refused until the files are open anew
			f.stopWith(3)
		}},
		{"its lock removed", func(t *testing.T, f *folderServer) {
			must(t, os.Remove(filepath.Join(f.folder, "outcry.lock")))
			f.waitForReport()
			f.stopWith(3)
		}},
		{"its small files removed", func(t *testing.T, f *folderServer) {
			small := map[string]string{}
			for _, name := range []string{"day-keys.json", "secret", "simulated"} {
				content, err := os.ReadFile(filepath.Join(f.folder, name))
				must(t, err)
				small[name] = string(content)
				must(t, os.Remove(filepath.Join(f.folder, name)))
			}
			f.wantReport(http.StatusAccepted)
			f.waitFor("the files are written again", func() bool {
				for name, want := range small {
					if content, err := os.ReadFile(filepath.Join(f.folder, name)); err != nil || string(content) != want {
						return false
					}
				}
				return true
			})
			if got := strings.Count(f.log.String(), "it is written again"); got != len(small) {
				t.Errorf("the log has %d lines about files that were written again, want %d\n%s", got, len(small), f.log)
			}
			must(t, os.WriteFile(filepath.Join(f.folder, "day-keys.json"), []byte(`{"2020-01-01":"00"}`), 0o600))
			f.waitFor("the keys are written again", func() bool {
				content, err := os.ReadFile(filepath.Join(f.folder, "day-keys.json"))
				return err == nil && string(content) == small["day-keys.json"]
			})
			f.stopWith(3)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := []string{}
			if c.name == "its small files removed" {
				settings = append(settings, "OUTCRY_SIMULATED=true")
			}
			c.test(t, startOnFolder(t, filepath.Join(t.TempDir(), "data"), settings...))
		})
	}
}
