package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// get requests path and decodes the answer, which must be 200, into v.
func (s *site) get(path string, v any) {
	s.t.Helper()
	w := s.do("GET", Base+path, "")
	if w.Code != 200 {
		s.t.Fatalf("GET %s answered %d %s, want 200", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
		s.t.Fatal(err)
	}
}

// TestAnswersMatchTheGoldenFiles has one answer of every call that reads.
func TestAnswersMatchTheGoldenFiles(t *testing.T) {
	s := newSite(t)
	var out strings.Builder
	for _, path := range []string{
		"/services?limit=1&lang=bn", "/services/grameen", "/services/messenger?lang=pt-BR", "/services/whatsapp/breakdown?window=5m&country=IN",
		"/services/whatsapp/countries?window=1h", "/services/whatsapp/series?step=5m&symptom=connection", "/incidents", "/incidents/whatsapp-2022-10-25-0712",
	} {
		var v any
		s.get(path, &v)
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "# GET %s\n%s\n\n", path, text)
	}
	golden(t, "answers.golden", out.String())
}

func TestServicesAreListedByQueryCategoryAndLevel(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string][]string{
		"/services":                          {"whatsapp", "messenger", "grameen"},
		"/services?level=outage":             {"whatsapp"},
		"/services?level=unknown":            {"grameen"},
		"/services?level=outage,unknown":     {"whatsapp", "grameen"},
		"/services?level=outage&level=ok":    {"whatsapp", "messenger"},
		"/services?level=unknown&level=,ok,": {"messenger", "grameen"},
		"/services?category=messaging":       {"whatsapp", "messenger"},
		"/services?query=messenger":          {"messenger"},
		"/services?query=meta&level=ok":      {"messenger"},
		"/services?query=nothing+of+ours":    {},
		"/services?category=tools&level=ok":  {},
		"/services?query=%D0%B6%F0%9F%98%80": {},
	} {
		var list api.ServiceList
		s.get(path, &list)
		got := []string{}
		for _, service := range list.Services {
			got = append(got, service.Service)
		}
		if diff := cmp.Diff(want, got); diff != "" || list.Next != "" || list.Services == nil {
			t.Errorf("GET %s: next is %q, want none; services is null: %v, want false; services (-want +got):\n%s", path, list.Next, list.Services == nil, diff)
		}
	}
}

func TestTheListOfServicesHasPages(t *testing.T) {
	s := newSite(t)
	var got []string
	path := "/services?limit=1"
	for range 5 {
		var page api.ServiceList
		s.get(path, &page)
		for _, service := range page.Services {
			got = append(got, service.Service)
		}
		if page.Next == "" {
			break
		}
		path = "/services?limit=1&cursor=" + page.Next
	}
	if want := []string{"whatsapp", "messenger", "grameen"}; !slices.Equal(got, want) {
		t.Errorf("the pages hold %v, want %v", got, want)
	}
	// A cursor still works if its service no longer has the level.
	var page api.ServiceList
	s.get("/services?level=unknown&cursor="+cursor("whatsapp"), &page)
	if len(page.Services) != 1 || page.Services[0].Service != "grameen" {
		t.Errorf("the page after a service that left the level is %+v, want grameen only", page.Services)
	}
	if want := now.Add(-time.Hour).Truncate(time.Millisecond); !page.AsOf.Equal(want) {
		t.Errorf("as_of is %v, want that of the status, %v", page.AsOf, want)
	}
}

func TestTheListOfServicesIsAsOfItsLatestStatus(t *testing.T) {
	s := newSite(t)
	var list api.ServiceList
	s.get("/services", &list)
	if want := now.Truncate(time.Millisecond); !list.AsOf.Equal(want) {
		t.Errorf("as_of is %v, want %v", list.AsOf, want)
	}
}

