package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// The full size of the tests below, which takes some minutes:
//
//	go test ./cmd/outcry -run 'TestABackupUnderLoad|TestAYear' -v -args -backup-load 60s -year-services 100 -year-days 365
var (
	backupLoad   = flag.Duration("backup-load", 1500*time.Millisecond, "how long reports arrive before and after the back-up")
	yearServices = flag.Int("year-services", 4, "services of the history that is moved")
	yearDays     = flag.Int("year-days", 9, "days of the history that is moved")
)

// sentReport is a report of a load: when it was sent, and when it was answered as
// counted, or zero.
type sentReport struct{ sent, counted time.Time }

// sendThousandASecond sends 1,000 reports a second to a server until ctx ends.
func sendThousandASecond(ctx context.Context, url string) (sent func() map[string]sentReport) {
	const clients, pause = 20, 20 * time.Millisecond
	var mu sync.Mutex
	all := map[string]sentReport{}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			ticker := time.NewTicker(pause)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
				}
				id := uuid.NewString()
				r := sentReport{sent: time.Now()}
				req, err := http.NewRequest(http.MethodPost, url+reports, strings.NewReader(`{"symptom":"messaging","id":"`+id+`"}`))
				if err != nil {
					return
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("X-Forwarded-For", fmt.Sprintf("2a00:%s:%s::1", id[:4], id[4:8])) // of a sender of its own
				res, err := client.Do(req)
				if err == nil {
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
					if res.StatusCode == http.StatusAccepted {
						r.counted = time.Now()
					}
				}
				mu.Lock()
				all[id] = r
				mu.Unlock()
			}
		})
	}
	return func() map[string]sentReport { wg.Wait(); return all }
}

// idsIn returns the IDs of the reports in a data folder, in the order of arrival.
func idsIn(t *testing.T, folder string) []string {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(folder, "outcry.db"), archive.Options{})
	must(t, err)
	defer a.Close()
	var raw [][]byte
	must(t, a.Reader().Raw(`SELECT id FROM reports ORDER BY seq`).Scan(&raw).Error)
	ids := make([]string, len(raw))
	for i, b := range raw {
		ids[i] = uuid.UUID(b).String()
	}
	return ids
}

var momentIn = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

