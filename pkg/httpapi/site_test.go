package httpapi

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/webhook"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	flag.Parse()
	os.Exit(m.Run())
}

// now is the morning on which WhatsApp was down for two hours.
var now = time.Date(2022, 10, 25, 7, 50, 12, 345_678_900, time.UTC)

const catalogYAML = `symptoms:
  connection: {en: Connection, bn: সংযোগ}
  messaging: {en: Messaging, bn: বার্তা}
  other: {en: Other}
categories:
  messaging: {names: {en: Messaging, bn: বার্তা}, symptoms: [connection, messaging, other]}
  tools: {names: {en: Tools}, symptoms: [connection, other]}
providers:
  meta: {en: Meta}
services:
  whatsapp: {names: {en: WhatsApp, bn: হোয়াটসঅ্যাপ}, category: messaging, provider: meta}
  messenger: {names: {en: Messenger}, category: messaging, provider: meta, depends_on: [whatsapp]}
  grameen: {names: {en: Grameen}, category: tools, countries: [BD]}
`

// site is an API on fakes that a test can arrange, with its log.
type site struct {
	t        testing.TB
	catalog  *catalog.Catalog
	ingest   *fakeIngest
	board    *fakeBoard
	past     *fakePast
	keys     *fakeKeys
	trail    *fakeTrail
	webhooks *fakeWebhooks
	browsers *fakeBrowsers
	log      *fakeLog
	hub      *publish.Hub
	logged   *lockedBuffer
	api      *API
	engine   *gin.Engine
}

// newSite returns a site; change may alter its options before it is built.
func newSite(t testing.TB, change ...func(*Options)) *site {
	t.Helper()
	c, err := catalog.Parse("test.yaml", []byte(catalogYAML))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{
		t: t, catalog: c, ingest: &fakeIngest{catalog: c}, board: &fakeBoard{}, past: &fakePast{}, keys: newFakeKeys(), trail: &fakeTrail{}, webhooks: newFakeWebhooks(), browsers: &fakeBrowsers{},
		log: &fakeLog{}, logged: &lockedBuffer{},
	}
	key, err := seal.New(strings.Repeat("k", seal.MinLength))
	if err != nil {
		t.Fatal(err)
	}
	if err := notify.Seal(key, &s.webhooks.stored, notify.Private{Address: "https://hooks.example.org/telltale", Secret: "whsec_telltale"}); err != nil {
		t.Fatal(err)
	}
	o := Options{
		Webhooks: &webhook.Desk{Rules: webhook.Rules{Catalog: c, Languages: []string{"en", "bn"}}, Store: s.webhooks, Key: key},
		Push:     pushDesk(t, s.browsers, key, c),
		Desk: &admin.Desk{Rules: admin.Rules{Catalog: c, Languages: []string{"en", "bn"}, Retention: 7 * 24 * time.Hour}, Trail: s.trail, Senders: s.trail, Wishes: s.trail, Incidents: admin.Current(s.past, nobodyLives{}),
			Seal: func(p netip.Prefix, _ time.Time) (report.Block, error) {
				return report.Block{Day: 7, Bits: p.Bits(), V6: p.Addr().Is6(), Hash: 99}, nil
			}},
		Catalog: c, Ingest: s.ingest, Board: s.board, Incidents: s.past, Keys: s.keys, Events: s.log, History: s.past,
		Hub: publish.NewHub(3, false), Streams: StreamLimits{2, 3, 4},
		Log: slog.New(slog.NewTextHandler(s.logged, nil)), Now: func() time.Time { return now },
	}
	for _, f := range change {
		f(&o)
	}
	s.hub = o.Hub
	if s.api, err = New(o); err != nil {
		t.Fatal(err)
	}
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	if err := s.engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	if home, err := publicurl.Parse(o.PublicURL); err == nil {
		s.engine.Use(func(c *gin.Context) { c.Request = publicurl.With(c.Request, home) })
	}
	s.engine.NoRoute(s.api.NotFound)
	s.engine.NoMethod(s.api.NoMethod)
	s.api.Mount(s.engine)
	return s
}

// simulatedSite changes the options to those of a simulated server.
func simulatedSite(o *Options) {
	o.Simulated = true
	o.Hub = publish.NewHub(3, true)
}

// do sends a request. Headers are given as "Name: value"; a body is JSON unless
// they say otherwise.
func (s *site) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, request(method, path, body, headers...))
	return w
}

// request returns a request; its arguments are those of do.
func request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("answers differ from testdata/%s (-want +got):\n%s", name, diff)
	}
}

// valueOrNull returns the value that p points to as text, or "null".
func valueOrNull[T any](p *T) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprint(*p)
}

// lockedBuffer is a buffer that several goroutines may use at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var whatsapp = status.Status{
	Service: "whatsapp", Level: detect.Outage, State: incident.Confirmed, Since: now.Add(-32 * time.Minute), AsOf: now, Window: 15 * time.Minute,
	Observed: 4018, Expected: 21.53333333, Networks: 1311, Confidence: 0.99999, Reason: detect.Reason{Code: detect.ReasonUnusual, Below: 40.2},
	Countries: []status.Country{
		{Code: "IN", Count: 3014, Expected: 12.25, Share: 0.75012444, Level: detect.Outage, PerMillion: 2.1},
		{Code: "ZZ", Count: 1004, Expected: 9.2, Share: 0.24987556, Level: detect.Warning},
	},
	Incident: "whatsapp-2022-10-25-0712",
}