func TestWrongParametersAreRefused(t *testing.T) {
	s := newSite(t)
	var out strings.Builder
	for _, path := range []string{
		"/services?level=bad", "/services?category=nosuch", "/services?limit=0", "/services?limit=101", "/services?limit=x", "/services?cursor=%21",
		"/services?cursor=" + cursor("nosuch"), "/services?query=%FF", "/services?query=" + strings.Repeat("x", 401), "/services?level=ok,nosuch",
		"/services?limit=%zz", "/services?a;b",
		"/services/whatsapp/breakdown?window=2h", "/services/whatsapp/breakdown?country=XX1", "/services/whatsapp/countries?symptom=nosuch",
		"/services/whatsapp/series?step=2m", "/services/whatsapp/series?from=2022-10-25", "/services/whatsapp/series?to=x",
		"/services/whatsapp/series?from=2022-10-25T00:00:00Z&to=2022-10-25T00:00:00Z", "/services/whatsapp/series?country=india",
		"/services/grameen/series?symptom=messaging",
		"/incidents?state=confirmed,over", "/incidents?country=%27", "/incidents?service=nosuch", "/incidents?cursor=AAAA", "/incidents?cursor=%FF",
		"/incidents/%00", "/incidents/WhatsApp-2022-10-25-0712", "/incidents/" + strings.Repeat("x", 57), "/incidents/whatsapp-2022-10-25-0713",
		"/events?country=xx", "/nosuch", "/services/whatsapp/nosuch",
	} {
		w := s.do("GET", Base+path, "")
		fmt.Fprintf(&out, "# GET %.80s\n%d %s\n%s\n\n", path, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	w := s.do("GET", Base+"/events", "", "Last-Event-ID: x")
	fmt.Fprintf(&out, "# GET /events with Last-Event-ID: x\n%d %s\n%s\n\n", w.Code, w.Header().Get("Content-Type"), w.Body)
	for _, method := range []string{"PUT", "DELETE", "POST"} {
		w := s.do(method, Base+"/services/whatsapp", `{}`)
		fmt.Fprintf(&out, "# %s /services/whatsapp\n%d %s\nAllow: %s\n%s\n\n", method, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Allow"), w.Body)
	}
	golden(t, "queries.golden", out.String())
	if s.logged.String() != "" || strings.Contains(out.String(), "\n500 ") || strings.Contains(out.String(), "\n200 ") {
		t.Errorf("want no answer with 200 or 500 and an empty log; the answers are\n%s\nand the log is\n%s", out.String(), s.logged)
	}
}

func TestUnchangedAnswersAre304(t *testing.T) {
	s := newSite(t)
	first := s.do("GET", Base+"/services/whatsapp", "")
	tag := first.Header().Get("ETag")
	strong, weak := strings.CutPrefix(tag, "W/")
	if !weak {
		t.Errorf("ETag is %s, want a weak one, because compressed answers have the same", tag)
	}
	for _, x := range []struct {
		header string
		status int
	}{
		{tag, 304}, {strong, 304}, {`"other", ` + tag, 304}, {"*", 304}, {`"other"`, 200}, {"", 200}, {strings.Trim(strong, `"`), 200},
	} {
		w := s.do("GET", Base+"/services/whatsapp", "", "If-None-Match: "+x.header)
		if w.Code != x.status || (w.Body.Len() == 0) != (x.status == 304) || w.Header().Get("ETag") != tag {
			t.Errorf("GET with If-None-Match: %s answered %d with %d bytes and ETag %s, want %d and ETag %s", x.header, w.Code, w.Body.Len(), w.Header().Get("ETag"), x.status, tag)
		}
	}
	if other := s.do("GET", Base+"/services/grameen", "").Header().Get("ETag"); other == tag {
		t.Errorf("two services have the ETag %s, want different ones", tag)
	}
	if cache := first.Header().Get("Cache-Control"); !strings.HasPrefix(cache, "public, max-age=5") {
		t.Errorf("Cache-Control is %q, want it to begin with %q", cache, "public, max-age=5")
	}
}

func TestListsKeepTheirValidatorForFiveSeconds(t *testing.T) {
	clock := now
	s := newSite(t, func(o *Options) { o.Now = func() time.Time { return clock } })
	tag := s.do("GET", Base+"/incidents", "").Header().Get("ETag")
	clock = clock.Add(time.Second)
	if w := s.do("GET", Base+"/incidents", "", "If-None-Match: "+tag); w.Code != 304 {
		t.Errorf("GET /incidents a second later answered %d, want 304", w.Code)
	}
	clock = clock.Add(5 * time.Second)
	if w := s.do("GET", Base+"/incidents", "", "If-None-Match: "+tag); w.Code != 200 {
		t.Errorf("GET /incidents six seconds later answered %d, want 200 with a new as_of", w.Code)
	}
}

func TestHEADAnswersWithoutABody(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/services", "/services/whatsapp", "/incidents", "/openapi.yaml"} {
		if w := s.do("HEAD", Base+path, ""); w.Code != 200 || w.Header().Get("ETag") == "" {
			t.Errorf("HEAD %s answered %d with headers %v, want 200 with an ETag", path, w.Code, w.Header())
		}
	}
}

func TestTheQueryOfASeriesReachesTheBoard(t *testing.T) {
	s := newSite(t)
	var series api.Series
	s.get("/services/whatsapp/series?from=2022-10-24T06:00:00%2B06:00&to=2022-10-25T00:00:00Z&step=1h&country=BD&symptom=other", &series)
	s.get("/services/whatsapp/series", &series)
	s.get("/services/whatsapp/series?from=2022-10-24t06:00:00+06:00&to=2022-10-25t00:00:00z", &series)
	day := time.Date(2022, 10, 24, 0, 0, 0, 0, time.UTC)
	want := []status.SeriesQuery{{From: day, To: day.AddDate(0, 0, 1), Step: time.Hour, Country: "BD", Symptom: "other"}, {}, {From: day, To: day.AddDate(0, 0, 1)}}
	if diff := cmp.Diff(want, s.board.queries); diff != "" {
		t.Errorf("queries of the board (-want +got):\n%s", diff)
	}
	if series.Points[0].Count == nil || *series.Points[0].Count != 0 || series.Points[1].Count != nil {
		t.Errorf("counts of the first points are %s and %s, want 0 and null", valueOrNull(series.Points[0].Count), valueOrNull(series.Points[1].Count))
	}
}

// onAir is a monitor that knows only the live incident of WhatsApp.
type onAir struct{ incident *incident.Incident }

func (o onAir) Live(service string) incident.Live {
	if service != "whatsapp" {
		return incident.Live{}
	}
	return incident.Live{Incident: o.incident}
}

func TestInternalErrorsAreLoggedAndNotShown(t *testing.T) {
	s := newSite(t)
	s.board.err = errors.New("pq: password authentication failed for role outcry")
	s.engine.GET(Base+"/panic", s.api.withCommon, func(*gin.Context) { panic("a mistake of ours about reporter 203.0.113.9") })
	s.engine.GET(Base+"/crash", s.api.withCommon, func(c *gin.Context) { put(nil, c.FullPath()) })
	for _, path := range []string{"/services/whatsapp", "/panic", "/crash"} {
		w := s.do("GET", Base+path, "")
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		want := api.Problem{Status: 500, Title: "Internal Server Error", Type: problemType + "internal", Instance: p.Instance}
		if diff := cmp.Diff(want, p); w.Code != 500 || diff != "" {
			t.Errorf("GET %s answered %d, want 500, with the problem (-want +got):\n%s", path, w.Code, diff)
		}
		if !strings.HasPrefix(p.Instance, "urn:uuid:") || !strings.Contains(s.logged.String(), p.Instance) {
			t.Errorf("GET %s: instance is %q, want a URN that is in the log:\n%s", path, p.Instance, s.logged)
		}
	}
	for _, text := range []string{"password authentication failed", "nil map", "read_test.go"} {
		if !strings.Contains(s.logged.String(), text) {
			t.Errorf("the log does not hold %q, want it:\n%s", text, s.logged)
		}
	}
	// The value of a panic that is not a runtime.Error may hold what a client sent.
	for _, text := range []string{"a mistake of ours", "203.0.113.9"} {
		if strings.Contains(s.logged.String(), text) {
			t.Errorf("the log holds %q of the value of a panic, want it left out:\n%s", text, s.logged)
		}
	}
}

// put panics with a runtime.Error if m is nil.
func put(m map[string]bool, key string) { m[key] = true }

func TestRefusedRequestsAreNotLogged(t *testing.T) {
	s := newSite(t)
	for _, err := range []error{
		&fault.Error{Kind: fault.Unavailable, Msg: "later", Err: errors.New("connection refused")},
		context.DeadlineExceeded,
	} {
		s.board.err = err
		for range 3 {
			if w := s.do("GET", Base+"/services", ""); w.Code != 503 || w.Header().Get("Retry-After") == "" {
				t.Errorf("GET /services with error %v answered %d with headers %v, want 503 with Retry-After", err, w.Code, w.Header())
			}
		}
	}
	if s.logged.String() != "" {
		t.Errorf("log after refused requests, want it empty:\n%s", s.logged)
	}
}

func TestAnAbortedAnswerPanicsThrough(t *testing.T) {
	s := newSite(t)
	s.engine.GET(Base+"/abort", s.api.withCommon, func(*gin.Context) { panic(http.ErrAbortHandler) })
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the panic is %v, want http.ErrAbortHandler", err)
		}
	}()
	s.do("GET", Base+"/abort", "")
	t.Error("GET /abort returned, want a panic with http.ErrAbortHandler")
}

