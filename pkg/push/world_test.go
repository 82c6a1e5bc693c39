package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/dispatch"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/seal"
)

var (
	noon     = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
)

// world is an archive, a dispatcher on a virtual clock, and a push service.
type world struct {
	t       *testing.T
	archive *archive.Archive
	folder  string
	key     *seal.Key
	now     time.Time
	desk    *Desk
	live    map[string]*incident.Incident
	service *service
	*dispatch.Dispatcher
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), now: noon, live: map[string]*incident.Incident{}, service: newService(t)}
	var err error
	if w.archive, err = archive.Open(t.Context(), filepath.Join(w.folder, "outcry.db"), archive.Options{Relaxed: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.archive.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.key, err = seal.New(strings.Repeat("k", seal.MinLength)); err != nil {
		t.Fatal(err)
	}
	identity, err := NewIdentity(w.key, "https://outcry.example")
	if err != nil {
		t.Fatal(err)
	}
	w.service.public = identity.PublicKey()
	w.desk = &Desk{
		Store: w.archive, Key: w.key, Identity: identity, Languages: []string{"en", "bn"}, Allow: loopback,
		HasService: func(slug string) bool { return slug == "whatsapp" || strings.HasPrefix(slug, "service-") },
		Live:       func(slug string) *incident.Incident { return w.live[slug] },
	}
	w.Dispatcher = dispatch.New(dispatch.Options{
		Outbox: w.archive, Key: w.key, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now }, Simulated: true,
		Channels: map[string]notify.Channel{Channel: NewSender(Options{Identity: identity, Agent: "Outcry/test", Allow: loopback, Roots: w.service.roots})},
		About:    func(string) notify.About { return notify.About{} },
		Word: func(m notify.Message, language string) notify.Text {
			return notify.Text{Title: fmt.Sprintf("%s %v in %s", m.Kind, m.Simulated, language), Body: "ঠিক আছে", URL: "https://outcry.example/incidents/" + m.Incident.ID}
		},
	})
	return w
}

// subscribe has a browser ask for something.
func (w *world) subscribe(b testBrowser, path, service string, when When) Subscribed {
	w.t.Helper()
	s, err := w.desk.Subscribe(w.t.Context(), Wish{Service: service, When: when, Language: "bn", Browser: b.subscription(w.service.URL + path)}, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// save saves the next version of an incident.
func (w *world) save(in *incident.Incident) {
	w.t.Helper()
	in.Version++
	in.Updated = w.now
	if _, err := w.archive.SaveIncident(w.t.Context(), *in, nil, nil); err != nil {
		w.t.Fatal(err)
	}
	w.live[in.Service] = in
	if in.State == incident.Resolved {
		delete(w.live, in.Service)
	}
}

// run dispatches for a while.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(30 * time.Second) {
		if err := w.Tick(w.t.Context(), w.now); err != nil {
			w.t.Fatal(err)
		}
		if err := w.Settle(w.t.Context(), w.now); err != nil {
			w.t.Fatal(err)
		}
	}
}

// count returns how many subscriptions are stored that have not ended.
func (w *world) count() int {
	w.t.Helper()
	all, err := w.archive.Subscriptions(w.t.Context(), archive.SubscriptionFilter{Channel: Channel})
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, s := range all {
		if s.State != notify.Ended {
			n++
		} else if len(s.Sealed) > 0 || s.Lookup != "" {
			w.t.Errorf("subscription %s has ended, and its endpoint is still stored", s.ID)
		}
	}
	return n
}

func warned(service string, at time.Time) *incident.Incident {
	return &incident.Incident{ID: service + "-1", Service: service, State: incident.Suspected, Level: detect.Warning, Onset: at, Suspected: at, Updated: at}
}

func confirm(in *incident.Incident, at time.Time) {
	in.State, in.Level, in.Declared, in.Resolved = incident.Confirmed, detect.Outage, at, time.Time{}
}

func resolve(in *incident.Incident, at time.Time) {
	in.State, in.Level, in.Resolved = incident.Resolved, detect.OK, at
}

// arrived is a message as a push service got it.
type arrived struct {
	path   string
	header http.Header
	body   []byte
}

// service is a push service of the test. It refuses what a real one refuses.
type service struct {
	*httptest.Server
	t      *testing.T
	roots  *x509.CertPool
	public string // key of the installation

	mu     sync.Mutex
	got    []arrived
	status int // of answers; 0 is 201
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, roots: x509.NewCertPool()}
	s.Server = httptest.NewTLSServer(s)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(s.Close)
	s.roots.AddCert(s.Certificate())
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || r.Method != http.MethodPost {
		s.t.Errorf("the push service got a %s with error %v", r.Method, err)
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
		return
	}
	s.got = append(s.got, arrived{r.URL.Path, r.Header, body})
	w.WriteHeader(http.StatusCreated)
}

func (s *service) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// take returns what arrived since the last call.
func (s *service) take() []arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// verify checks the Authorization header of a message as RFC 8292 has it, and returns the claims.
func (s *service) verify(a arrived) (claims map[string]any, err error) {
	token, key, found := strings.Cut(strings.TrimPrefix(a.header.Get("Authorization"), "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !found || len(parts) != 3 || key != s.public {
		return nil, fmt.Errorf("the header is %q", a.header.Get("Authorization"))
	}
	point, signature := mustDecode(s.t, key), mustDecode(s.t, parts[2])
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 || !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return nil, fmt.Errorf("the signature is wrong")
	}
	var header map[string]any
	if err := json.Unmarshal(mustDecode(s.t, parts[0]), &header); err != nil {
		return nil, err
	}
	if header["alg"] != "ES256" {
		return nil, fmt.Errorf("the header of the token is %v", header)
	}
	return claims, json.Unmarshal(mustDecode(s.t, parts[1]), &claims)
}

var _ Store = (*archive.Archive)(nil)
