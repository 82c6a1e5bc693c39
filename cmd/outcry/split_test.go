package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/scenario"
)

// TestAReplaySplitOverThreeProcessesCountsLikeOne replays an outage to one
// address that sends each batch to one of three processes on a Redis Cluster and
// Postgres, and to an embedded server. Both decide the same about each report,
// count the same by symptom and country, and declare the same incidents.
func TestAReplaySplitOverThreeProcessesCountsLikeOne(t *testing.T) {
	const story = "whatsapp-2022-10-25"
	settings := []string{"OUTCRY_SIMULATED=true", "OUTCRY_LOG=info", "OUTCRY_TICK=1s"}
	inst := startInstallation(t, redistest.StartCluster(t), settings...)
	data := t.TempDir()
	create := []string{"keys", "create", "--scope", "server", "--name", "replay", "--quiet"}
	one := &keyedServer{key: strings.TrimSpace(runCommand(t, data, create...)), server: startServer(t, data, settings...)}
	sharedKey := strings.TrimSpace(runCommandWith(t, inst.settings, create...))
	many := make([]*keyedServer, len(inst.servers))
	for i := range many {
		many[i] = &keyedServer{key: sharedKey, server: inst.server(i)}
	}
	address := &splitter{t: t, one: one, many: many}
	front := httptest.NewServer(address)
	defer front.Close()

	replay, output := startReplayOf(t, story, front.URL, sharedKey, "80")
	all := append([]*keyedServer{one}, many...)
	for _, reports := range []int64{2_000, 50_000} { // before the outage, and at its beginning
		waitFor(t, fmt.Sprintf("%d reports", reports), func() bool { return address.decided.Load() >= reports })
	}
	waitFor(t, "WhatsApp's outage to be declared by both", func() bool {
		return !slices.ContainsFunc(all, func(s *keyedServer) bool { return s.incidents()["whatsapp"].DeclaredAt == "" })
	})
	waitFor(t, "the height of the outage", func() bool { return address.decided.Load() >= 400_000 })
	if err := replay.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("stop the replay: %v\n%s", err, output)
	}
	if replay.Wait(); replay.ProcessState.ExitCode() != 130 || !strings.Contains(output.String(), " 0 rejected") {
		t.Errorf("the replay ended with %s and printed %q; want 130, and nothing rejected", replay.ProcessState, output)
	}
	front.Close() // once the last call is answered
	t.Logf("%d reports decided alike, by %d calls to three processes", address.decided.Load(), address.calls.Load())
	inst.waitArchived()
	since := time.Now()

	s, err := scenario.Load(story)
	if err != nil {
		t.Fatal(err)
	}
	_, archived := inst.archived()
	for i := range s.Services {
		slug := s.Services[i].Slug
		want := one.countsOf(slug, since)
		for n, server := range many {
			if got := server.countsOf(slug, since); !reflect.DeepEqual(got, want) {
				t.Errorf("process %d counts %+v of %s; the embedded server %+v", n, got, slug, want)
			}
		}
		if archived[slug] != want.Total {
			t.Errorf("%d reports of %s are archived; %d are counted", archived[slug], slug, want.Total)
		}
		t.Logf("%s: %d reports, %d symptoms, %d countries", slug, want.Total, len(want.Symptoms), len(want.Countries))
	}
	want := one.incidents()
	for n, server := range many {
		got := server.incidents()
		if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Errorf("process %d has incidents of %v; the embedded server of %v", n, got, want)
			continue
		}
		for service, incident := range got {
			if err := incident.compare(want[service]); err != nil {
				t.Errorf("process %d has another incident of %s than the embedded server: %v", n, service, err)
			}
		}
	}
	t.Logf("incidents: %v", want)
}

// keyedServer is a server and an API key of it.
type keyedServer struct {
	*server
	key string
}

// splitter is an HTTP handler that passes each call to the next of many servers
// and returns its answer. It passes a POST to one other server too, and compares
// the answers.
type splitter struct {
	t       *testing.T
	one     *keyedServer
	many    []*keyedServer
	calls   atomic.Int64
	decided atomic.Int64
}

func (s *splitter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("read what the replay sent: %v", err)
		return
	}
	next := s.many[s.calls.Add(1)%int64(len(s.many))]
	answers := make(chan answer, 1)
	if r.Method == http.MethodPost {
		go func() { answers <- s.one.pass(r, body) }()
	}
	a := next.pass(r, body)
	if r.Method == http.MethodPost {
		s.compare(r.URL.Path, a, <-answers)
	}
	if a.err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL.Path, a.err)
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	w.Write(a.body) // an error means that the client is gone
}

// answer is the answer of a server to a call.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// pass makes a call, and repeats it while the server is too busy. Reports that it
// counted at an earlier try count once.
func (s *keyedServer) pass(r *http.Request, body []byte) answer {
	for end := time.Now().Add(waitLimit); ; {
		a := s.call(r, body)
		if a.err != nil || a.status != http.StatusServiceUnavailable || time.Now().After(end) {
			return a
		}
		<-time.After(time.Second)
	}
}

