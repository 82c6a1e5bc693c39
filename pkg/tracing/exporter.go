package tracing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// sendTime bounds the sending of one batch of spans.
const sendTime = 10 * time.Second

// exporter sends spans as OTLP over HTTP, in JSON. See the decision 0096.
type exporter struct {
	url     string
	headers http.Header
	client  *http.Client
	failed  func(error)
}

// endpoint returns the URL to which spans are sent, or "".
func endpoint(getenv func(string) string) (string, error) {
	name, suffix := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""
	text := getenv(name)
	if text == "" {
		name, suffix = "OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces"
		if text = getenv(name); text == "" {
			return "", nil
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%s is not a URL such as http://localhost:4318; OTLP over gRPC (port 4317) is not supported", name)
	}
	return strings.TrimSuffix(text, "/") + suffix, nil
}

// parseHeaders reads OTEL_EXPORTER_OTLP_HEADERS: pairs name=value with commas between
// them, escaped as in a URL.
func parseHeaders(getenv func(string) string) (http.Header, error) {
	headers := http.Header{}
	for pair := range strings.SplitSeq(getenv("OTEL_EXPORTER_OTLP_HEADERS"), ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS is not a list such as name=value,name=value")
		}
		headers.Set(strings.TrimSpace(name), value)
	}
	return headers, nil
}

// ExportSpans sends spans. It reports a failure to failed; the spans are lost then.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.send(ctx, spans)
	e.failed(err)
	return nil
}

// Shutdown does nothing: ExportSpans keeps nothing back.
func (*exporter) Shutdown(context.Context) error { return nil }

func (e *exporter) send(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	body, err := json.Marshal(request(spans))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL of the collector is wrong")
	}
	req.Header = e.headers.Clone()
	req.Header.Set("Content-Type", "application/json")
	res, err := e.client.Do(req)
	if err != nil {
		var failure *url.Error
		if errors.As(err, &failure) {
			err = failure.Err // without the URL, which may hold a password
		}
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the collector answers %s", res.Status)
	}
	return nil
}

// The types below are the parts of OTLP in JSON that are used.
type (
	tracesRequest struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   attributes   `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	attributes struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope struct {
			Name string `json:"name"`
		} `json:"scope"`
		Spans []span `json:"spans"`
	}
	span struct {
		TraceID    string     `json:"traceId"`
		SpanID     string     `json:"spanId"`
		ParentID   string     `json:"parentSpanId,omitempty"`
		Name       string     `json:"name"`
		Kind       int        `json:"kind"`
		Start      string     `json:"startTimeUnixNano"`
		End        string     `json:"endTimeUnixNano"`
		Attributes []keyValue `json:"attributes,omitempty"`
		Status     struct {
			Code int `json:"code,omitempty"`
		} `json:"status"`
	}
	keyValue struct {
		Key   string            `json:"key"`
		Value map[string]string `json:"value"`
	}
)

// statusError is the code of OTLP for a span that failed.
const statusError = 2

// request returns the message with spans, all of which are of one resource and scope.
func request(spans []sdk.ReadOnlySpan) tracesRequest {
	var scope scopeSpans
	scope.Scope.Name = spans[0].InstrumentationScope().Name
	for _, s := range spans {
		one := span{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: s.Name(), Kind: int(s.SpanKind()),
			Start: nanos(s.StartTime()), End: nanos(s.EndTime()), Attributes: pairs(s.Attributes()),
		}
		if s.Parent().HasSpanID() {
			one.ParentID = s.Parent().SpanID().String()
		}
		if s.Status().Code == codes.Error {
			one.Status.Code = statusError
		}
		scope.Spans = append(scope.Spans, one)
	}
	return tracesRequest{[]resourceSpans{{attributes{pairs(spans[0].Resource().Attributes())}, []scopeSpans{scope}}}}
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// pairs returns attributes, each a text or an integer.
func pairs(list []attribute.KeyValue) (all []keyValue) {
	for _, a := range list {
		kind := "stringValue"
		if a.Value.Type() == attribute.INT64 {
			kind = "intValue"
		}
		all = append(all, keyValue{string(a.Key), map[string]string{kind: a.Value.String()}})
	}
	return all
}
