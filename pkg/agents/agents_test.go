package agents

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
)

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

// fakeAnswers has WhatsApp down in India.
type fakeAnswers struct {
	err       error
	services  api.ListServicesParams
	incidents api.ListIncidentsParams
	breakdown api.GetBreakdownParams
}

func (f *fakeAnswers) status() api.Status {
	perMillion := 2.5
	countries := []api.Country{{Country: "IN", Count: 3014, Level: "outage", Share: .75, PerMillion: &perMillion}, {Country: "BD", Count: 9, Level: "ok"}}
	for _, code := range []string{"NP", "LK", "PK", "DE", "FR"} {
		countries = append(countries, api.Country{Country: code, Count: 5, Level: "ok"})
	}
	return api.Status{Level: "outage", State: "confirmed", AsOf: noon, Window: "15m", Observed: 4018, Expected: 21.5, Countries: countries,
		Reason: api.Reason{Code: "unusual"}, Incident: "whatsapp-2022-10-25-0712"}
}

func (f *fakeAnswers) ReadServices(_ context.Context, p api.ListServicesParams) (api.ServiceList, error) {
	f.services = p
	return api.ServiceList{AsOf: noon, Services: []api.Service{{Service: "whatsapp", Name: "WhatsApp", Provider: api.Party{Id: "meta", Name: "Meta"},
		Category: api.Party{Id: "messaging", Name: "Messaging"}, Status: f.status()}}}, f.err
}

func (f *fakeAnswers) ReadService(_ context.Context, slug string, _ api.GetServiceParams) (api.ServiceDetail, error) {
	return api.ServiceDetail{AsOf: noon, Service: slug, Name: "WhatsApp", Names: api.Names{"bn": "হোয়াটসঅ্যাপ"}, Status: f.status(),
		Symptoms: []api.Symptom{{Id: "login", Name: "Login", Names: api.Names{"bn": "লগইন"}}}}, f.err
}

func (f *fakeAnswers) ReadBreakdown(_ context.Context, slug string, p api.GetBreakdownParams) (api.Breakdown, error) {
	f.breakdown = p
	return api.Breakdown{Service: slug, AsOf: noon, Window: "15m", Total: 10, Symptoms: []api.Share{{Symptom: "login", Count: 10, Share: 1}}}, f.err
}

func (f *fakeAnswers) ReadIncidents(_ context.Context, p api.ListIncidentsParams) (api.IncidentList, error) {
	f.incidents = p
	facebook := "facebook"
	return api.IncidentList{AsOf: noon, Next: "bmV4dA", Incidents: []api.Incident{{Id: "whatsapp-2022-10-25-0712", Service: "whatsapp", State: "suspected", Level: "warning",
		Onset: noon, SuspectedAt: noon, UpdatedAt: noon, EchoOf: &facebook, EchoFit: .9, Countries: []api.IncidentCountry{}, Symptoms: []api.IncidentSymptom{}, Linked: []string{}}}}, f.err
}

// serve serves the tools and returns their address.
func serve(t *testing.T, answers Answers, simulated bool) string {
	t.Helper()
	gin.SetMode(gin.TestMode)
	engine := gin.New()
	own := http.NewCrossOriginProtection()
	New(Options{Catalog: catalog.Default(), Answers: answers, CheckOrigin: own.Check, Simulated: simulated, Log: slog.New(slog.DiscardHandler)}).Mount(engine)
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server.URL + Path
}

// connect returns a session of the SDK's own client.
func connect(t *testing.T, address string) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: address, DisableStandaloneSSE: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() }) //nolint:errcheck // there is no session on the server
	return session
}

// call calls a tool and returns its answer, or the text of its error.
func call(t *testing.T, session *mcp.ClientSession, tool string, arguments any) (answer map[string]any, failure string) {
	t.Helper()
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		return nil, err.Error()
	}
	text := res.Content[0].(*mcp.TextContent).Text
	if res.IsError {
		return nil, text
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s answers with text that is not JSON: %v\n%s", tool, err, text)
	}
	return answer, ""
}

