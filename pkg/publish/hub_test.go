package publish

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

// take returns the IDs of the queued frames, and whether there may be more.
func take(s *Subscription) (ids []int64, open bool) {
	frames, open := s.Take()
	for _, f := range frames {
		ids = append(ids, f.ID)
	}
	return ids, open
}

func subscribe(t *testing.T, h *Hub, f Filter) *Subscription {
	t.Helper()
	s, err := h.Subscribe(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSubscribersGetTheEventsTheirFilterSelects(t *testing.T) {
	h := NewHub(10, false)
	events := []Event{
		{ID: 1, Name: Status, Service: "whatsapp", Countries: []string{"IN", "BD"}},
		{ID: 2, Name: Status, Service: "whatsapp"},
		{ID: 3, Name: Status, Service: "grameen", Countries: []string{"BD"}},
		{ID: 4, Name: Status, Service: "grameen", Countries: []string{"US"}},
		{ID: 5, Name: Status},
	}
	want := map[Filter][]int64{
		{}:                                   {1, 2, 3, 4, 5},
		{Service: "whatsapp"}:                {1, 2},
		{Country: "BD"}:                      {1, 2, 3, 5},
		{Service: "grameen", Country: "US"}:  {4},
		{Service: "whatsapp", Country: "US"}: {2},
		{Service: "nosuch"}:                  nil,
	}
	subscriptions := map[Filter]*Subscription{}
	for f := range want {
		subscriptions[f] = subscribe(t, h, f)
	}
	h.Publish(events[:2]...)
	h.Publish(events[2:]...)
	for f, s := range subscriptions {
		got, open := take(s)
		if diff := cmp.Diff(want[f], got); diff != "" || !open {
			t.Errorf("%+v: open is %v, IDs (-want +got):\n%s", f, open, diff)
		}
	}
}

func TestASlowSubscriberIsDroppedAndOthersAreNot(t *testing.T) {
	h := NewHub(2, false)
	slow, quick := subscribe(t, h, Filter{}), subscribe(t, h, Filter{})
	var got []int64
	for id := int64(1); id <= queueSize+1; id++ {
		h.Publish(Event{ID: id, Name: Status, Service: "whatsapp"})
		ids, _ := take(quick)
		got = append(got, ids...)
	}
	if len(got) != queueSize+1 {
		t.Errorf("the quick subscriber got %d events, want %d", len(got), queueSize+1)
	}
	ids, open := take(slow)
	if open || len(ids) != queueSize {
		t.Errorf("the slow subscriber got %d events, open is %v; want %d, then closed", len(ids), open, queueSize)
	}
	if n, dropped := h.Stats(); n != 1 || dropped != 1 {
		t.Errorf("Stats() = %d, %d, want 1 subscriber and 1 dropped", n, dropped)
	}
	slow.Close() // a second Close does nothing
	subscribe(t, h, Filter{})
}

func TestWhenAllQueuesAreLongTheSubscribersThatAreBehindAreDropped(t *testing.T) {
	h := NewHub(2*maxQueued/queueSize, false)
	var slow []*Subscription
	for range maxQueued/queueSize + 1 {
		slow = append(slow, subscribe(t, h, Filter{}))
	}
	quick := subscribe(t, h, Filter{})
	for id := int64(1); id <= queueSize; id++ {
		h.Publish(Event{ID: id, Name: Status, Service: "whatsapp"})
		if ids, open := take(quick); !open || len(ids) != 1 {
			t.Fatalf("the quick subscriber got %v at event %d, open is %v", ids, id, open)
		}
	}
	if _, dropped := h.Stats(); dropped == 0 || h.queued > maxQueued {
		t.Errorf("%d frames are queued and %d subscribers were dropped, want at most %d frames", h.queued, dropped, maxQueued)
	}
	for _, s := range slow {
		take(s)
		s.Close()
	}
	if h.queued != 0 {
		t.Errorf("%d frames are counted as queued after all were taken", h.queued)
	}
}

func TestAFullHubRefusesSubscribers(t *testing.T) {
	h := NewHub(1, false)
	first := subscribe(t, h, Filter{})
	if _, err := h.Subscribe(Filter{}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Subscribe to a full hub: %v, want fault.Unavailable", err)
	}
	first.Close()
	subscribe(t, h, Filter{})
}

func TestCloseEndsAllSubscriptions(t *testing.T) {
	h := NewHub(10, false)
	a, b := subscribe(t, h, Filter{}), subscribe(t, h, Filter{Service: "whatsapp"})
	h.Publish(Event{ID: 1, Name: Status, Service: "whatsapp"})
	h.Close()
	for _, s := range []*Subscription{a, b} {
		if ids, open := take(s); open || len(ids) != 1 {
			t.Errorf("after Close there are %d events, open is %v; want the 1 sent before, then closed", len(ids), open)
		}
		s.Close()
	}
	h.Publish(Event{ID: 2, Name: Status, Service: "whatsapp"})
	if _, err := h.Subscribe(Filter{}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Subscribe to a closed hub: %v, want fault.Unavailable", err)
	}
	if n, _ := h.Stats(); n != 0 || len(h.byService) != 0 {
		t.Errorf("%d subscribers and %d services are left", n, len(h.byService))
	}
}

func TestAHubServesManyGoroutines(t *testing.T) {
	h := NewHub(1000, false)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			s, err := h.Subscribe(Filter{Service: fmt.Sprint(i % 3)})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			h.Publish(Event{ID: 1, Name: Status, Service: fmt.Sprint(i % 3)})
			<-s.Ready()
			if frames, open := s.Take(); !open || len(frames) == 0 {
				t.Error("a subscriber with room in its queue was dropped, or got nothing")
			}
		})
	}
	wg.Wait()
	if n, _ := h.Stats(); n != 0 {
		t.Errorf("%d subscribers are left", n)
	}
}