func TestHistoryIsStoredByASimulationOnly(t *testing.T) {
	s := newSite(t, simulatedSite)
	key := "Authorization: Bearer " + s.keys.server
	if w := s.do("POST", Base+"/simulation/history", historyBody, key); w.Code != 204 || w.Body.Len() != 0 {
		t.Fatalf("POST /simulation/history answered %d %s, want 204 without a body", w.Code, w.Body)
	}
	start := time.Date(2022, 10, 24, 7, 0, 0, 0, time.UTC)
	quarter := start.Add(15 * time.Minute)
	rollups := []window.Rollup{
		{Service: "whatsapp", Kind: report.Problem, Cell: window.Cell{Country: "IN", Symptom: "connection"}, Start: quarter, Width: 15 * time.Minute, N: 7},
		{Service: "whatsapp", Kind: report.Visit, Cell: window.Cell{Country: "IN"}, Start: start, Width: time.Hour},
	}
	if diff := cmp.Diff(rollups, s.past.rollups); diff != "" {
		t.Errorf("saved rollups (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]window.Span{{Start: quarter, Width: 15 * time.Minute, Known: 14}}, s.past.spans); diff != "" {
		t.Errorf("saved spans (-want +got):\n%s", diff)
	}

	since := now.Add(-8 * time.Minute).Truncate(time.Second)
	body := `{"counted_since":"` + since.Format(time.RFC3339) + `"}`
	if w := s.do("POST", Base+"/simulation/history", body, key); w.Code != http.StatusNoContent || !s.past.countedSince.Equal(since) {
		t.Errorf("counted since %v: %d, marked since %v", since, w.Code, s.past.countedSince)
	}
	s.past.rollups, s.past.spans = nil, nil
	many := strings.Repeat(`{},`, maxRollups) + `{}`
	for body, field := range map[string]string{
		strings.Replace(historyBody, `"whatsapp","kind":"visit"`, `"nosuch","kind":"visit"`, 1):                                              "rollups[1].service",
		strings.Replace(historyBody, "problem", "alert", 1):                                                                                  "rollups[0].kind",
		strings.Replace(historyBody, "IN", "XX1", 1):                                                                                         "rollups[0].country",
		strings.Replace(historyBody, `"symptom":"connection",`, "", 1):                                                                       "rollups[0].symptom",
		strings.Replace(historyBody, "connection", "nosuch", 1):                                                                              "rollups[0].symptom",
		strings.Replace(historyBody, "07:15", "07:16", 1):                                                                                    "rollups[0].start",
		strings.Replace(historyBody, `"2022-10-24T07:00:00Z"`, `""`, 1):                                                                      "rollups[1].start",
		strings.Replace(historyBody, `"width_minutes":15`, `"width_minutes":30`, 1):                                                          "rollups[0].width_minutes",
		strings.Replace(historyBody, `"count":7`, `"count":-1`, 1):                                                                           "rollups[0].count",
		strings.Replace(historyBody, `"count":7`, `"count":1.5`, 1):                                                                          "rollups.count",
		strings.Replace(historyBody, `"known_minutes":14`, `"known_minutes":16`, 1):                                                          "spans[0].known_minutes",
		strings.Replace(historyBody, `"start":"2022-10-24T07:15:00Z","width_minutes":15,"known`, `"start":"x","width_minutes":15,"known`, 1): "spans[0].start",
		`{"rollups":[` + many + `]}`:                                                                                                         "rollups",
		`{"counted_since":"` + now.Add(-time.Hour).Format(time.RFC3339) + `"}`:                                                               "counted_since",
		`{"spans":[` + many + `]}`:                                                                                                           "spans",
	} {
		w := s.do("POST", Base+"/simulation/history", body, key)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 422 || p.Field != field {
			t.Errorf("POST of %.300s answered %d %s, want 422 for %s", body, w.Code, w.Body, field)
		}
	}
	if s.past.rollups != nil || s.past.spans != nil {
		t.Errorf("saved %v and %v after wrong requests, want nothing", s.past.rollups, s.past.spans)
	}
}