// TestABackupUnderLoadIsEqualToItsMoment takes a back-up while reports arrive, and
// restores it into another folder.
func TestABackupUnderLoadIsEqualToItsMoment(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := startServer(t, folder, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn", "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load := sendThousandASecond(ctx, s.url)
	pass(*backupLoad)
	file := filepath.Join(t.TempDir(), "backup")
	output := runCommand(t, folder, "backup", file)
	pass(*backupLoad)
	cancel()
	sent := load()
	s.stop()

	moment, err := time.Parse(time.RFC3339Nano, momentIn.FindString(output))
	if err != nil {
		t.Fatalf("the back-up names no moment: %s", output)
	}
	restored := t.TempDir()
	runCommand(t, restored, "restore", file)
	source, copied := idsIn(t, folder), idsIn(t, restored)
	if len(copied) == 0 || len(copied) >= len(source) {
		t.Fatalf("the back-up holds %d reports of %d, want some, not all", len(copied), len(source))
	}
	for i, id := range copied {
		if id != source[i] {
			t.Fatalf("report %d of the back-up is %s, want %s: the first that were counted, in their order", i, id, source[i])
		}
		if r := sent[id]; r.sent.After(moment.Add(time.Millisecond)) { // the moment is printed in milliseconds
			t.Errorf("a report of %s is in the back-up of %s", r.sent, moment)
		}
	}
	has := map[string]bool{}
	for _, id := range copied {
		has[id] = true
	}
	for id, r := range sent {
		if !r.counted.IsZero() && r.counted.Before(moment) && !has[id] {
			t.Errorf("a report that was answered at %s is not in the back-up of %s", r.counted, moment)
		}
	}
	t.Logf("%d reports of %d, as at %s", len(copied), len(source), moment.Format(time.TimeOnly))
	startServer(t, restored).stop()
}

// fillYear gives a folder the history of some services: rollups by the hour of cells,
// incidents with their timelines, keys and webhooks.
func fillYear(t *testing.T, folder string, until time.Time) (paths []string) {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(folder, "outcry.db"), archive.Options{Relaxed: true})
	must(t, err)
	names := []string{"whatsapp", "telegram", "signal", "instagram"}
	for i := len(names); i < *yearServices; i++ {
		names = append(names, fmt.Sprintf("service-%d", i))
	}
	from := until.AddDate(0, 0, -*yearDays)
	for _, service := range names[:*yearServices] {
		var rollups []window.Rollup
		var spans []window.Span
		for at := from; at.Before(until); at = at.Add(time.Hour) {
			spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
			for i, country := range []string{"IN", "BR", "DE"} {
				for k, symptom := range []string{"messaging", "connection"} {
					rollups = append(rollups, window.Rollup{Service: service, Cell: window.Cell{Country: country, Symptom: symptom},
						Start: at, Width: time.Hour, N: int64(3 + at.Hour()*(i+1) + k), Aside: int64(i)})
				}
			}
		}
		must(t, a.SaveRollups(t.Context(), rollups, spans))
		for at := from.Add(30 * time.Hour); at.Before(until.Add(-5 * time.Hour)); at = at.AddDate(0, 0, 7) {
			inc := incident.Incident{ID: service + at.Format("-2006-01-02-1504"), Service: service, Version: 1, State: incident.Resolved, Level: detect.OK,
				Onset: at, Suspected: at, Declared: at.Add(6 * time.Minute), Resolved: at.Add(2 * time.Hour), Updated: at.Add(2 * time.Hour), Reports: 12_000}
			_, err := a.SaveIncident(t.Context(), inc, []incident.Event{{Incident: inc.ID, Version: 1, At: at, Change: incident.Change("declared")}}, nil)
			must(t, err)
			paths = append(paths, "/api/v1/incidents/"+inc.ID)
		}
	}
	must(t, a.Close())
	day := func(t time.Time) string { return t.Truncate(24 * time.Hour).Format(time.RFC3339) }
	for _, service := range names[:4] {
		paths = append(paths, "/"+service+"/feed.atom", fmt.Sprintf("/api/v1/services/%s/archive?from=%s&to=%s&step=1h", service, day(from), day(until)))
	}
	return append(paths, "/feed.atom", "/api/v1/incidents?limit=100", "/api/v1/incidents.csv")
}

// countIn matches the count of a point of a series.
var countIn = regexp.MustCompile(`"count":(\d+)`)

// asOf matches the time of an answer.
var asOf = regexp.MustCompile(`"as_of":"[^"]*"`)

// answersOf returns what a server answers at paths. What depends on the second of the
// answer, or on the address of the server, is left out.
func answersOf(s *server, paths []string) map[string]string {
	s.t.Helper()
	answers := map[string]string{}
	for _, path := range paths {
		status, body := s.get(path)
		answers[path] = fmt.Sprint(status, asOf.ReplaceAllString(strings.ReplaceAll(body, s.url, ""), ""))
		if status != http.StatusOK {
			s.t.Errorf("GET %s answers %d: %.300s", path, status, body)
		}
	}
	return answers
}

func wantSameAnswers(t *testing.T, mode string, got, want map[string]string) {
	t.Helper()
	for path, answer := range want {
		if got[path] != answer {
			t.Errorf("GET %s in the %s mode answers\n%.600s\nwant\n%.600s", path, mode, got[path], answer)
		}
	}
}

