package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// contract returns the description and its router. It is strict: an answer may
// not hold a field that the description does not name.
func contract(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Description)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatalf("api/openapi.yaml is not valid: %v", err)
	}
	no := false
	for name, schema := range doc.Components.Schemas {
		part := name == "Incident" // IncidentDetail is made of it and more
		if s := schema.Value; s.Type.Is("object") && s.AdditionalProperties.Schema == nil && !part {
			s.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"application/yaml", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(text, openapi3filter.FileBodyDecoder)
	}
	return doc, router
}

func TestRoutesMatchTheDescription(t *testing.T) {
	doc, _ := contract(t)
	described := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	served := map[string]bool{}
	for _, r := range newSite(t).engine.Routes() {
		path := strings.TrimPrefix(r.Path, Base)
		for _, name := range []string{"service", "id"} {
			path = strings.ReplaceAll(path, ":"+name, "{"+name+"}")
		}
		if r.Method != http.MethodHead {
			served[r.Method+" "+path] = true
		}
	}
	for r := range described {
		if !served[r] {
			t.Errorf("%s is described but not served, want both", r)
		}
	}
	for r := range served {
		if !described[r] {
			t.Errorf("%s is served but not described, want both", r)
		}
	}
}

// exchange is a request and the status of its answer. A wrong request is one that
// the description must refuse too.
type exchange struct {
	method, path, body string
	headers            []string
	status             int
	arrange            func(*site)
	wrong              bool
	simulated          bool
}

const serverKey, appKey = "SERVER KEY", "APP KEY" // replaced by the site's

