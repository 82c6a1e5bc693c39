package dispatch

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/notify"
)

// TestTwoDispatchersAtOnceDeliverEachMessageOnce lets two dispatchers believe that
// they are the only one, on one Postgres, while incidents change.
func TestTwoDispatchersAtOnceDeliverEachMessageOnce(t *testing.T) {
	url := pgtest.Database(t)
	w := newWorld(t)
	archives := make([]*archive.Archive, 2)
	for i := range archives {
		p, err := archive.OpenPostgres(t.Context(), url, archive.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		archives[i] = p.Archive
	}
	w.archive = archives[0]
	fails := map[string]bool{}
	w.receiver.answer = func(_ context.Context, d notify.Delivery) notify.Outcome {
		w.receiver.mu.Lock()
		defer w.receiver.mu.Unlock()
		if !fails[d.Message.ID] && d.Message.ID[len(d.Message.ID)-1] < 'h' { // about every other one fails once
			fails[d.Message.ID] = true
			return notify.Outcome{Result: notify.Failed}
		}
		return notify.Outcome{Result: notify.Delivered}
	}
	const subscribers, services = 20, 5
	for i := range subscribers {
		w.subscribe(fmt.Sprintf("s%02d", i), all, func(s *notify.Subscription) { s.Distance = time.Second })
	}
	dispatchers := []*Dispatcher{w.newDispatcher(archives[0]), w.newDispatcher(archives[1])}
	both := func() {
		t.Helper()
		now := w.now
		var wg sync.WaitGroup
		for _, d := range dispatchers {
			wg.Go(func() {
				if err := d.Tick(t.Context(), now); err != nil {
					t.Error(err)
				}
				if err := d.Settle(t.Context(), now); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	for i := range services {
		in := suspected(fmt.Sprintf("service%d", i), w.now)
		w.save(in)
		both()
		confirm(in, w.now)
		w.save(in)
		both()
		resolve(in, w.now)
		w.save(in)
		w.now = w.now.Add(10 * time.Second)
		both()
	}
	for range 10 * services {
		w.now = w.now.Add(20 * time.Second)
		both()
	}
	byPair, last := map[string]bool{}, map[string]notify.Delivery{}
	for _, d := range w.receiver.arrived {
		pair := d.Subscription.ID + " " + d.Message.Incident.ID
		if byPair[d.Message.ID] {
			t.Errorf("message %s arrived twice", d.Message.ID)
		}
		byPair[d.Message.ID] = true
		if before, known := last[pair]; known && before.Message.Incident.Version >= d.Message.Incident.Version {
			t.Errorf("%s was told version %d after %d", pair, d.Message.Incident.Version, before.Message.Incident.Version)
		}
		last[pair] = d
	}
	ends := 0
	for _, d := range last {
		if d.Message.Kind == notify.Resolved {
			ends++
		}
	}
	if ends != subscribers*services {
		t.Errorf("%d pairs of subscriber and incident were told the end, want %d", ends, subscribers*services)
	}
	if w.receiver.overlaps != 0 {
		t.Errorf("%d deliveries of one subscription overlapped, want none", w.receiver.overlaps)
	}
}

// TestAMessageOfAProcessThatDiedIsSentByAnotherUnderItsID claims messages and then
// forgets them, as a process that is killed does.
func TestAMessageOfAProcessThatDiedIsSentByAnotherUnderItsID(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	in := suspected("acme", w.now)
	w.save(in)
	if _, err := w.archive.FanOut(t.Context(), w.About, w.now); err != nil {
		t.Fatal(err)
	}
	claimed, err := w.archive.ClaimMessages(t.Context(), archive.Claim{By: "dead", Now: w.now, Until: w.now.Add(claimTime), Limit: 8, Retries: 8})
	if err != nil || len(claimed) != 1 {
		t.Fatalf("ClaimMessages = %+v, %v; want one", claimed, err)
	}
	w.run(claimTime-time.Second, 10*time.Second)
	if len(w.receiver.arrived) != 0 {
		t.Errorf("%d messages arrived while another process holds the claim, want none", len(w.receiver.arrived))
	}
	w.run(time.Minute, 10*time.Second)
	if len(w.receiver.arrived) != 1 || w.receiver.arrived[0].Message.ID != claimed[0].Message.ID || w.receiver.arrived[0].Attempt != 2 {
		t.Errorf("what arrived is %+v, want the message under its ID as the second attempt", w.receiver.arrived)
	}
	// What the dead process would note changes nothing any more.
	late := []archive.Attempt{{Message: claimed[0].Message.ID, By: "dead", Number: 1, At: w.now, Outcome: notify.Outcome{Result: notify.Gone}}}
	if err := w.archive.FinishAttempts(t.Context(), late, w.now); err != nil {
		t.Fatal(err)
	}
	if s, err := w.archive.Subscription(t.Context(), "s"); err != nil || s.State != notify.Active {
		t.Errorf("the subscription is %+v, %v; want it active", s, err)
	}
}
