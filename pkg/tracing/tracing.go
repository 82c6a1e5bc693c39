// Package tracing sends traces of requests to a collector of OpenTelemetry, if the
// environment names one. A span holds the pattern of a route, a method, a status and
// times: neither paths nor addresses nor statements.
//
// The variables are those of OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT (or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER and OTEL_BSP_*.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// methods are those that spans name.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// Tracer makes spans and sends them.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New returns a tracer that sends spans where the environment says, or nil if it does
// not. getenv is os.Getenv. failed is called with the errors of sending.
func New(getenv func(string) string, version string, failed func(error)) (*Tracer, error) {
	url, err := endpoint(getenv)
	if err != nil || url == "" {
		return nil, err
	}
	name := getenv("OTEL_SERVICE_NAME")
	if name == "" {
		name = "outcry"
	}
	about, err := resource.Merge(resource.Environment(), resource.NewSchemaless(attribute.String("service.name", name), attribute.String("service.version", version)))
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	headers, err := parseHeaders(getenv)
	if err != nil {
		return nil, err
	}
	provider := sdk.NewTracerProvider(sdk.WithResource(about), sdk.WithBatcher(&exporter{url: url, headers: headers, client: &http.Client{Timeout: sendTime}, failed: failed}))
	return &Tracer{provider, provider.Tracer("github.com/outcry/outcry")}, nil
}

// Close sends the spans that wait.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return errors.Join(t.provider.ForceFlush(ctx), t.provider.Shutdown(ctx))
}

// Handle makes a span of a request, which continues the trace of its header
// traceparent.
func (t *Tracer) Handle(c *gin.Context) {
	ctx := propagation.TraceContext{}.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	method := c.Request.Method
	if !slices.Contains(methods, method) {
		method = "_OTHER" // as OpenTelemetry names it; clients may send any text
	}
	ctx, span := t.tracer.Start(ctx, method+" "+route, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route)))
	c.Request = c.Request.WithContext(ctx)
	defer func() { // also when a handler ends the connection by a panic
		status := c.Writer.Status()
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}()
	c.Next()
}

// Observe makes a span of an operation that is over, such as a statement of the
// archive, within the span of ctx. Without one it does nothing.
func (t *Tracer) Observe(ctx context.Context, operation string, began time.Time, err error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	_, span := t.tracer.Start(ctx, operation, trace.WithTimestamp(began), trace.WithSpanKind(trace.SpanKindClient))
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