func TestAModelReadsWhatTheAPIAnswers(t *testing.T) {
	answers := &fakeAnswers{}
	session := connect(t, serve(t, answers, false))
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, tool := range tools.Tools {
		names += tool.Name + " "
		if !tool.Annotations.ReadOnlyHint || tool.Description == "" || tool.InputSchema == nil || tool.OutputSchema == nil {
			t.Errorf("the tool %s is %+v, want one that only reads, with schemas", tool.Name, tool)
		}
	}
	if names != "breakdown incidents service_status whats_down " {
		t.Errorf("the tools are %s", names)
	}

	down, failure := call(t, session, "whats_down", map[string]any{"country": "IN", "language": "bn"})
	if failure != "" || len(down["services"].([]any)) != 1 || down["as_of"] != "2022-10-25T12:00:00Z" {
		t.Fatalf("whats_down in India = %v, %s; want WhatsApp", down, failure)
	}
	countries := down["services"].([]any)[0].(map[string]any)["status"].(map[string]any)["countries"].([]any)
	if len(countries) != maxCountries || strings.Join(answers.services.Level, ",") != "outage,warning" || answers.services.Lang != "bn" {
		t.Errorf("whats_down has %d countries after asking for %+v", len(countries), answers.services)
	}
	if down, _ := call(t, session, "whats_down", map[string]any{"country": "BD"}); len(down["services"].([]any)) != 0 {
		t.Errorf("whats_down in Bangladesh = %v, want nothing", down)
	}
	for _, name := range []string{"whatsapp", "WhatsApp", "হোয়াটসঅ্যাপ"} {
		if one, failure := call(t, session, "service_status", map[string]any{"service": name}); one["service"] != "whatsapp" {
			t.Errorf("service_status of %s = %v, %s; want whatsapp", name, one, failure)
		}
	}
	past, failure := call(t, session, "incidents", map[string]any{"service": "whatsapp", "states": []string{"confirmed", "resolved"}, "limit": 3, "from": "2022-10-01T00:00:00Z"})
	if failure != "" || past["next"] != "bmV4dA" || answers.incidents.Service != "whatsapp" || answers.incidents.Limit != "3" || len(answers.incidents.State) != 2 {
		t.Errorf("incidents = %v, %s after asking for %+v", past, failure, answers.incidents)
	}
	split, failure := call(t, session, "breakdown", map[string]any{"service": "whatsapp", "window": "1h", "country": "IN"})
	if failure != "" || split["total"] != 10.0 || answers.breakdown.Window != "1h" || answers.breakdown.Country != "IN" {
		t.Errorf("breakdown = %v, %s after asking for %+v", split, failure, answers.breakdown)
	}
}

func TestAModelLearnsWhatWasWrong(t *testing.T) {
	answers := &fakeAnswers{}
	session := connect(t, serve(t, answers, false))
	for _, x := range []struct {
		tool      string
		arguments map[string]any
		err       error
		want      string
	}{
		{"whats_down", map[string]any{"country": "INDIA"}, nil, "country is not an ISO"},
		{"service_status", map[string]any{"service": "no such thing at all"}, nil, "names no service"},
		{"service_status", map[string]any{"service": "meta"}, nil, "take one of:"},
		{"service_status", map[string]any{}, nil, "service"},
		{"service_status", map[string]any{"service": strings.Repeat("x", 201)}, nil, "too long"},
		{"incidents", map[string]any{"limit": 51}, nil, "from 1 to 50"},
		{"incidents", map[string]any{"limit": "many"}, nil, "limit"},
		{"breakdown", map[string]any{"service": "whatsapp"}, fault.Field("window", "must be one of 5m"), "window must be one of 5m"},
		{"breakdown", map[string]any{"service": "whatsapp"}, errors.New("secret of the disk"), "cannot be read"},
		{"nosuch", nil, nil, "nosuch"},
	} {
		answers.err = x.err
		if answer, failure := call(t, session, x.tool, x.arguments); !strings.Contains(failure, x.want) || strings.Contains(failure, "secret") {
			t.Errorf("%s with %v = %v, %q; want an error with %q", x.tool, x.arguments, answer, failure, x.want)
		}
	}
}

func TestASimulatedServerTellsModelsSo(t *testing.T) {
	session := connect(t, serve(t, &fakeAnswers{}, true))
	if got := session.InitializeResult(); !strings.Contains(got.Instructions, "SIMULATION") {
		t.Errorf("the instructions are %q, want them to say that it is a simulation", got.Instructions)
	}
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools.Tools {
		if !strings.Contains(tool.Description, "simulated") {
			t.Errorf("the tool %s does not say that it is simulated", tool.Name)
		}
	}
}

func TestOnlySingleMessagesOfTheOwnOriginAreTaken(t *testing.T) {
	address := serve(t, &fakeAnswers{}, true)
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, x := range []struct {
		name, body string
		headers    map[string]string
		want       int
	}{
		{"a program", list, nil, 200},
		{"a page of another origin", list, map[string]string{"Origin": "https://evil.example"}, 403},
		{"a page of another origin in a new browser", list, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a sandboxed page", list, map[string]string{"Origin": "null"}, 403},
		{"many messages", "[" + list + "," + list + "]", nil, 400},
		{"a long message", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", maxBody) + `"}`, nil, 413},
		{"no JSON", "{", nil, 400},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(x.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		for name, value := range x.headers {
			r.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != x.want {
			t.Errorf("%s: status %d, %v, want %d: %.200s", x.name, res.StatusCode, err, x.want, text)
		}
		if res.Header.Get("Access-Control-Allow-Origin") != "" || res.Header.Get("Mcp-Session-Id") != "" || res.Header.Get("Outcry-Simulated") != "true" {
			t.Errorf("%s: the headers are %v, want no origin allowed, no session, and the mark of a simulation", x.name, res.Header)
		}
	}
}