func TestFramesMatchTheGoldenFile(t *testing.T) {
	inc := incident.Incident{
		ID: "whatsapp-2022-10-25-0712", Service: "whatsapp", State: incident.Confirmed, Level: detect.Outage, Onset: noon.Add(-time.Hour), Updated: noon,
		Countries: []incident.Segment{{ID: "IN"}, {ID: "BD"}},
		Verdict:   detect.Verdict{At: noon, Window: 15 * time.Minute, Observed: 4018, Expected: 21.53333, Networks: 1311, Confidence: 0.99999},
		Linked:    []string{"facebook-2022-10-25-0713", "instagram-2022-10-25-0713"},
	}
	echo := incident.Incident{ID: "tim-it-2022-10-25-0720", Service: "tim-it", State: incident.Suspected, Level: detect.Warning, Updated: noon, EchoOf: "whatsapp",
		Verdict: detect.Verdict{At: noon, Window: 15 * time.Minute, Observed: 40, Expected: 20, Networks: 31, Confidence: 0.9}}
	e := incident.Event{Incident: inc.ID, Version: 3, At: noon, Change: incident.BecameConfirmed, State: incident.Confirmed, Observed: 4018,
		Expected: 21.53333, Window: 15 * time.Minute, Networks: 1311, Countries: []string{"IN", "BD"}}
	status, change := NewStatusEvent(inc), NewIncidentEvent(inc, e)
	status.ID, change.ID = 4711, 4712
	over := inc
	over.State, over.Level = incident.Resolved, detect.OK
	end := NewIncidentEvent(over, incident.Event{Incident: inc.ID, Version: 9, At: noon, Change: incident.BecameResolved, State: incident.Resolved, Window: time.Hour})

	var out strings.Builder
	for _, e := range []Event{
		status, change, end, NewStatusEvent(echo), NewCountsEvent("whatsapp", detect.Outage, inc.Verdict),
		{Name: Reset, Data: []byte(`{}`)},
		{ID: 1, Name: Status, Data: []byte("{\n  \"service\": \"x\"\n}\n")},
	} {
		fmt.Fprintf(&out, "# concerns %v\n%s", e.Countries, Encode(e, false).Text)
		fmt.Fprintf(&out, "# the same, simulated\n%s", Encode(e, true).Text)
	}
	const path = "testdata/frames.golden"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestAnEventConcernsItsCountriesOrAll(t *testing.T) {
	inc := incident.Incident{Service: "whatsapp", Level: detect.Warning, Countries: []incident.Segment{{ID: "IN"}}}
	over := inc
	over.Level = detect.OK
	for _, x := range []struct {
		name  string
		event Event
		all   bool
	}{
		{"a warning", NewStatusEvent(inc), false},
		{"the end of it", NewStatusEvent(over), true},
		{"a confirmation", NewIncidentEvent(inc, incident.Event{Change: incident.BecameConfirmed}), false},
		{"a spread, after which a country may have left", NewIncidentEvent(inc, incident.Event{Change: incident.CountriesChanged}), true},
		{"the end of an incident", NewIncidentEvent(over, incident.Event{Change: incident.BecameResolved}), true},
	} {
		if !(Filter{Country: "IN"}).Match(x.event) {
			t.Errorf("%s does not concern the incident's country", x.name)
		}
		if got := (Filter{Country: "BD"}).Match(x.event); got != x.all {
			t.Errorf("%s concerns another country: %v, want %v", x.name, got, x.all)
		}
	}
}

// BenchmarkPublish sends one event to 2,000 subscribers.
func BenchmarkPublish(b *testing.B) {
	h := NewHub(2000, false)
	var all []*Subscription
	for range 2000 {
		s, err := h.Subscribe(Filter{})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, s)
	}
	e := Event{ID: 1, Name: Counts, Service: "whatsapp", Data: []byte(`{"service":"whatsapp"}`)}
	for b.Loop() {
		h.Publish(e)
		for _, s := range all {
			s.Take()
		}
	}
}
