package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/publish"
)

// change returns an event about a service whose data holds its ID.
func change(id int64, service string) publish.Event {
	return publish.Event{ID: id, Name: publish.Status, Service: service, Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, id))}
}

// follower is a client that reads a stream in a synctest bubble.
type follower struct {
	w      *lockedRecorder
	cancel context.CancelFunc
	done   chan struct{}
}

// lockedRecorder is a response that a test may read while it is written.
type lockedRecorder struct {
	mu    sync.Mutex
	w     *httptest.ResponseRecorder
	stuck atomic.Pointer[chan struct{}] // writes wait for it to be closed
}

func (l *lockedRecorder) Header() http.Header { return l.w.Header() }
func (l *lockedRecorder) Flush()              {}

func (l *lockedRecorder) WriteHeader(code int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w.WriteHeader(code)
}

func (l *lockedRecorder) Write(p []byte) (int, error) {
	if stuck := l.stuck.Load(); stuck != nil {
		<-*stuck
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (l *lockedRecorder) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Body.String()
}

// follow opens a stream and returns once it waits for events.
func (s *site) follow(path string, headers ...string) *follower {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{w: &lockedRecorder{w: httptest.NewRecorder()}, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		s.engine.ServeHTTP(f.w, request("GET", Base+path, "", headers...).WithContext(ctx))
	}()
	synctest.Wait()
	return f
}

// ids returns the IDs of the events received so far.
func (f *follower) ids() (ids []string) {
	for line := range strings.Lines(f.w.text()) {
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			ids = append(ids, strings.TrimSpace(id))
		}
	}
	return ids
}

// ended reports whether the stream has ended.
func (f *follower) ended() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

func TestAStreamSendsNewEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.log.append(change(1, "whatsapp"))
		f := s.follow("/events?service=whatsapp")
		s.hub.Publish(change(2, "whatsapp"), change(3, "grameen"))
		s.hub.Publish(publish.Event{Name: publish.Counts, Service: "whatsapp", Data: []byte(`{"n":"counts"}`)})
		time.Sleep(2*heartbeat + time.Second) // in the bubble
		s.hub.Publish(change(4, "whatsapp"))
		synctest.Wait()
		golden(t, "stream.golden", f.w.text())
		f.cancel()
		synctest.Wait()
		if n, _ := s.hub.Stats(); !f.ended() || n != 0 || len(s.api.streams.counts[0]) != 0 {
			t.Errorf("after the client left: ended() = %v, %d subscribers, streams %v; want true, 0 and none", f.ended(), n, s.api.streams.counts[0])
		}
		if s.logged.String() != "" {
			t.Errorf("log is not empty, want no entry:\n%s", s.logged)
		}
	})
}

func TestAStreamContinuesAfterTheLastEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for id := int64(1); id <= 5; id++ {
			s.log.append(change(id, "whatsapp"))
		}
		f := s.follow("/events", "Last-Event-ID: 2")
		if diff := cmp.Diff([]string{"3", "4", "5"}, f.ids()); diff != "" {
			t.Errorf("IDs of replayed events (-want +got):\n%s", diff)
		}
		// The hub sends events again that were published while the log was read.
		s.hub.Publish(change(4, "whatsapp"), change(5, "whatsapp"), change(6, "whatsapp"))
		s.hub.Publish(publish.Event{Name: publish.Counts, Service: "whatsapp", Data: []byte(`{"n":"counts"}`)})
		synctest.Wait()
		if diff := cmp.Diff([]string{"3", "4", "5", "6"}, f.ids()); diff != "" {
			t.Errorf("IDs of replayed and new events (-want +got):\n%s", diff)
		}
		if strings.Contains(f.w.text(), "event: reset") || !strings.Contains(f.w.text(), `"n":"counts"`) {
			t.Errorf("stream, want counts in it and no reset:\n%s", f.w.text())
		}
		f.cancel()
	})
}

// TestAStreamLosesNothingBetweenLogAndHub publishes events while the log is read.
func TestAStreamLosesNothingBetweenLogAndHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *site
		next := int64(3)
		s = newSite(t, func(o *Options) {
			o.Events = logFunc(func(after int64, limit int) ([]publish.Event, bool, error) {
				page, missed, err := s.log.Events(context.Background(), after, limit)
				// This event is too late for the page, and the client does not have it yet.
				e := change(next, "whatsapp")
				next++
				s.log.append(e)
				s.hub.Publish(e)
				return page, missed, err
			})
		})
		s.log.append(change(1, "whatsapp"), change(2, "whatsapp"))
		f := s.follow("/events", "Last-Event-ID: 1")
		s.hub.Publish(change(4, "whatsapp"))
		synctest.Wait()
		if diff := cmp.Diff([]string{"2", "3", "4"}, f.ids()); diff != "" {
			t.Errorf("IDs of the stream (-want +got):\n%s", diff)
		}
		f.cancel()
	})
}

type logFunc func(after int64, limit int) ([]publish.Event, bool, error)

func (f logFunc) Events(_ context.Context, after int64, limit int) ([]publish.Event, bool, error) {
	return f(after, limit)
}

func TestALongReplayIsReadInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		const n = 2*replayPage + 7
		for id := int64(1); id <= n; id++ {
			service := "whatsapp"
			if id%2 == 0 {
				service = "grameen"
			}
			s.log.append(change(id, service))
		}
		f := s.follow("/events?service=whatsapp", "Last-Event-ID: 0")
		ids := f.ids()
		if len(ids) != (n+1)/2 || ids[len(ids)-1] != fmt.Sprint(n) {
			t.Errorf("the stream has %d events %v, want %d up to %d", len(ids), ids, (n+1)/2, n)
		}
		f.cancel()
	})
}

func TestAStreamResetsWhenEventsAreGone(t *testing.T) {
	for name, last := range map[string]string{"an ID that is no longer kept": "3", "an ID of another log": "99"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, simulatedSite)
				s.log.append(change(10, "whatsapp"), change(11, "whatsapp"))
				f := s.follow("/events", "Last-Event-ID: "+last)
				s.hub.Publish(change(12, "whatsapp"))
				synctest.Wait()
				before, after, found := strings.Cut(f.w.text(), "event: reset\ndata: {\"simulated\":true}\n\n")
				if !found || strings.Contains(before, "id:") || !strings.Contains(after, "id: 12\n") {
					t.Errorf("stream, want a reset before all events, and event 12:\n%s", f.w.text())
				}
				f.cancel()
			})
		})
	}
}

func TestASlowReaderIsDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		f := s.follow("/events")
		stuck := make(chan struct{})
		f.w.stuck.Store(&stuck)
		s.hub.Publish(change(1, "whatsapp"))
		synctest.Wait()
		var many []publish.Event
		for id := int64(2); id < 20_000; id++ {
			many = append(many, change(id, "whatsapp"))
		}
		s.hub.Publish(many...)
		close(stuck)
		synctest.Wait()
		if !f.ended() {
			t.Error("ended() = false after the client missed events, want true")
		}
		// The client has every event up to the last one sent, so it can resume there.
		for i, id := range f.ids() {
			if id != fmt.Sprint(i+1) {
				t.Fatalf("event %d of the stream has the ID %s, want %d", i+1, id, i+1)
			}
		}
		f.cancel()
	})
}

func TestStreamsEndWithTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		f := s.follow("/events")
		s.hub.Close()
		synctest.Wait()
		if !f.ended() {
			t.Error("ended() = false after the hub closed, want true")
		}
		f.cancel()
	})
}

func TestStreamsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t) // 2 of an address, 3 in all
		a, b := s.follow("/events"), s.follow("/events")
		if w := s.do("GET", Base+"/events", ""); w.Code != 429 || w.Header().Get("Retry-After") == "" || w.Header().Get("RateLimit") == "" {
			t.Errorf("GET /events for a third stream of an address answered %d with headers %v, want 429 with Retry-After and RateLimit", w.Code, w.Header())
		}
		other := func() *httptest.ResponseRecorder {
			r := request("GET", Base+"/events", "")
			r.RemoteAddr = "198.51.100.7:1"
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			return s.serve(r.WithContext(ctx))
		}
		if w := other(); w.Code != 200 {
			t.Errorf("GET /events from another address answered %d, want 200", w.Code)
		}
		if _, err := s.hub.Subscribe(publish.Filter{}); err != nil {
			t.Fatal(err)
		}
		if w := other(); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("GET /events for a fourth stream in all answered %d with headers %v, want 503 with Retry-After", w.Code, w.Header())
		}
		a.cancel()
		synctest.Wait()
		c := s.follow("/events")
		if c.ended() {
			t.Error("ended() = true for a stream opened after another ended, want false")
		}
		b.cancel()
		c.cancel()
	})
}

func TestHEADOfAStreamEnds(t *testing.T) {
	w := newSite(t).do("HEAD", Base+"/events", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/event-stream" || w.Body.Len() != 0 {
		t.Errorf("HEAD /events answered %d with headers %v and body %q, want 200 with text/event-stream and no body", w.Code, w.Header(), w.Body)
	}
}

// TestAStreamOutlivesTheServersTimeouts uses a real server, whose limits for a
// whole request and response are far shorter than the stream.
func TestAStreamOutlivesTheServersTimeouts(t *testing.T) {
	s := newSite(t)
	server := httptest.NewUnstartedServer(s.engine)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 250*time.Millisecond, 250*time.Millisecond
	server.Start()
	defer server.Close()
	resp, err := http.Get(server.URL + Base + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	began := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	lines := bufio.NewScanner(resp.Body)
	for id := int64(1); time.Since(began) < 700*time.Millisecond; id++ {
		s.hub.Publish(change(id, "whatsapp"))
		want := fmt.Sprintf("id: %d", id)
		for lines.Scan() && lines.Text() != want {
		}
		if lines.Text() != want {
			t.Fatalf("the stream ended after %v before event %d with error %v, want it to last 700ms", time.Since(began), id, lines.Err())
		}
		<-tick.C
	}
}
