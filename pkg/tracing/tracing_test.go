package tracing

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// env returns a getenv of variables.
func env(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// collector is a server that keeps what it is sent.
type collector struct {
	*httptest.Server
	bodies, keys chan string
}

func newCollector(t *testing.T, status int) *collector {
	t.Helper()
	c := &collector{bodies: make(chan string, 10), keys: make(chan string, 10)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the collector got %s %s, %v", r.URL.Path, r.Header, err)
		}
		c.bodies <- string(body)
		c.keys <- r.Header.Get("Api-Key")
		w.WriteHeader(status)
	}))
	t.Cleanup(c.Close)
	return c
}

// serve returns an engine with a tracer. Its route asks the archive once.
func serve(tracer *Tracer) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(tracer.Handle)
	r.GET("/services/:service", func(c *gin.Context) {
		tracer.Observe(c.Request.Context(), "statement", time.Now().Add(-time.Second), errors.New("secret text"))
		c.Status(http.StatusServiceUnavailable)
	})
	return r
}

func TestARequestBecomesASpanOfItsCallersTrace(t *testing.T) {
	c := newCollector(t, http.StatusOK)
	tracer, err := New(env(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL + "/", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b", "OTEL_SERVICE_NAME": "outcry-test"}), "1.2.3",
		func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest("GET", "/services/whatsapp?secret=1", nil)
	req.RemoteAddr = "198.51.100.7:1234"
	req.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	serve(tracer).ServeHTTP(httptest.NewRecorder(), req)
	tracer.Observe(t.Context(), "statement", time.Now(), nil) // outside of a request
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	body := <-c.bodies
	if key := <-c.keys; key != "a b" {
		t.Errorf("the header api-key is %q, want a b", key)
	}
	var sent tracesRequest
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatalf("the collector got no JSON: %v\n%s", err, body)
	}
	spans := sent.ResourceSpans[0].ScopeSpans[0].Spans
	if len(spans) != 2 {
		t.Fatalf("%d spans were sent, want those of the request and its statement:\n%s", len(spans), body)
	}
	statement, request := spans[0], spans[1]
	if request.Name != "GET /services/:service" || request.TraceID != "0af7651916cd43dd8448eb211c80319c" || request.ParentID != "b7ad6b7169203331" || request.Kind != 2 || request.Status.Code != statusError {
		t.Errorf("the span of the request is %+v", request)
	}
	if statement.Name != "statement" || statement.ParentID != request.SpanID || statement.TraceID != request.TraceID || statement.Kind != 3 || statement.Start >= request.Start {
		t.Errorf("the span of the statement is %+v, want a child of %+v", statement, request)
	}
	for _, want := range []string{`"service.name","value":{"stringValue":"outcry-test"}`, `"service.version","value":{"stringValue":"1.2.3"}`, `"http.response.status_code","value":{"intValue":"503"}`} {
		if !strings.Contains(body, want) {
			t.Errorf("the message has no %s:\n%s", want, body)
		}
	}
	for _, private := range []string{"whatsapp", "secret", "198.51.100.7"} {
		if strings.Contains(body, private) {
			t.Errorf("the message holds %q:\n%s", private, body)
		}
	}
}

func TestACollectorThatRefusesIsReported(t *testing.T) {
	c := newCollector(t, http.StatusForbidden)
	failures := make(chan error, 10)
	tracer, err := New(env(map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": c.URL + "/v1/traces"}), "1", func(err error) { failures <- err })
	if err != nil {
		t.Fatal(err)
	}
	serve(tracer).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/services/a", nil))
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-failures; err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the failure is %v, want one with 403", err)
	}
}

func TestWithoutACollectorThereIsNoTracer(t *testing.T) {
	if tracer, err := New(env(nil), "1", nil); tracer != nil || err != nil {
		t.Errorf("New without variables = %v, %v; want nil", tracer, err)
	}
	for name, variables := range map[string]map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":        {"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "grpc://x"},
		"OTEL_EXPORTER_OTLP_HEADERS":         {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_EXPORTER_OTLP_HEADERS": "nonsense"},
	} {
		if _, err := New(env(variables), "1", nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New with %v = %v, want an error that names %s", variables, err, name)
		}
	}
}
