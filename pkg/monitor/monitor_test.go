package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestAnOutageIsDeclaredAndResolvedOnce(t *testing.T) {
	h := newFixture(t)
	h.run(20*time.Minute, "IN", 0, 1)
	if got := h.incidents(); len(got) != 0 {
		t.Fatalf("without an outage there are incidents %+v, want none", got)
	}
	onset := h.now
	h.run(15*time.Minute, "IN", 120, 50)
	live := h.monitor.Live("whatsapp")
	if live.Incident == nil || live.Incident.State != incident.Confirmed || live.Incident.Level != detect.Outage {
		t.Fatalf("after 15 minutes of outage the incident is %+v", live.Incident)
	}
	if delay := live.Incident.Declared.Sub(onset); delay > time.Minute {
		t.Errorf("declared %s after the onset; want at most a minute", delay)
	}
	if off := live.Incident.Onset.Sub(onset).Abs(); off > 2*time.Minute {
		t.Errorf("onset is estimated at %s; want within 2 minutes of %s", live.Incident.Onset, onset)
	}
	if len(live.Incident.Countries) != 1 || live.Incident.Countries[0].ID != "IN" {
		t.Errorf("countries = %+v; want IN alone", live.Incident.Countries)
	}
	h.run(90*time.Minute, "IN", 0, 1)
	got := h.incidents()
	if len(got) != 1 || got[0].State != incident.Resolved {
		t.Fatalf("after the outage there are incidents %+v; want one, resolved", got)
	}
	if allClear := got[0].Resolved.Sub(onset.Add(15 * time.Minute)); allClear < 0 || allClear > 20*time.Minute {
		t.Errorf("resolved %s after the counts fell; want between 0 and 20 minutes", allClear)
	}
	buckets, err := h.store.Buckets(context.Background(), "whatsapp", got[0].Onset, got[0].Resolved)
	if err != nil {
		t.Fatal(err)
	}
	var reports int64
	for _, b := range buckets {
		for _, c := range b.Problems {
			reports += c.N
		}
	}
	if got[0].Reports != reports {
		t.Errorf("the incident has %d reports; want the %d from its onset to its end", got[0].Reports, reports)
	}
	names := h.published.countByName()
	if names[publish.Incident] < 3 || names[publish.Status] < 3 || names[publish.Counts] == 0 {
		t.Errorf("published %v; want suspected, confirmed and resolved with their levels, and counts", names)
	}
}

func TestARestartContinuesTheIncident(t *testing.T) {
	h := newFixture(t)
	h.run(10*time.Minute, "IN", 0, 1)
	h.run(5*time.Minute, "IN", 120, 50)
	before := h.monitor.Live("whatsapp").Incident
	h.restart()
	h.run(5*time.Minute, "IN", 120, 50)
	after := h.monitor.Live("whatsapp").Incident
	if before == nil || after == nil || after.ID != before.ID || !after.Declared.Equal(before.Declared) || after.State != incident.Confirmed {
		t.Errorf("before the restart %+v, after it %+v; want the same incident, confirmed", before, after)
	}
	if got := h.incidents(); len(got) != 1 {
		t.Errorf("there are %d incidents; want one", len(got))
	}
}

func TestAClockThatGoesBackEndsNoOutage(t *testing.T) {
	h := newFixture(t)
	h.run(10*time.Minute, "IN", 0, 1)
	h.run(20*time.Minute, "IN", 120, 50)
	before := h.monitor.Live("whatsapp").Incident
	h.now = h.now.Add(-3 * time.Minute)
	h.run(5*time.Minute, "IN", 120, 50)
	live := h.monitor.Live("whatsapp")
	if before == nil || live.Incident == nil || live.Incident.ID != before.ID || live.Incident.State != incident.Confirmed {
		t.Errorf("before the clock went back %+v, after it %+v; want the same incident, confirmed", before, live.Incident)
	}
	if !live.Verdict.Anomalous || live.Verdict.Observed == 0 {
		t.Errorf("the verdict is %+v; want an anomaly with reports", live.Verdict)
	}
}

func TestTheEndOfRunSavesTheStates(t *testing.T) {
	h := newFixture(t)
	h.run(5*time.Minute+30*time.Second, "IN", 120, 50)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := h.monitor.Run(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	states, err := h.archive.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var s detect.State
	if err := json.Unmarshal(states["whatsapp"], &s); err != nil {
		t.Fatal(err)
	}
	if want := morning.Add(5 * time.Minute); s.At.Before(want) {
		t.Errorf("the state that was saved ends at %s; want %s", s.At, want)
	}
}

// failingStore cannot read one service.
type failingStore struct {
	monitor.Store
	service string
}

func (s *failingStore) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	if slices.Contains(services, s.service) {
		return nil, errors.New("cannot be read")
	}
	return s.Store.BucketsOf(ctx, services, from, to)
}

func TestAServiceThatCannotBeReadDelaysNoOther(t *testing.T) {
	h := newFixture(t)
	other := h.report(morning, "IN", 1)
	other.Service = "signal"
	if o := h.store.Count(context.Background(), []report.Report{other, h.report(morning, "IN", 2)}); o[0].Status != window.Counted {
		t.Fatal(o)
	}
	m := monitor.New(monitor.Options{
		Store: &failingStore{h.store, "signal"}, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	now := morning.Add(monitor.Interval)
	if err := m.Tick(context.Background(), now); err == nil {
		t.Error("Tick succeeds though a service cannot be read, want an error")
	}
	if !m.Judged().Equal(now) || !m.Live("whatsapp").At.Equal(now) || !m.Live("signal").At.IsZero() {
		t.Errorf("judged at %s, whatsapp at %s, signal at %s; want all but signal at %s",
			m.Judged(), m.Live("whatsapp").At, m.Live("signal").At, now)
	}
}

func TestOneNetworkIsNeverAnOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	h := newFixture(t)
	h.run(10*time.Minute, "IN", 0, 1)
	h.run(30*time.Minute, "IN", 300, 1)
	for _, inc := range h.incidents() {
		if !inc.Declared.IsZero() {
			t.Errorf("one network made incident %s, declared at %s; want none declared", inc.ID, inc.Declared)
		}
	}
}

// brokenStore cannot count for a while.
type brokenStore struct {
	monitor.Store
	err error
}

func (b *brokenStore) Beat(ctx context.Context, at time.Time) error {
	if b.err != nil {
		return b.err
	}
	return b.Store.Beat(ctx, at)
}

func TestATickWithoutTheStoreJudgesNothing(t *testing.T) {
	h := newFixture(t)
	broken := &brokenStore{Store: h.store}
	m := monitor.New(monitor.Options{
		Store: broken, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	if err := m.Tick(context.Background(), morning); err != nil {
		t.Fatal(err)
	}
	broken.err = fmt.Errorf("disk is full")
	if err := m.Tick(context.Background(), morning.Add(monitor.Interval)); !errors.Is(err, broken.err) {
		t.Errorf("Tick = %v; want %v", err, broken.err)
	}
	if !m.Judged().Equal(morning) {
		t.Errorf("Judged = %s; want %s, the last tick that succeeded", m.Judged(), morning)
	}
}
