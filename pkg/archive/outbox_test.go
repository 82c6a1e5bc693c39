package archive

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// subscription returns a subscription with every field set.
func subscription(id string) notify.Subscription {
	return notify.Subscription{
		ID: id, Channel: "webhook", Owner: "key", Name: "board", State: notify.Active, Language: "bn", Distance: time.Minute, Details: true, EndsWithIncident: true,
		Filter:   notify.Filter{Services: []string{"acme"}, Providers: []string{"p"}, Categories: []string{"c"}, Countries: []string{"IN"}, From: detect.Warning, Over: true},
		Settings: map[string]string{"format": "slack"}, Hint: "https://x/…", Lookup: "00ff", Sealed: []byte{1, 0, 255}, Created: noon, Expires: noon.Add(time.Hour),
	}
}

func about(string) notify.About { return notify.About{Provider: "p", Category: "c"} }

// rowsOf returns the number of rows of tables.
func rowsOf(t *testing.T, a *Archive, tables ...string) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, table := range tables {
		var n int64
		if err := a.Reader().Table(table).Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

func TestASubscriptionComesBackAsItWasStored(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		want := subscription("s1")
		if err := a.AddSubscription(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := a.Subscription(t.Context(), "s1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Subscription (-want +got):\n%s", diff)
		}
		want.Name, want.State = "other", notify.Pending
		if _, err := a.UpdateSubscription(t.Context(), "s1", func(s *notify.Subscription) error { s.Name, s.State = "other", notify.Pending; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, f := range []SubscriptionFilter{{}, {Channel: "webhook"}, {Owner: "key"}, {Lookup: "00ff"}, {After: "s0"}} {
			if list, err := a.Subscriptions(t.Context(), f); err != nil || len(list) != 1 || !cmp.Equal(list[0], want) {
				t.Errorf("Subscriptions(%+v) = %+v, %v; want the one as it was changed", f, list, err)
			}
		}
		for _, f := range []SubscriptionFilter{{Channel: "email"}, {Owner: "x"}, {Lookup: "x"}, {After: "s1"}} {
			if list, err := a.Subscriptions(t.Context(), f); err != nil || len(list) != 0 {
				t.Errorf("Subscriptions(%+v) = %+v, %v; want none", f, list, err)
			}
		}
		if err := a.DeleteSubscription(t.Context(), "s1"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Subscription(t.Context(), "s1"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("Subscription after its deletion = %v, want that there is none", err)
		}
	})
}

func TestTheOutboxIsWrittenWithTheVersionOrNotAtAll(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		in := outage("acme-2026-03-04-1200", "acme", noon)
		save(t, a, in)
		save(t, a, in) // the same version again
		older := in
		older.Version--
		save(t, a, older)
		if got := rowsOf(t, a, "outbox"); got["outbox"] != 1 {
			t.Errorf("the outbox has %d versions, want one", got["outbox"])
		}
		in.Version++
		if err := a.Writer().Exec(`INSERT INTO outbox (incident, version, service, at, body, after, done) VALUES (?, ?, '', 0, '', '', 1)`, in.ID, in.Version).Error; err != nil {
			t.Fatal(err)
		}
		if _, err := a.SaveIncident(t.Context(), in, nil, nil); err == nil {
			t.Fatal("SaveIncident succeeds though its entry in the outbox cannot be written")
		}
		if got, _, err := a.Incident(t.Context(), in.ID); err != nil || got.Version != in.Version-1 {
			t.Errorf("the incident has version %d, %v; want that of before: the outbox could not be written", got.Version, err)
		}
	})
}

