package dispatch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// TestWhateverHappensTheLastMessageSaysTheLastState lets incidents wander at random
// while receivers fail at random.
func TestWhateverHappensTheLastMessageSaysTheLastState(t *testing.T) {
	const seeds = 25
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			w := newWorld(t)
			subscriptions := map[string]notify.Subscription{}
			for i, f := range []notify.Filter{all, {From: detect.Outage, Over: true}, {From: detect.Outage}, {Services: []string{"acme"}, From: detect.Warning, Over: true}, {Countries: []string{"IN"}, From: detect.Warning, Over: true}} {
				for _, details := range []bool{false, true} {
					id := fmt.Sprintf("s%d %v", i, details)
					w.subscribe(id, f, func(s *notify.Subscription) { s.Details = details; subscriptions[id] = *s })
				}
			}
			fails := rand.New(rand.NewPCG(seed, 8))
			var calm bool
			w.receiver.answer = func(context.Context, notify.Delivery) notify.Outcome {
				w.receiver.mu.Lock()
				defer w.receiver.mu.Unlock()
				if !calm && fails.IntN(3) == 0 {
					return notify.Outcome{Result: notify.Failed}
				}
				return notify.Outcome{Result: notify.Delivered}
			}
			incidents := []*incident.Incident{suspected("acme", w.now), suspected("umbrella", w.now)}
			for range 40 {
				in := incidents[r.IntN(len(incidents))]
				if in.Version > 0 {
					wander(r, in, w.now)
				}
				w.save(in)
				for range r.IntN(4) {
					w.now = w.now.Add(time.Duration(r.IntN(200)) * time.Second)
					w.tick()
				}
			}
			calm = true
			w.run(5*time.Hour, 10*time.Minute)
			arrived := map[string]bool{}
			for _, d := range w.receiver.arrived {
				if arrived[d.Message.ID] {
					t.Errorf("message %s arrived twice", d.Message.ID)
				}
				arrived[d.Message.ID] = true
			}
			for id, s := range subscriptions {
				for _, in := range incidents {
					w.checkTold(&s, id, in)
				}
			}
		})
	}
}

// checkTold checks what a subscription was told about an incident that is now as given.
func (w *world) checkTold(s *notify.Subscription, id string, in *incident.Incident) {
	w.t.Helper()
	var last *notify.Delivery
	var seen []string
	for i := range w.receiver.arrived {
		d := &w.receiver.arrived[i]
		if d.Subscription.ID != id || d.Message.Incident.ID != in.ID {
			continue
		}
		seen = append(seen, fmt.Sprintf("%s %d", d.Message.Kind, d.Message.Incident.Version))
		mark := notify.MarkOf(s, &d.Message.Incident)
		switch {
		case last == nil && d.Message.Kind != notify.Suspected && d.Message.Kind != notify.Confirmed:
			w.t.Errorf("%s was told %v of %s: the first message is not its beginning", id, seen, in.ID)
		case last != nil && d.Message.Incident.Version <= last.Message.Incident.Version:
			w.t.Errorf("%s was told %v of %s: not in order", id, seen, in.ID)
		case last != nil && mark == notify.MarkOf(s, &last.Message.Incident):
			w.t.Errorf("%s was told %v of %s: the last two say the same", id, seen, in.ID)
		case mark.Stage == notify.Over && !s.Filter.Over:
			w.t.Errorf("%s was told %v of %s: it did not ask for the end", id, seen, in.ID)
		}
		last = d
	}
	now := notify.MarkOf(s, in)
	switch {
	case last == nil:
		isLive := now.Stage == notify.Warned || now.Stage == notify.Declared
		if isLive && in.Level >= s.Filter.From && s.Filter.Matches(in, notify.About{Provider: "of-" + in.Service, Category: "chat"}) {
			w.t.Errorf("%s was told nothing of %s, which goes on", id, in.ID)
		}
	case now.Stage == notify.Over && !s.Filter.Over:
	case notify.MarkOf(s, &last.Message.Incident) != now:
		w.t.Errorf("%s was told %v of %s, which is %+v now", id, seen, in.ID, now)
	}
}
