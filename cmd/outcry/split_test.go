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

// TestAReplaySplitOverThreeProcessesIsThatOfOne replays an outage behind one
// address: each batch goes to another of three processes on a Redis Cluster and
// Postgres, and to an embedded server. Both decide the same of every report,
// count the same by symptom and country, and tell of the same incidents.
func TestAReplaySplitOverThreeProcessesIsThatOfOne(t *testing.T) {
	const story = "whatsapp-2022-10-25"
	settings := []string{"OUTCRY_SIMULATED=true", "OUTCRY_LOG=info", "OUTCRY_TICK=1s"}
	h := startHouse(t, redistest.StartCluster(t), settings...)
	data := t.TempDir()
	create := []string{"keys", "create", "--scope", "server", "--name", "replay", "--quiet"}
	one := &taker{key: strings.TrimSpace(runCommand(t, data, create...)), server: startServer(t, data, settings...)}
	houseKey := strings.TrimSpace(runCommandWith(t, h.settings, create...))
	many := make([]*taker, len(h.servers))
	for i := range many {
		many[i] = &taker{key: houseKey, server: h.server(i)}
	}
	address := &splitter{t: t, one: one, many: many}
	front := httptest.NewServer(address)
	defer front.Close()

	replay, said := startReplayOf(t, story, front.URL, houseKey, "80")
	all := append([]*taker{one}, many...)
	for _, reports := range []int64{2_000, 50_000} { // the quiet before it, and its beginning
		waitFor(t, fmt.Sprintf("%d reports", reports), func() bool { return address.decided.Load() >= reports })
	}
	waitFor(t, "WhatsApp's outage to be declared by both", func() bool {
		return !slices.ContainsFunc(all, func(s *taker) bool { return s.incidents()["whatsapp"].DeclaredAt == "" })
	})
	waitFor(t, "its height", func() bool { return address.decided.Load() >= 400_000 })
	if err := replay.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("stop the replay: %v\n%s", err, said)
	}
	if replay.Wait(); replay.ProcessState.ExitCode() != 130 || !strings.Contains(said.String(), " 0 rejected") {
		t.Errorf("the replay ended with %s and said %q; want 130, and nothing rejected", replay.ProcessState, said)
	}
	front.Close() // once the last call is answered
	t.Logf("%d reports decided alike, by %d calls to three processes", address.decided.Load(), address.calls.Load())
	h.drained()
	drained := time.Now()

	s, err := scenario.Load(story)
	if err != nil {
		t.Fatal(err)
	}
	_, archived := h.archived()
	for i := range s.Services {
		slug := s.Services[i].Slug
		want := one.tally(slug, drained)
		for n, server := range many {
			if got := server.tally(slug, drained); !reflect.DeepEqual(got, want) {
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
			t.Errorf("process %d tells of incidents of %v; the embedded server of %v", n, got, want)
			continue
		}
		for service, incident := range got {
			if err := incident.differs(want[service]); err != nil {
				t.Errorf("process %d tells of another incident of %s than the embedded server: %v", n, service, err)
			}
		}
	}
	t.Logf("incidents: %v", want)
}

// taker is a server with a key to it.
type taker struct {
	*server
	key string
}

// splitter is the one address: it hands every call to the next of many servers,
// and calls that change something to one other as well, and answers what the
// first did.
type splitter struct {
	t       *testing.T
	one     *taker
	many    []*taker
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
	w.Write(a.body) // whoever left misses it
}

// answer is what a server said to a call.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// pass hands a call on, again while the server is too busy, as it asks for: what
// it counted before it knows then.
func (s *taker) pass(r *http.Request, body []byte) answer {
	for end := time.Now().Add(patience); ; {
		a := s.call(r, body)
		if a.err != nil || a.status != http.StatusServiceUnavailable || time.Now().After(end) {
			return a
		}
		<-time.After(time.Second)
	}
}

func (s *taker) call(r *http.Request, body []byte) (a answer) {
	ctx := context.WithoutCancel(r.Context()) // both get it, or neither
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

// compare fails where two servers decided differently of a report.
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
			if list[i].Status == "known" { // counted when it was sent first
				list[i].Status = "counted"
			}
		}
	}
	if !reflect.DeepEqual(left, right) {
		s.t.Errorf("POST %s was decided differently by the embedded server", path)
	}
	s.decided.Add(int64(len(left.Results)))
}

// tally is how many reports of a service a server counts.
type tally struct {
	Total               int64
	Symptoms, Countries map[string]int64
}

// tally asks a server for its counts as of a time or later.
func (s *taker) tally(service string, since time.Time) tally {
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

// fresh asks until an answer is new enough: they are cached for a second.
func (s *taker) fresh(path string, into any, is func() bool) {
	s.t.Helper()
	waitFor(s.t, "an answer to "+path, func() bool {
		status, body := s.get(path)
		if err := json.Unmarshal([]byte(body), into); err != nil || status != http.StatusOK {
			s.t.Fatalf("GET %s answered %d %.200s", path, status, body)
		}
		return is()
	})
}

// incident is what has to be the same of an incident wherever it is judged.
type incident struct {
	State      string
	Onset      time.Time
	DeclaredAt string `json:"declared_at"`
}

// incidents returns the declared incidents of a server by service.
func (s *taker) incidents() map[string]incident {
	s.t.Helper()
	var page struct {
		Incidents []struct {
			incident
			Service string
		}
	}
	s.fresh("/api/v1/incidents?limit=100", &page, func() bool { return true })
	all := map[string]incident{}
	for _, one := range page.Incidents {
		if one.DeclaredAt != "" {
			all[one.Service] = one.incident
		}
	}
	return all
}

// differs tells in what an incident differs from that of a server that judges the
// same minutes at other seconds of them.
func (i incident) differs(from incident) error {
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