func (s *keyedServer) call(r *http.Request, body []byte) (a answer) {
	ctx := context.WithoutCancel(r.Context()) // both servers get the call, or neither
	req, err := http.NewRequestWithContext(ctx, r.Method, s.url+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	req.Header.Set("Authorization", "Bearer "+s.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	a.status, a.header = res.StatusCode, res.Header
	a.body, a.err = io.ReadAll(res.Body)
	return a
}

// compare fails the test if two servers decided differently about a report.
func (s *splitter) compare(path string, a, b answer) {
	if a.err != nil || b.err != nil || a.status != b.status {
		s.t.Errorf("POST %s was answered with %d (%v), and with %d by the embedded server (%v)", path, a.status, a.err, b.status, b.err)
		return
	}
	if path != "/api/v1/reports" {
		return
	}
	type results struct {
		Results []struct{ ID, Status string }
	}
	var left, right results
	if json.Unmarshal(a.body, &left) != nil || json.Unmarshal(b.body, &right) != nil || len(left.Results) == 0 {
		s.t.Errorf("POST %s was answered with %.200s", path, a.body)
		return
	}
	for _, list := range [][]struct{ ID, Status string }{left.Results, right.Results} {
		for i := range list {
			if list[i].Status == "known" { // an earlier try was counted
				list[i].Status = "counted"
			}
		}
	}
	if !reflect.DeepEqual(left, right) {
		s.t.Errorf("POST %s was decided differently by the embedded server", path)
	}
	s.decided.Add(int64(len(left.Results)))
}

// tally holds the counts of a service on a server.
type tally struct {
	Total               int64
	Symptoms, Countries map[string]int64
}

// countsOf returns the counts of a service after a time.
func (s *keyedServer) countsOf(service string, since time.Time) tally {
	s.t.Helper()
	var split struct {
		AsOf     time.Time `json:"as_of"`
		Total    int64
		Symptoms []struct {
			Symptom string
			Count   int64
		}
	}
	s.fresh("/api/v1/services/"+service+"/breakdown?window=24h", &split, func() bool { return split.AsOf.After(since) })
	var places struct {
		AsOf      time.Time `json:"as_of"`
		Countries []struct {
			Country string
			Count   int64
		}
	}
	s.fresh("/api/v1/services/"+service+"/countries?window=24h", &places, func() bool { return places.AsOf.After(since) })
	t := tally{split.Total, map[string]int64{}, map[string]int64{}}
	for _, one := range split.Symptoms {
		t.Symptoms[one.Symptom] = one.Count
	}
	for _, one := range places.Countries {
		t.Countries[one.Country] = one.Count
	}
	return t
}

// fresh asks again until is reports that the answer is new enough. Answers are
// cached for a second.
func (s *keyedServer) fresh(path string, into any, is func() bool) {
	s.t.Helper()
	waitFor(s.t, "an answer to "+path, func() bool {
		status, body := s.get(path)
		if status == http.StatusTooManyRequests {
			return false // whoever asks this often is told to wait
		}
		if err := json.Unmarshal([]byte(body), into); err != nil || status != http.StatusOK {
			s.t.Fatalf("GET %s answered %d %.200s", path, status, body)
		}
		return is()
	})
}

// knownIncident is what every server must agree on about an incident.
type knownIncident struct {
	State      string
	Onset      time.Time
	DeclaredAt string `json:"declared_at"`
}

// incidents returns the declared incidents of a server by service.
func (s *keyedServer) incidents() map[string]knownIncident {
	s.t.Helper()
	var page struct {
		Incidents []struct {
			knownIncident
			Service string
		}
	}
	s.fresh("/api/v1/incidents?limit=100", &page, func() bool { return true })
	all := map[string]knownIncident{}
	for _, one := range page.Incidents {
		if one.DeclaredAt != "" {
			all[one.Service] = one.knownIncident
		}
	}
	return all
}

// compare returns an error if i differs from the incident of a server that ticks
// at other seconds of the same minutes.
func (i knownIncident) compare(from knownIncident) error {
	at, err := time.Parse(time.RFC3339, i.DeclaredAt)
	if err != nil {
		return err
	}
	other, err := time.Parse(time.RFC3339, from.DeclaredAt)
	if err != nil {
		return err
	}
	const minute = time.Minute // the running one is judged at other seconds of it
	switch {
	case i.State != from.State:
		return fmt.Errorf("it is %s, not %s", i.State, from.State)
	case i.Onset.Sub(from.Onset).Abs() > minute:
		return fmt.Errorf("it began at %s, not at %s", i.Onset, from.Onset)
	case at.Sub(other).Abs() > minute:
		return fmt.Errorf("it was declared at %s, not at %s", at, other)
	}
	return nil
}