func exchanges() []exchange {
	report := `{"symptom":"connection","country":"IN","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","occurred_at":"2022-10-25T07:41:00Z","device":"d"}`
	keyed := []string{"Authorization: " + serverKey}
	limited := func(s *site) {
		s.ingest.err = &fault.Error{Kind: fault.Limited, Msg: "too many", RetryAfter: 1500 * time.Millisecond}
		s.ingest.limit = ingest.Decision{Limit: 120, Reset: 40 * time.Second}
	}
	xs := []exchange{
		{method: "POST", path: "/services/whatsapp/reports", body: report, status: 202},
		{method: "POST", path: "/services/whatsapp/reports", body: report, status: 202, arrange: func(s *site) { s.ingest.status = window.Repeat }},
		{method: "POST", path: "/services/whatsapp/reports", body: report, status: 202, simulated: true},
		{method: "POST", path: "/services/whatsapp/recoveries", body: `{}`, status: 202},
		{method: "POST", path: "/reports", body: `{"reports":[{"service":"whatsapp","symptom":"messaging","ip":"203.0.113.9"},{"service":"grameen","kind":"recovery"}]}`, headers: keyed, status: 202},
		{method: "POST", path: "/reports", body: `{"reports":[{"service":"nosuch","symptom":"messaging"},{"service":"whatsapp","symptom":"nosuch"}]}`, headers: keyed, status: 202, simulated: true},
		{method: "POST", path: "/reports", body: `{"reports":[{"service":"whatsapp","symptom":"messaging","ip":"203.0.113.9"}]}`, headers: []string{"Authorization: " + appKey}, status: 403},
		{method: "POST", path: "/reports", body: `{"reports":[]}`, headers: keyed, status: 422, wrong: true},

		{method: "GET", path: "/services", status: 200},
		{method: "GET", path: "/services", status: 200, simulated: true},
		{method: "GET", path: "/services?query=whats&category=messaging&level=outage&lang=bn&limit=1", status: 200},
		{method: "GET", path: "/services?level=bad", status: 422, wrong: true},
		{method: "GET", path: "/services/whatsapp", status: 200},
		{method: "GET", path: "/services/grameen?lang=bn", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp?lang=" + strings.Repeat("x", 36), status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch", status: 404},
		{method: "GET", path: "/services/whatsapp/breakdown?window=1h&country=IN", status: 200},
		{method: "GET", path: "/services/whatsapp/breakdown", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/breakdown?window=2h", status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch/breakdown", status: 404},
		{method: "GET", path: "/services/whatsapp/countries?symptom=messaging", status: 200},
		{method: "GET", path: "/services/whatsapp/countries", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/countries?symptom=nosuch", status: 422},
		{method: "GET", path: "/services/nosuch/countries", status: 404},
		{method: "GET", path: "/services/whatsapp/series?from=2022-10-24T00:00:00Z&to=2022-10-25T00:00:00Z&step=1h&country=BD&symptom=other", status: 200},
		{method: "GET", path: "/services/whatsapp/series", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/series?from=yesterday", status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch/series", status: 404},
		{method: "GET", path: "/incidents?service=whatsapp&country=IN&state=confirmed,resolved&from=2022-10-24T00:00:00Z&to=2022-10-26T00:00:00Z&limit=100", status: 200, arrange: func(s *site) { s.past.next = "bmV4dA" }},
		{method: "GET", path: "/incidents", status: 200, simulated: true},
		{method: "GET", path: "/incidents?state=over", status: 422, wrong: true},
		{method: "GET", path: "/incidents?service=nosuch", status: 404},
		{method: "GET", path: "/incidents/whatsapp-2022-10-25-0712", status: 200},
		{method: "GET", path: "/incidents/whatsapp-2022-10-25-0712", status: 200, simulated: true, arrange: func(s *site) { s.past.state = incident.Resolved }},
		{method: "GET", path: "/incidents/whatsapp-2022-10-25-0712", status: 200, arrange: func(s *site) { s.past.state = incident.Suspected }},
		{method: "GET", path: "/incidents/nosuch", status: 404},
		{method: "GET", path: "/events?service=whatsapp&country=IN", status: 200, headers: []string{"Last-Event-ID: 0"}},
		{method: "GET", path: "/events", status: 200, simulated: true},
		{method: "GET", path: "/events?a;b", status: 400},
		{method: "GET", path: "/events?country=INDIA", status: 422, wrong: true},
		{method: "GET", path: "/events?service=nosuch", status: 404},
		{method: "GET", path: "/events", status: 429, arrange: func(s *site) { fillStreams(s) }},
		{method: "GET", path: "/events", status: 503, arrange: func(s *site) { s.hub.Close() }},
		{method: "GET", path: "/events", status: 500, headers: []string{"Last-Event-ID: 7"}, arrange: func(s *site) { s.log.err = errors.New("disk") }},
		{method: "GET", path: "/openapi.yaml", status: 200},

		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 204, simulated: true},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 404},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: []string{"Authorization: " + appKey}, status: 403, simulated: true},
		{method: "POST", path: "/simulation/history", body: `{"rollups":[{"service":"whatsapp"}]}`, headers: keyed, status: 422, simulated: true, wrong: true},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 503, simulated: true,
			arrange: func(s *site) { s.past.err = fault.New(fault.Unavailable, "later") }},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 500, simulated: true,
			arrange: func(s *site) { s.past.err = errors.New("disk") }},
	}
	for _, path := range []string{"/services", "/services/whatsapp", "/services/whatsapp/breakdown", "/services/whatsapp/countries",
		"/services/whatsapp/series", "/incidents", "/incidents/whatsapp-2022-10-25-0712", "/openapi.yaml"} {
		xs = append(xs, exchange{method: "GET", path: path, status: 304, headers: []string{"If-None-Match: *"}},
			exchange{method: "GET", path: path + "?a;b", status: 400})
		if path == "/openapi.yaml" {
			continue
		}
		for _, f := range []struct {
			status int
			err    error
		}{{500, &fault.Error{Kind: fault.Internal}}, {503, fault.New(fault.Unavailable, "later")}} {
			xs = append(xs, exchange{method: "GET", path: path, status: f.status, arrange: func(s *site) { s.board.err, s.past.err = f.err, f.err }})
		}
	}
	for _, path := range []string{"/incidents", "/incidents/whatsapp-2022-10-25-0712"} { // the archive is away
		xs = append(xs, exchange{method: "GET", path: path, status: 503, arrange: func(s *site) { s.past.err = errors.New("no route to host") }})
	}
	posts := []struct {
		path, body string
		headers    []string
		simulated  bool
	}{
		{path: "/services/whatsapp/reports", body: report}, {path: "/services/whatsapp/recoveries", body: report},
		{path: "/reports", body: `{"reports":[{"service":"whatsapp","symptom":"messaging"}]}`, headers: keyed},
		{path: "/simulation/history", body: historyBody, headers: keyed, simulated: true},
	}
	for _, p := range posts {
		with := func(status int, body string, wrong bool, arrange func(*site), headers ...string) {
			xs = append(xs, exchange{method: "POST", path: p.path, body: body, status: status, wrong: wrong, arrange: arrange,
				headers: append(append([]string{}, p.headers...), headers...), simulated: p.simulated})
		}
		with(400, "{", true, nil)
		with(401, p.body, false, nil, "Authorization: Bearer nosuch")
		with(403, p.body, false, nil, "Origin: https://elsewhere.example", "Sec-Fetch-Site: cross-site")
		with(413, `{"symptom":"`+strings.Repeat("x", 9<<20)+`"}`, len(p.headers) > 0, nil) // only single reports have the field symptom
		with(415, p.body, true, nil, "Content-Type: text/plain")
		if p.path == "/simulation/history" {
			continue
		}
		with(429, p.body, false, limited)
		with(500, p.body, false, func(s *site) {
			if s.ingest.err = errors.New("disk"); p.path == "/reports" {
				s.keys.err = &fault.Error{Kind: fault.Internal} // of the items each has its own result
			}
		})
		with(503, p.body, false, func(s *site) { s.ingest.err = fault.New(fault.Unavailable, "later") })
	}
	for _, kind := range []string{"reports", "recoveries"} {
		xs = append(xs,
			exchange{method: "POST", path: "/services/nosuch/" + kind, body: report, status: 404},
			exchange{method: "POST", path: "/services/whatsapp/" + kind, body: `{"symptom":7}`, status: 422, wrong: true})
	}
	return xs
}