func TestManySubscribersAreToldPageByPage(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		const n = outboxPage*2 + 7
		for i := range n {
			s := subscription(fmt.Sprintf("s%04d", i))
			s.Expires, s.EndsWithIncident = time.Time{}, false
			if err := a.AddSubscription(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		in := outage("acme-2026-03-04-1200", "acme", noon)
		save(t, a, in)
		pages := 0
		for more := true; more; pages++ {
			var err error
			if more, err = a.FanOut(t.Context(), about, noon); err != nil {
				t.Fatal(err)
			}
		}
		if got := rowsOf(t, a, "messages", "tellings"); got["messages"] != n || got["tellings"] != n || pages != 4 {
			t.Errorf("after %d pages there are %v, want %d of each after 4", pages, got, n)
		}
		claimed, err := a.ClaimMessages(t.Context(), Claim{By: "me", Now: noon, Until: noon.Add(time.Minute), Limit: 50, Retries: 5})
		if err != nil || len(claimed) != 50 {
			t.Fatalf("ClaimMessages gave %d, %v; want 50", len(claimed), err)
		}
		again, err := a.ClaimMessages(t.Context(), Claim{By: "other", Now: noon, Until: noon.Add(time.Minute), Limit: n, Retries: 5})
		if err != nil || len(again) != n-50 {
			t.Errorf("ClaimMessages by another process gave %d, %v; want the other %d", len(again), err, n-50)
		}
		stats, err := a.OutboxStats(t.Context())
		if err != nil || stats.Waiting != n || stats.Dead != 0 || !stats.Oldest.Equal(noon) {
			t.Errorf("OutboxStats = %+v, %v", stats, err)
		}
	})
}

func TestWhatNobodyNeedsIsDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		keep, expires := subscription("keep"), subscription("expires")
		keep.Expires, keep.EndsWithIncident = time.Time{}, false
		expires.EndsWithIncident = false
		for _, s := range []notify.Subscription{keep, expires} {
			if err := a.AddSubscription(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		in := outage("acme-2026-03-04-1200", "acme", noon)
		step := func(now time.Time, outcome notify.Outcome) {
			t.Helper()
			for more := true; more; {
				var err error
				if more, err = a.FanOut(t.Context(), about, now); err != nil {
					t.Fatal(err)
				}
			}
			claimed, err := a.ClaimMessages(t.Context(), Claim{By: "me", Now: now, Until: now.Add(time.Minute), Limit: 10, Retries: 10})
			if err != nil {
				t.Fatal(err)
			}
			var made []Attempt
			for _, c := range claimed {
				made = append(made, Attempt{Message: c.Message.ID, By: "me", Number: c.Attempt, At: now, Outcome: outcome})
			}
			if err := a.FinishAttempts(t.Context(), made, now); err != nil {
				t.Fatal(err)
			}
		}
		save(t, a, in)
		step(noon, notify.Outcome{Result: notify.Delivered})
		in.Version++
		in.State, in.Level, in.Resolved = incident.Resolved, detect.OK, noon.Add(10*time.Minute)
		save(t, a, in)
		step(noon.Add(10*time.Minute), notify.Outcome{Result: notify.Delivered})
		tables := []string{"subscriptions", "outbox", "tellings", "messages", "deliveries"}
		if diff := cmp.Diff(map[string]int64{"subscriptions": 2, "outbox": 2, "tellings": 2, "messages": 4, "deliveries": 4}, rowsOf(t, a, tables...)); diff != "" {
			t.Errorf("before (-want +got):\n%s", diff)
		}
		for _, x := range []struct {
			at   time.Time
			want map[string]int64
		}{
			{noon.Add(30 * time.Minute), map[string]int64{"subscriptions": 2, "outbox": 2, "tellings": 2, "messages": 4, "deliveries": 4}},
			{noon.Add(2 * time.Hour), map[string]int64{"subscriptions": 1, "outbox": 2, "tellings": 1, "messages": 2, "deliveries": 2}},
			{noon.Add(31 * 24 * time.Hour), map[string]int64{"subscriptions": 1, "outbox": 0, "tellings": 0, "messages": 0, "deliveries": 0}},
		} {
			if err := a.RetainMessages(t.Context(), x.at); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.want, rowsOf(t, a, tables...)); diff != "" {
				t.Errorf("at %v (-want +got):\n%s", x.at, diff)
			}
		}
	})
}

func TestTheLogOfDeliveriesIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		s := subscription("s")
		s.Expires = time.Time{}
		if err := a.AddSubscription(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		for i := range keptDeliveries + 30 {
			if err := a.Writer().Create(&deliveryRow{Subscription: "s", Message: fmt.Sprint(i), At: millis(noon)}).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := a.RetainMessages(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		list, err := a.Deliveries(t.Context(), "s", 0, 1000)
		if err != nil || len(list) != keptDeliveries || list[0].Message != fmt.Sprint(keptDeliveries+29) {
			t.Errorf("%d deliveries are kept, %v; want the latest %d", len(list), err, keptDeliveries)
		}
	})
}
