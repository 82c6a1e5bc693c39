package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
)

func TestStreamsOfOneHouseholdAreCountedTogether(t *testing.T) {
	s := newStreams("streams", StreamLimits{limit.Address: 1})
	one, neighbour, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("2001:db8:0:1::1")
	if err := s.open(one, http.Header{}); err != nil {
		t.Fatal(err)
	}
	if err := s.open(neighbour, http.Header{}); fault.KindOf(err) != fault.Limited {
		t.Errorf("open(%v) after open(%v) = %v, want fault.Limited", neighbour, one, err)
	}
	if err := s.open(other, http.Header{}); err != nil {
		t.Errorf("open(%v) in another /64 = %v, want no error", other, err)
	}
	s.close(one)
	if err := s.open(neighbour, http.Header{}); err != nil {
		t.Errorf("open(%v) after close(%v) = %v, want no error", neighbour, one, err)
	}
}

func TestOneAllocationCannotHoldAllStreams(t *testing.T) {
	for _, x := range []struct {
		name, names string
		addr        func(i int) string
		want        int
	}{
		{"one address", "your network address", func(int) string { return "203.0.113.1" }, 3},
		{"a /48", "the network of your address", func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i) }, 5},
		{"a /29", "the range of addresses", func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i) }, 7},
	} {
		s := newStreams("streams", StreamLimits{3, 5, 7})
		for i := range 20 {
			err := s.open(netip.MustParseAddr(x.addr(i)), http.Header{})
			if wantErr := i >= x.want; (err != nil) != wantErr || wantErr && (fault.KindOf(err) != fault.Limited || !strings.Contains(err.Error(), x.names)) {
				t.Fatalf("stream %d of %s: %v, want %d streams and then fault.Limited that names %q", i+1, x.name, err, x.want, x.names)
			}
		}
		if err := s.open(netip.MustParseAddr("198.51.100.1"), http.Header{}); err != nil {
			t.Errorf("a stream elsewhere while %s has all of its own: %v", x.name, err)
		}
		s.close(netip.MustParseAddr("198.51.100.1"))
		for i := range x.want {
			s.close(netip.MustParseAddr(x.addr(i)))
		}
		for level, counts := range s.counts {
			if len(counts) != 0 {
				t.Errorf("%s: after all streams are closed %d senders of level %d are remembered, want none", x.name, len(counts), level)
			}
		}
	}
}

// noReplays is a limiter with no replays left.
type noReplays struct{}

func (noReplays) Take(class limit.Class, _ limit.Sender, _ time.Time) limit.Decision {
	return limit.Decision{Class: class, Allowed: class != limit.Replays, Limit: 300, Period: time.Minute, RetryAfter: time.Second, Reset: time.Minute}
}

func (noReplays) GiveBack(limit.Class, limit.Sender, time.Time) {}

func TestReplaysOfEventsAreLimited(t *testing.T) {
	s := newSite(t)
	get := func(headers ...string) *httptest.ResponseRecorder {
		r := request("HEAD", Base+"/events", "", headers...)
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, r.WithContext(limit.With(r.Context(), noReplays{}, limit.Sender{})))
		return w
	}
	if w := get("Last-Event-ID: 0"); w.Code != 429 || w.Header().Get("RateLimit") != `"replays";r=0;t=60` || w.Header().Get("Retry-After") != "1" {
		t.Errorf("a replay: status %d with headers %v, want 429 with RateLimit and Retry-After", w.Code, w.Header())
	}
	if w := get(); w.Code != 200 {
		t.Errorf("a stream of new events: status %d, want 200", w.Code)
	}
	if n := len(s.api.streams.counts[limit.Address]); n != 0 {
		t.Errorf("%d addresses have open streams afterwards, want none", n)
	}
}
