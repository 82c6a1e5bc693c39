package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// gather returns the values of metrics by name and labels. The value of a
// histogram is its number of samples.
func gather(t *testing.T, collectors ...prometheus.Collector) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(collectors...)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			values[strings.TrimSpace(f.GetName()+" "+strings.Join(labels, " "))] = valueOf(m)
		}
	}
	return values
}

func valueOf(m *dto.Metric) float64 {
	if h := m.GetHistogram(); h != nil {
		return float64(h.GetSampleCount())
	}
	return m.GetCounter().GetValue() + m.GetGauge().GetValue()
}

// wantValues checks some values, and that those of all others are zero.
func wantValues(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for name, value := range got {
		if value == 0 {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics that are not zero (-want +got):\n%s", diff)
	}
}

func TestRequestsAreCountedByTheirRouteWhateverClientsAskFor(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	i := New()
	r := gin.New()
	r.Use(i.Handle)
	r.GET("/services/:service", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/events", func(c *gin.Context) { c.Data(http.StatusOK, "text/event-stream", nil) })
	ask := func(method, path string) {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	for n := range 50 {
		ask("GET", fmt.Sprintf("/services/s%d", n))
		ask("GET", fmt.Sprintf("/made-up/%d", n))
		ask(fmt.Sprintf("METHOD%d", n), "/x")
	}
	ask("GET", "/events")
	wantValues(t, gather(t, i.requests, i.requestSeconds), map[string]float64{
		"outcry_http_requests_total code=204 method=GET route=/services/:service":  50,
		"outcry_http_requests_total code=404 method=GET route=none":                50,
		"outcry_http_requests_total code=404 method=other route=none":              50,
		"outcry_http_requests_total code=200 method=GET route=/events":             1,
		"outcry_http_request_duration_seconds method=GET route=/services/:service": 50,
		"outcry_http_request_duration_seconds method=GET route=none":               50,
		"outcry_http_request_duration_seconds method=other route=none":             50,
	})
}

func TestAHandlerThatPanicsIsCounted(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	i := New()
	r := gin.New()
	r.Use(i.Handle)
	r.GET("/", func(*gin.Context) { panic(http.ErrAbortHandler) })
	func() {
		defer func() { _ = recover() }()
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	if got := gather(t, i.requestSeconds)["outcry_http_request_duration_seconds method=GET route=/"]; got != 1 {
		t.Errorf("%v requests were timed, want the one that panicked", got)
	}
}

// emptyStore answers the calls that are measured.
type emptyStore struct{ Store }

func (emptyStore) Count(_ context.Context, reports []report.Report) []window.Outcome {
	return make([]window.Outcome, len(reports))
}

func (emptyStore) Buckets(context.Context, string, time.Time, time.Time) ([]window.Bucket, error) {
	return nil, nil
}

func (emptyStore) BucketsOf(context.Context, []string, time.Time, time.Time) ([][]window.Bucket, error) {
	return nil, nil
}

func (emptyStore) NetworksOf(context.Context, []string, time.Time, time.Duration) ([]window.NetworkCounts, error) {
	return nil, nil
}

func (emptyStore) Active(context.Context, time.Time) ([]string, error) { return nil, nil }

func (emptyStore) Beat(context.Context, time.Time) error { return nil }

func TestCallsOfTheStoreAreMeasured(t *testing.T) {
	i := New()
	s := i.Measure(emptyStore{})
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	s.Count(t.Context(), []report.Report{{Service: "whatsapp", Minute: now, Received: now}, {Service: "signal", Minute: now, Received: now}})
	for _, call := range []func() error{
		func() error { return s.Beat(t.Context(), now) },
		func() error { _, err := s.Active(t.Context(), now); return err },
		func() error { _, err := s.Buckets(t.Context(), "whatsapp", now, now); return err },
		func() error { _, err := s.BucketsOf(t.Context(), []string{"whatsapp"}, now, now); return err },
		func() error { _, err := s.NetworksOf(t.Context(), []string{"whatsapp"}, now, time.Minute); return err },
	} {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	wantValues(t, gather(t, i.storeSeconds, i.batchSize), map[string]float64{
		"outcry_store_duration_seconds operation=count": 1, "outcry_store_duration_seconds operation=beat": 1, "outcry_store_duration_seconds operation=active": 1,
		"outcry_store_duration_seconds operation=buckets": 2, "outcry_store_duration_seconds operation=networks": 1, "outcry_batch_reports": 1,
	})
}

func TestEventsOfThePartsAreCounted(t *testing.T) {
	i := New("email")
	i.Archived(t.Context(), "statement", time.Now(), nil)
	i.Archived(t.Context(), "statement", time.Now(), errors.New("away"))
	i.Ticked(time.Second, nil)
	i.Ticked(time.Second, errors.New("away"))
	i.Attempted("email", notify.Failed, time.Second)
	wantValues(t, gather(t, i.Collectors()...), map[string]float64{
		"outcry_archive_duration_seconds operation=statement": 2, "outcry_archive_errors_total operation=statement": 1,
		"outcry_tick_duration_seconds": 2, "outcry_tick_errors_total": 1,
		"outcry_deliveries_total channel=email result=failed": 1, "outcry_delivery_duration_seconds channel=email": 1,
	})
}

type fakeIngester struct{ totals ingest.Stats }

func (f fakeIngester) Stats() ingest.Stats { return f.totals }

func TestReportsAreCountedByOutcomeAndSource(t *testing.T) {
	s := ingest.Stats{Batches: 3, Visits: 9, VisitsFailed: 1, Waiting: 4}
	s.Submissions[ingest.ViaPage][ingest.OutcomeCounted] = 7
	s.Submissions[ingest.ViaServerKey][ingest.OutcomeInvalid] = 2
	wantValues(t, gather(t, Traffic{In: fakeIngester{s}, Out: publish.NewHub(100, false)}), map[string]float64{
		"outcry_reports_total outcome=counted source=page": 7, "outcry_reports_total outcome=invalid source=server_key": 2,
		"outcry_batches_total": 3, "outcry_visits_total outcome=counted": 9, "outcry_visits_total outcome=failed": 1,
		"outcry_reports_waiting": 4, "outcry_reports_waiting_limit": ingest.MaxBatch, "outcry_event_streams_limit": 100,
	})
}

type fakeMonitor map[string]monitor.Assessment

func (f fakeMonitor) Assessments() map[string]monitor.Assessment { return f }

func (fakeMonitor) Judged() time.Time { return time.Unix(1_600_000_000, 500e6) }

func TestIncidentsAreCountedByLevel(t *testing.T) {
	with := func(level detect.Level) monitor.Assessment {
		return monitor.Assessment{Live: incident.Live{Incident: &incident.Incident{Level: level}}}
	}
	m := fakeMonitor{"a": with(detect.Outage), "b": with(detect.Outage), "c": with(detect.Warning), "d": with(detect.OK), "e": {}}
	wantValues(t, gather(t, Judgements{Monitor: m, Ready: func() error { return nil }, Leads: func() bool { return false }}), map[string]float64{
		"outcry_active_services": 5, "outcry_incidents level=outage": 2, "outcry_incidents level=warning": 1,
		"outcry_judged_timestamp_seconds": 1_600_000_000.5, "outcry_ready": 1,
	})
	got := gather(t, Judgements{Monitor: m, Ready: func() error { return errors.New("away") }})
	if got["outcry_ready"] != 0 || got["outcry_leader"] != 1 {
		t.Errorf("a single process that is not ready has %v", got)
	}
}

func TestCachesAreCountedByResult(t *testing.T) {
	read := func() cache.Stats { return cache.Stats{Hits: 5, Stale: 1, Loads: 2} }
	wantValues(t, gather(t, Caches{"pages": read}), map[string]float64{
		"outcry_cache_requests_total cache=pages result=hit": 5, "outcry_cache_requests_total cache=pages result=stale": 1, "outcry_cache_requests_total cache=pages result=load": 2,
	})
}
