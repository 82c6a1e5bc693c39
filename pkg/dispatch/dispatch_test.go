package dispatch

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/notify"
)

// all is a filter that selects everything.
var all = notify.Filter{From: detect.Warning, Over: true}

func TestASubscriberLearnsOfTheBeginningTheOutageAndTheEnd(t *testing.T) {
	w := newWorld(t)
	w.subscribe("everything", all)
	w.subscribe("outages", notify.Filter{From: detect.Outage, Over: true})
	w.subscribe("no end", notify.Filter{From: detect.Outage})
	w.subscribe("another service", notify.Filter{Services: []string{"umbrella"}, From: detect.Warning, Over: true})
	w.subscribe("by provider", notify.Filter{Providers: []string{"of-acme"}, Categories: []string{"chat"}, Countries: []string{"IN", "BD"}, From: detect.Warning, Over: true})
	w.subscribe("another country", notify.Filter{Countries: []string{"IN"}, From: detect.Warning, Over: true})
	w.subscribe("not confirmed", all, func(s *notify.Subscription) { s.State = notify.Pending })

	in := suspected("acme", w.now)
	w.save(in)
	w.run(time.Minute, 10*time.Second)
	confirm(in, w.now)
	w.save(in)
	w.run(30*time.Minute, time.Minute)
	resolve(in, w.now)
	w.save(in)
	w.run(time.Hour, time.Minute)

	for id, want := range map[string][]string{
		"everything": {"suspected 1", "confirmed 2", "resolved 3"}, "outages": {"confirmed 2", "resolved 3"}, "no end": {"confirmed 2"},
		"another service": nil, "by provider": {"suspected 1", "confirmed 2", "resolved 3"}, "another country": nil, "not confirmed": nil,
	} {
		if diff := cmp.Diff(want, w.told(id)); diff != "" {
			t.Errorf("what %q was told (-want +got):\n%s", id, diff)
		}
	}
	if d := w.receiver.arrived[0]; d.Private.Address != "address of "+d.Subscription.ID || d.Text.Title != "suspected in en" || d.Attempt != 1 {
		t.Errorf("the delivery is %+v, want it with its opened address, its text and the number of the attempt", d)
	}
}

func TestAnIncidentThatFlapsKeepsItsDistanceAndItsLastStateIsTold(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	in := suspected("acme", w.now)
	confirm(in, w.now)
	w.save(in)
	w.tick()
	for range 10 { // within one distance
		resolve(in, w.now)
		w.save(in)
		w.run(10*time.Second, 5*time.Second)
		confirm(in, w.now)
		w.save(in)
		w.run(10*time.Second, 5*time.Second)
	}
	resolve(in, w.now)
	w.save(in)
	w.run(time.Hour, 15*time.Second)
	if diff := cmp.Diff([]string{"confirmed 1", "resolved 22"}, w.told("s")); diff != "" {
		t.Errorf("what a subscriber of a flapping incident was told (-want +got):\n%s", diff)
	}
}