const historyBody = `{"rollups":[{"service":"whatsapp","kind":"problem","country":"IN","symptom":"connection","start":"2022-10-24T07:15:00Z","width_minutes":15,"count":7},
	{"service":"whatsapp","kind":"visit","country":"IN","start":"2022-10-24T07:00:00Z","width_minutes":60,"count":0}],
	"spans":[{"start":"2022-10-24T07:15:00Z","width_minutes":15,"known_minutes":14}]}`

// fillStreams takes all the streams that one address may have.
func fillStreams(s *site) {
	for range s.api.StreamsPerAddress {
		if err := s.api.streams.open(s.api.address(newContext(request("GET", "/", "")))); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestAnswersMatchTheDescription(t *testing.T) {
	doc, router := contract(t)
	tested := map[string]bool{}
	for _, x := range exchanges() {
		name := fmt.Sprintf("%s %.90s %d simulated=%v %.40s", x.method, x.path, x.status, x.simulated, strings.Join(x.headers, " "))
		t.Run(name, func(t *testing.T) {
			var change []func(*Options)
			if x.simulated {
				change = append(change, simulatedSite)
			}
			s := newSite(t, change...)
			if x.arrange != nil {
				x.arrange(s)
			}
			keys := strings.NewReplacer(serverKey, "Bearer "+s.keys.server, appKey, "Bearer "+s.keys.app)
			var headers []string
			for _, h := range x.headers {
				headers = append(headers, keys.Replace(h))
			}
			r := request(x.method, Base+x.path, x.body, headers...)
			if strings.HasPrefix(x.path, "/events") {
				ctx, cancel := context.WithCancel(context.Background())
				cancel() // the stream ends as soon as it is open
				r = r.WithContext(ctx)
			}
			w := httptest.NewRecorder()
			s.engine.ServeHTTP(w, r)
			if w.Code != x.status {
				t.Fatalf("%s %s answered %d, want %d: %s", x.method, x.path, w.Code, x.status, w.Body)
			}

			route, params, err := router.FindRoute(r)
			if err != nil {
				t.Fatalf("FindRoute(%s %s) = %v, want a route", x.method, x.path, err)
			}
			tested[fmt.Sprint(route.Operation.OperationID, " ", x.status)] = true
			r.Body = io.NopCloser(strings.NewReader(x.body))
			in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
				AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
			if err := openapi3filter.ValidateRequest(context.Background(), in); (err != nil) != x.wrong {
				t.Errorf("ValidateRequest(%s %s) = %v, want an error: %v", x.method, x.path, err, x.wrong)
			}
			out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(), Options: in.Options}
			out.SetBodyBytes(w.Body.Bytes())
			if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
				t.Errorf("ValidateResponse(%s %s) = %v, want no error, for\n%s", x.method, x.path, err, w.Body)
			}
			checkMarks(t, x, w)
		})
	}
	// The table above has a case for each answer in the description.
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if !tested[op.OperationID+" "+status] {
					t.Errorf("no exchange has %s %s answered with %s, want one", method, path, status)
				}
			}
		}
	}
}

