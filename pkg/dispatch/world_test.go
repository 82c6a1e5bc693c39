package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/seal"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// world is an archive, a dispatcher on a virtual clock, and a receiver that notes
// what arrives.
type world struct {
	t       *testing.T
	archive *archive.Archive
	key     *seal.Key
	now     time.Time
	*Dispatcher
	receiver *receiver
}

// receiver is a channel of the test.
type receiver struct {
	mu       sync.Mutex
	arrived  []notify.Delivery
	attempts map[string]int // by message
	busy     map[string]bool
	overlaps int
	// answer says what becomes of an attempt; nil delivers all.
	answer func(ctx context.Context, d notify.Delivery) notify.Outcome
}

func (r *receiver) Deliver(ctx context.Context, d notify.Delivery) notify.Outcome {
	r.mu.Lock()
	r.attempts[d.Message.ID]++
	if r.busy[d.Subscription.ID] {
		r.overlaps++
	}
	r.busy[d.Subscription.ID] = true
	answer := r.answer
	r.mu.Unlock()
	outcome := notify.Outcome{Result: notify.Delivered, Status: 200}
	if answer != nil {
		outcome = answer(ctx, d)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[d.Subscription.ID] = false
	if outcome.Result == notify.Delivered {
		r.arrived = append(r.arrived, d)
	}
	return outcome
}

func openArchive(t *testing.T) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, archive: openArchive(t), now: noon, receiver: &receiver{attempts: map[string]int{}, busy: map[string]bool{}}}
	var err error
	if w.key, err = seal.New(strings.Repeat("k", seal.MinLength)); err != nil {
		t.Fatal(err)
	}
	w.Dispatcher = w.newDispatcher(w.archive)
	return w
}

func (w *world) newDispatcher(o Outbox) *Dispatcher {
	return New(Options{
		Outbox: o, Channels: map[string]notify.Channel{"test": w.receiver}, Key: w.key,
		About: func(service string) notify.About { return notify.About{Provider: "of-" + service, Category: "chat"} },
		Word: func(m notify.Message, language string) notify.Text {
			return notify.Text{Title: string(m.Kind) + " in " + language}
		},
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now },
	})
}

// subscribe stores a subscription with all that a filter can leave out left out.
func (w *world) subscribe(id string, f notify.Filter, change ...func(*notify.Subscription)) {
	w.t.Helper()
	s := notify.Subscription{ID: id, Channel: "test", State: notify.Active, Filter: f, Language: "en", Created: w.now}
	for _, c := range change {
		c(&s)
	}
	if err := notify.Seal(w.key, &s, notify.Private{Address: "address of " + id}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.archive.AddSubscription(w.t.Context(), s); err != nil {
		w.t.Fatal(err)
	}
}

// save saves the next version of an incident.
func (w *world) save(in *incident.Incident) {
	w.t.Helper()
	in.Version++
	in.Updated = w.now
	if _, err := w.archive.SaveIncident(w.t.Context(), *in, nil, nil); err != nil {
		w.t.Fatal(err)
	}
}

// tick dispatches once and waits for the deliveries.
func (w *world) tick() {
	w.t.Helper()
	if err := w.Tick(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Settle(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
}

// run dispatches for a while.
func (w *world) run(d, step time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(step) {
		w.tick()
	}
}

// told returns what arrived at a subscription, as "kind version", without repeats.
func (w *world) told(id string) []string {
	w.receiver.mu.Lock()
	defer w.receiver.mu.Unlock()
	var list []string
	for _, d := range w.receiver.arrived {
		if d.Subscription.ID == id {
			list = append(list, fmt.Sprintf("%s %d", d.Message.Kind, d.Message.Incident.Version))
		}
	}
	return list
}

// suspected returns an incident that is not stored yet.
func suspected(service string, at time.Time) *incident.Incident {
	return &incident.Incident{
		ID: service + at.Format("-2006-01-02-1504"), Service: service, State: incident.Suspected, Level: detect.Warning, Onset: at, Suspected: at, Updated: at,
		Countries: []incident.Segment{{ID: "BD", Level: detect.Warning, Observed: 9}},
	}
}

func confirm(in *incident.Incident, at time.Time) {
	in.State, in.Level, in.Declared = incident.Confirmed, detect.Outage, at
	in.Easing, in.Resolved = time.Time{}, time.Time{}
}

func resolve(in *incident.Incident, at time.Time) {
	in.State, in.Level, in.Resolved = incident.Resolved, detect.OK, at
}

// wander changes an incident by a random step of its life.
func wander(r *rand.Rand, in *incident.Incident, at time.Time) {
	switch n := r.IntN(10); {
	case in.IsRetracted():
		in.Corrections = append(in.Corrections, incident.Correction{Change: incident.Annotated})
	case n == 0:
		change := []incident.Change{incident.Annotated, incident.Corrected}[r.IntN(2)]
		in.Corrections = append(in.Corrections, incident.Correction{Change: change})
	case n == 1 && r.IntN(4) == 0:
		in.RetractedAt = at
		in.Corrections = append(in.Corrections, incident.Correction{Change: incident.Retracted})
		resolve(in, at)
	case in.State == incident.Resolved:
		if in.Reopened = at; in.Declared.IsZero() {
			in.State, in.Level, in.Resolved = incident.Suspected, detect.Warning, time.Time{}
			return
		}
		confirm(in, in.Declared)
	case n < 4:
		resolve(in, at)
	case n < 6:
		in.Countries = append(in.Countries, incident.Segment{ID: []string{"IN", "NP", "US"}[r.IntN(3)]})
	case in.State == incident.Suspected:
		confirm(in, at)
	case in.State == incident.Confirmed:
		in.State, in.Easing = incident.Recovering, at
	default:
		in.State, in.Easing = incident.Confirmed, time.Time{}
	}
}