func TestAReceiverThatFailsForAnHourGetsEachMessageOnceInOrderUnderOneID(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	w.subscribe("healthy", all)
	down := w.now.Add(time.Hour)
	w.receiver.answer = func(_ context.Context, d notify.Delivery) notify.Outcome {
		if d.Subscription.ID == "s" && w.now.Before(down) {
			return notify.Outcome{Result: notify.Failed, Status: 503}
		}
		return notify.Outcome{Result: notify.Delivered, Status: 200}
	}
	in := suspected("acme", w.now)
	w.save(in)
	w.run(10*time.Minute, 30*time.Second)
	confirm(in, w.now)
	w.save(in)
	w.run(20*time.Minute, 30*time.Second)
	resolve(in, w.now)
	w.save(in)
	w.run(3*time.Hour, time.Minute)

	// The outage came and went while the first message waited: only its end is left.
	if diff := cmp.Diff([]string{"suspected 1", "resolved 3"}, w.told("s")); diff != "" {
		t.Errorf("what the receiver that failed was told (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"suspected 1", "confirmed 2", "resolved 3"}, w.told("healthy")); diff != "" {
		t.Errorf("what the other receiver was told meanwhile (-want +got):\n%s", diff)
	}
	first := notify.MessageID("s", in.ID+"@1")
	if n := w.receiver.attempts[first]; n < 5 || n > 12 {
		t.Errorf("the first message was tried %d times under its ID, want between 5 and 12 in an hour", n)
	}
	log, err := w.archive.Deliveries(t.Context(), "s", 0, 100)
	if err != nil || len(log) != w.receiver.attempts[first]+1 || log[0].Outcome.Status != 200 || log[len(log)-1].Outcome.Status != 503 {
		t.Errorf("the log is %+v, %v; want every attempt, the latest first", log, err)
	}
}

func TestAMessageIsGivenUpAfterADayAndCanBeSentAgain(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	works := false
	w.receiver.answer = func(context.Context, notify.Delivery) notify.Outcome {
		if works {
			return notify.Outcome{Result: notify.Delivered}
		}
		return notify.Outcome{Result: notify.Failed, Detail: "timeout"}
	}
	in := suspected("acme", w.now)
	confirm(in, w.now)
	w.save(in)
	w.run(26*time.Hour, 5*time.Minute)
	dead, err := w.archive.Messages(t.Context(), "s", "dead", 10)
	if err != nil || len(dead) != 1 || dead[0].Detail != "timeout" || dead[0].Finished.Sub(dead[0].Created) > 25*time.Hour {
		t.Fatalf("dead messages are %+v, %v; want one that was given up after a day", dead, err)
	}
	works = true
	resolve(in, w.now)
	w.save(in)
	w.run(time.Hour, time.Minute)
	if told := w.told("s"); len(told) != 0 {
		t.Errorf("the subscriber was told %v, want nothing: the beginning never arrived", told)
	}
	if err := w.archive.RetainMessages(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if err := w.archive.Redeliver(t.Context(), "s", dead[0].ID, w.now); err != nil {
		t.Fatal(err)
	}
	w.tick()
	if diff := cmp.Diff([]string{"confirmed 1"}, w.told("s")); diff != "" {
		t.Errorf("what was told after the message was sent again (-want +got):\n%s", diff)
	}
}

func TestAGoneReceiverEndsItsSubscription(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	w.receiver.answer = func(context.Context, notify.Delivery) notify.Outcome {
		return notify.Outcome{Result: notify.Gone, Status: 410, Detail: "the receiver answered 410"}
	}
	in := suspected("acme", w.now)
	w.save(in)
	w.tick()
	s, err := w.archive.Subscription(t.Context(), "s")
	if err != nil || s.State != notify.Ended || len(s.Sealed) != 0 || s.Why != "the receiver answered 410" {
		t.Errorf("the subscription is %+v, %v; want it ended without its address", s, err)
	}
	confirm(in, w.now)
	w.save(in)
	w.run(time.Hour, time.Minute)
	if len(w.receiver.attempts) != 1 {
		t.Errorf("%d messages were tried, want none after the end", len(w.receiver.attempts))
	}
}

func TestASubscriptionThatIsDeletedDuringADeliveryIsToldNothingMore(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	w.receiver.answer = func(context.Context, notify.Delivery) notify.Outcome {
		if err := w.archive.DeleteSubscription(t.Context(), "s"); err != nil {
			t.Error(err)
		}
		return notify.Outcome{Result: notify.Failed}
	}
	in := suspected("acme", w.now)
	w.save(in)
	w.tick()
	confirm(in, w.now)
	w.save(in)
	w.run(time.Hour, time.Minute)
	if len(w.receiver.attempts) != 1 {
		t.Errorf("%d messages were tried, want none after the deletion", len(w.receiver.attempts))
	}
}

func TestWhoSubscribesDuringAnIncidentIsToldOfItsEndAndThenForgotten(t *testing.T) {
	w := newWorld(t)
	in := suspected("acme", w.now)
	confirm(in, w.now)
	w.save(in)
	w.tick()
	s := notify.Subscription{ID: "visitor", Channel: "test", State: notify.Active, Filter: notify.Filter{Services: []string{"acme"}, From: detect.Outage, Over: true}, EndsWithIncident: true, Created: w.now}
	if err := notify.Seal(w.key, &s, notify.Private{Address: "endpoint"}); err != nil {
		t.Fatal(err)
	}
	if err := w.archive.AddSubscription(t.Context(), s, *in); err != nil {
		t.Fatal(err)
	}
	w.run(time.Hour, time.Minute)
	resolve(in, w.now)
	w.save(in)
	w.run(time.Hour, time.Minute)
	if diff := cmp.Diff([]string{"resolved 2"}, w.told("visitor")); diff != "" {
		t.Errorf("what the visitor was told (-want +got):\n%s", diff)
	}
	if _, err := w.archive.Subscription(t.Context(), "visitor"); err == nil {
		t.Error("the subscription is still stored, want it deleted with the end of the incident")
	}
}

func TestReceiversThatNeverAnswerDoNotHoldUpOthers(t *testing.T) {
	w := newWorld(t)
	stuck, free := make(chan struct{}), make(chan struct{}, 1)
	w.receiver.answer = func(ctx context.Context, d notify.Delivery) notify.Outcome {
		if d.Subscription.ID == "healthy" {
			free <- struct{}{}
			return notify.Outcome{Result: notify.Delivered}
		}
		if d.Attempt > 1 {
			<-stuck
		}
		return notify.Outcome{Result: notify.Failed, Detail: "timeout"}
	}
	for i := range 2 * workers {
		w.subscribe(fmt.Sprintf("silent %03d", i), notify.Filter{Services: []string{"acme"}, From: detect.Warning})
	}
	w.subscribe("healthy", notify.Filter{Services: []string{"umbrella"}, From: detect.Warning})
	w.save(suspected("acme", w.now))
	for range 3 {
		w.tick()
	}
	w.now = w.now.Add(time.Minute) // all are due again
	if err := w.Tick(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if w.running != retriers {
		t.Errorf("%d deliveries run, want the %d that those that failed before may take", w.running, retriers)
	}
	w.save(suspected("umbrella", w.now))
	if err := w.Tick(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	<-free
	close(stuck)
	if err := w.Settle(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if w.receiver.overlaps != 0 {
		t.Errorf("%d deliveries of one subscription overlapped, want none", w.receiver.overlaps)
	}
}