// checkMarks checks the fields and headers that all answers have in common.
func checkMarks(t *testing.T, x exchange, w *httptest.ResponseRecorder) {
	t.Helper()
	marked := w.Header().Get("Outcry-Simulated") == "true"
	if marked != x.simulated {
		t.Errorf("header Outcry-Simulated is %q, want true: %v", w.Header().Get("Outcry-Simulated"), x.simulated)
	}
	if w.Code < 300 && w.Header().Get("Content-Type") == "application/json" {
		var body map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		if mark, there := body["simulated"]; there != x.simulated || there && mark != true {
			t.Errorf("field simulated is %v, want true: %v, and otherwise no such field", mark, x.simulated)
		}
		if _, there := body["as_of"]; !there {
			t.Errorf("the answer has no as_of, want one: %s", w.Body)
		}
	}
	if open := w.Header().Get("Access-Control-Allow-Origin") == "*"; open != (x.method == "GET") {
		t.Errorf("Access-Control-Allow-Origin is %q for %s, want * for GET only", w.Header().Get("Access-Control-Allow-Origin"), x.method)
	}
	switch w.Code {
	case 304, 200:
		if w.Header().Get("ETag") == "" && !strings.HasPrefix(x.path, "/events") {
			t.Errorf("the answer with status %d has no ETag, want one", w.Code)
		}
	case 429, 503:
		if w.Header().Get("Retry-After") == "" {
			t.Errorf("the answer with status %d has no Retry-After, want one", w.Code)
		}
	}
	if got := w.Header().Get("Content-Type"); w.Code >= 400 && got != "application/problem+json" {
		t.Errorf("Content-Type is %q with status %d, want application/problem+json", got, w.Code)
	}
}

func TestEventsMatchTheDescription(t *testing.T) {
	doc, _ := contract(t)
	past := fakePast{}
	inc := past.outage()
	echo := (&fakePast{state: incident.Suspected}).outage()
	for _, x := range []struct {
		schema string
		event  publish.Event
	}{
		{"StatusEvent", publish.NewStatusEvent(inc)},
		{"StatusEvent", publish.NewStatusEvent(echo)},
		{"IncidentEvent", publish.NewIncidentEvent(echo, past.timeline()[0])},
		{"IncidentEvent", publish.NewIncidentEvent(inc, past.timeline()[0])},
		{"IncidentEvent", publish.NewIncidentEvent(inc, past.timeline()[1])},
		{"CountsEvent", publish.NewCountsEvent("whatsapp", detect.Outage, inc.Verdict)},
	} {
		for _, simulated := range []bool{false, true} {
			text := string(publish.Encode(x.event, simulated).Text)
			_, data, _ := strings.Cut(text, "data: ")
			var v any
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				t.Fatalf("data of %s is not JSON: %v\n%s", x.schema, err, text)
			}
			if err := doc.Components.Schemas[x.schema].Value.VisitJSON(v); err != nil {
				t.Errorf("VisitJSON of %s = %v, want no error, for\n%s", x.schema, err, text)
			}
		}
	}
}

func TestExamplesMatchTheDescription(t *testing.T) {
	doc, _ := contract(t)
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Errorf("Validate with the examples = %v, want no error", err)
	}
}

func TestTheDescriptionIsServed(t *testing.T) {
	w := newSite(t).do("GET", Base+"/openapi.yaml", "")
	if diff := cmp.Diff(string(api.Description), w.Body.String()); diff != "" {
		t.Errorf("GET /openapi.yaml (-want +got):\n%s", diff)
	}
}
