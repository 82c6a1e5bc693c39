package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/publish"
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
	for _, text := range []string{"application/yaml", "text/event-stream", "text/csv", "application/x-ndjson"} {
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
		path, isCall := strings.CutPrefix(r.Path, Base)
		if !isCall {
			continue // in the shape of Statuspage, which is described elsewhere
		}
		for _, name := range []string{"service", "id", "message", "token"} {
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

// fillStreams takes all the streams that one address may have.
func fillStreams(s *site) {
	for range s.api.Streams[limit.Address] {
		if err := s.api.streams.open(address(newContext(request("GET", "/", ""))), http.Header{}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// fillExports takes all the exports that one address may have.
func fillExports(s *site) {
	for range exportLimits[limit.Address] {
		if err := s.api.exports.open(address(newContext(request("GET", "/", ""))), http.Header{}); err != nil {
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
			keys := strings.NewReplacer(serverKey, "Bearer "+s.keys.server, appKey, "Bearer "+s.keys.app, adminKey, "Bearer "+s.keys.admin)
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
		if w.Header().Get("ETag") == "" && x.method == "GET" && !strings.HasPrefix(x.path, "/events") && !strings.Contains(x.path, "/archive") {
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