// TestAYearMovesToTheOtherModeAndBack moves the history of an installation to Redis
// and Postgres, and from there into a folder. Counts, incidents and feeds stay the
// same, also those of the last hours, which are in windows.
func TestAYearMovesToTheOtherModeAndBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	now := time.Now().UTC()
	paths := fillYear(t, folder, now.Truncate(time.Hour).Add(-time.Hour))
	s := startServer(t, folder, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn", "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	for i := range 20 {
		if status, body := s.post(reports, `{"symptom":"messaging"}`, "X-Forwarded-For", fmt.Sprintf("81.2.%d.7", i)); status != http.StatusAccepted {
			t.Fatalf("POST %s answers %d %s", reports, status, body)
		}
	}
	want := answersOf(s, paths)
	s.stop()

	there, back := filepath.Join(t.TempDir(), "there"), filepath.Join(t.TempDir(), "back")
	began := time.Now()
	runCommand(t, folder, "export", there)
	distributed := []string{"OUTCRY_REDIS_URL=" + redistest.Start(t).URL(), "OUTCRY_DATABASE_URL=" + pgtest.Database(t), "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn"}
	runCommandWith(t, distributed, "import", there)
	t.Logf("there in %s", time.Since(began))
	d := startServer(t, t.TempDir(), distributed...)
	wantSameAnswers(t, "distributed", answersOf(d, paths), want)
	windows := &folderServer{server: d, t: t}
	windows.waitFor("Redis has the reports of the last minutes", func() bool {
		_, body := d.get("/api/v1/services/whatsapp/series?step=1m&from=" + now.Add(-30*time.Minute).Format(time.RFC3339))
		n := 0
		for _, count := range countIn.FindAllStringSubmatch(body, -1) {
			one, err := strconv.Atoi(count[1])
			must(t, err)
			n += one
		}
		return n == 20
	})
	d.stop()

	began = time.Now()
	runCommandWith(t, distributed, "export", back)
	t.Logf("back in %s", time.Since(began))
	home := filepath.Join(t.TempDir(), "home")
	output := runCommand(t, home, "import", back)
	h := startServer(t, home, "OUTCRY_LIMITS=off")
	wantSameAnswers(t, "embedded", answersOf(h, paths), want)
	h.stop()
	if n := reportsIn(t, home); n != 20 {
		t.Errorf("%d reports came back, want 20\n%s", n, output)
	}
}

// refusal runs a command that must fail, and returns what it prints.
func refusal(t *testing.T, settings []string, args ...string) string {
	t.Helper()
	path, err := binary()
	must(t, err)
	cmd := exec.Command(path, args...)
	cmd.Env = settings
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("outcry %s worked, want a refusal\n%s", strings.Join(args, " "), out)
	}
	return string(out)
}

// TestRestoreRefusesWhatItMustNotMix restores into folders and databases that are not
// empty, files that are damaged, and simulated reports among real ones.
func TestRestoreRefusesWhatItMustNotMix(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := startServer(t, folder)
	s.post(reports, `{"symptom":"messaging"}`)
	file := filepath.Join(t.TempDir(), "backup")
	runCommand(t, folder, "backup", "--with-secret", file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v; want 0600", info.Mode(), err)
	}
	content, err := os.ReadFile(file)
	must(t, err)
	secret, err := os.ReadFile(filepath.Join(folder, "secret"))
	must(t, err)
	broken := filepath.Join(t.TempDir(), "broken")
	must(t, os.WriteFile(broken, content[:len(content)-20], 0o600))
	full := t.TempDir()
	must(t, os.WriteFile(filepath.Join(full, "notes.txt"), nil, 0o600))
	in := func(folder string, more ...string) []string {
		return append([]string{"OUTCRY_DATA=" + folder}, more...)
	}
	fresh := func() string { return filepath.Join(t.TempDir(), "fresh") }
	for _, c := range []struct {
		settings []string
		args     []string
		want     string
	}{
		{in(folder), []string{"restore", file}, "is not empty"},
		{in(full), []string{"restore", file}, "is not empty (notes.txt)"},
		{in(fresh()), []string{"restore", broken}, "is cut off"},
		{in(fresh()), []string{"restore", filepath.Join(folder, "outcry.db")}, "no backup or export"},
		{in(fresh(), "OUTCRY_SIMULATED=true"), []string{"restore", file}, "are real"},
		{in(fresh()), []string{"restore"}, "needs the name of one file"},
		{in(fresh()), []string{"backup", filepath.Join(fresh(), "x")}, "holds no data of Outcry"},
		{in(folder), []string{"backup", file}, "exists already"},
		{in(folder, "OUTCRY_SIMULATED=true"), []string{"backup", fresh()}, "are real"},
	} {
		if got := refusal(t, c.settings, c.args...); !strings.Contains(got, c.want) {
			t.Errorf("outcry %v with %v prints %q, want %q", c.args, c.settings, got, c.want)
		}
	}
	restored := fresh()
	runCommand(t, restored, "restore", file)
	got, err := os.ReadFile(filepath.Join(restored, "secret"))
	if err != nil || !bytes.Equal(got, secret) {
		t.Errorf("the restored secret is %q, %v, want %q", got, err, secret)
	}
	s.stop()
}
