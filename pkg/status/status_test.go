package status

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestAWindowEndsWithTheRunningMinute(t *testing.T) {
	h := newSources()
	h.count(noon, "IN", "messaging", 1)                        // the running minute
	h.count(noon.Add(-14*time.Minute), "IN", "messaging", 10)  // the first minute of the window
	h.count(noon.Add(-15*time.Minute), "IN", "messaging", 100) // just outside
	s, err := h.board(t).Status(context.Background(), "whatsapp")
	if err != nil {
		t.Fatal(err)
	}
	if s.Observed != 11 || s.Window != 15*time.Minute || !s.AsOf.Equal(noon) {
		t.Errorf("Status = %d reports in %s as of %s; want 11 in 15m as of %s", s.Observed, s.Window, s.AsOf, noon)
	}
	// The running minute is half over: 14.5 minutes of the expected rate.
	if want := h.baseline.Level * 14.5; math.Abs(s.Expected-want) > 1e-4 {
		t.Errorf("Expected = %g; want %g", s.Expected, want)
	}
}

func TestExpectedCoversTheWholeWindow(t *testing.T) {
	h := newSources()
	h.count(noon, "IN", "messaging", 1)
	for m := 2; m < 15; m++ { // counting began a minute ago
		h.unknown[window.Start(noon.Add(-time.Duration(m)*time.Minute))] = true
	}
	s, err := h.board(t).Status(context.Background(), "whatsapp")
	if err != nil {
		t.Fatal(err)
	}
	if want := h.baseline.Level * 14.5; math.Abs(s.Expected-want) > 1e-4 || math.Abs(s.Countries[0].Expected-want) > 1e-4 {
		t.Errorf("Expected = %g, of India %g; want %g", s.Expected, s.Countries[0].Expected, want)
	}
	if s.Minutes != 2 || !s.IsPartial() {
		t.Errorf("%d minutes counted, partial %t; want 2 of 15", s.Minutes, s.IsPartial())
	}
}

func TestWhetherAWindowIsAboveUsualIsJudgedByItsCountedTime(t *testing.T) {
	h := newSources()
	h.baseline.Level, h.baseline.LongestExposure = 10, 24*time.Hour // 10 a minute
	h.count(noon, "IN", "messaging", 60)
	s, err := h.board(t).Status(context.Background(), "whatsapp")
	if err != nil || s.Above {
		t.Errorf("60 reports in 15 minutes, usual %.0f to %.0f: above = %t, %v", s.Expected, s.Upper, s.Above, err)
	}
	for m := 1; m < 15; m++ {
		h.unknown[window.Start(noon.Add(-time.Duration(m)*time.Minute))] = true
	}
	s, err = h.board(t).Status(context.Background(), "whatsapp")
	if err != nil || !s.Above || s.Reason.Code != detect.ReasonAbove {
		t.Errorf("60 reports in the only minute that was counted: above = %t, reason %s, %v", s.Above, s.Reason.Code, err)
	}
}

// Beside forty people, one holder sends four hundred reports.
func TestWhatOneHolderSendsIsSetAside(t *testing.T) {
	h := newSources()
	h.baseline.Level, h.baseline.LongestExposure = 1.5, 24*time.Hour // 22 in the window
	h.count(noon.Add(-2*time.Minute), "IN", "messaging", 440)
	slice := window.SliceOf(noon.Add(-2 * time.Minute))
	h.arrivals = append(h.arrivals, window.Arrival{Slice: slice, Country: "IN", Network: 1, N: 400})
	for n := range 40 {
		h.arrivals = append(h.arrivals, window.Arrival{Slice: slice, Country: "IN", Network: report.Network(n + 2), N: 1})
	}
	s, err := h.board(t).Status(t.Context(), "whatsapp")
	if err != nil || s.Observed != 440 || s.Aside != 373 || s.Above { // of 400, 40·2/3 count
		t.Errorf("%d reports, %d set aside, above %t, %v; want 440, 373 and not above", s.Observed, s.Aside, s.Above, err)
	}
	h.arrivals = nil
	s, err = h.board(t).Status(t.Context(), "whatsapp")
	if err != nil || s.Aside != 0 || !s.Above {
		t.Errorf("without a loud holder %d are set aside, above %t, %v; want none, and above", s.Aside, s.Above, err)
	}
}

func TestTheLevelIsThatOfTheIncident(t *testing.T) {
	declared := noon.Add(-20 * time.Minute)
	h := newSources()
	h.liveState = incident.Live{Incident: &incident.Incident{
		ID: "whatsapp-2022-10-25-1135", State: incident.Confirmed, Level: detect.Outage,
		Suspected: declared.Add(-time.Minute), Declared: declared,
	}}
	s, err := h.board(t).Status(context.Background(), "whatsapp")
	if err != nil {
		t.Fatal(err)
	}
	if s.Level != detect.Outage || s.Incident != "whatsapp-2022-10-25-1135" || !s.Since.Equal(declared) {
		t.Errorf("Status = level %s of %q since %s; want an outage since %s", s.Level, s.Incident, s.Since, declared)
	}
}

func TestAnEchoIsNamedWhileTheIncidentLastsAndIsJudged(t *testing.T) {
	h := newSources()
	for _, c := range []struct {
		state  incident.State
		judged time.Time
		want   string
	}{
		{incident.Suspected, noon, "facebook"},
		{incident.Resolved, noon, ""},
		{incident.Suspected, noon.Add(-time.Hour), ""}, // the judgement is stale
	} {
		h.liveState = incident.Live{Incident: &incident.Incident{State: c.state, Level: detect.Warning, EchoOf: "facebook"}}
		h.judgedAt = c.judged
		s, err := h.board(t).Status(context.Background(), "whatsapp")
		if err != nil {
			t.Fatal(err)
		}
		if s.EchoOf != c.want {
			t.Errorf("%s, judged at %s: an echo of %q; want %q", c.state, c.judged, s.EchoOf, c.want)
		}
	}
}

func TestTheLevelIsUnknownWithoutARecentJudgement(t *testing.T) {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, x := range []struct {
		name            string
		stale           time.Duration
		judged, service time.Time // the last judgement of all, and of this service
		unknownSince    time.Time // zero: the level is known
	}{
		{"a minute is the default", 0, ago(time.Minute), ago(time.Minute), time.Time{}},
		{"the monitor stopped", 0, ago(61 * time.Second), ago(61 * time.Second), ago(61 * time.Second)},
		{"the monitor stopped, and the service has no reports", 0, ago(61 * time.Second), time.Time{}, ago(61 * time.Second)},
		{"the service has no reports", 0, noon, time.Time{}, time.Time{}},
		{"this service alone cannot be judged", 0, noon, ago(61 * time.Second), ago(61 * time.Second)},
		{"long ticks", 3 * time.Minute, ago(3 * time.Minute), ago(3 * time.Minute), time.Time{}},
		{"long ticks that stopped", 3 * time.Minute, ago(181 * time.Second), ago(181 * time.Second), ago(181 * time.Second)},
	} {
		h := newSources()
		h.judgedAt, h.liveState.At = x.judged, x.service
		b := New(Options{Catalog: catalog.Default(), Store: h, Archive: h, Baselines: h, Judge: h,
			StaleAfter: x.stale, Now: func() time.Time { return h.now }})
		s, err := b.Status(context.Background(), "whatsapp")
		if err != nil {
			t.Fatal(err)
		}
		unknown := s.Level == detect.Unknown && s.Reason.Code == detect.ReasonNotCounted
		if unknown == x.unknownSince.IsZero() || !s.LastKnown.Equal(x.unknownSince) {
			t.Errorf("%s: level is %s (%s), last known %s; want unknown since %s", x.name, s.Level, s.Reason.Code, s.LastKnown, x.unknownSince)
		}
	}
}

func TestABreakdownHasCatalogOrderAndIntervals(t *testing.T) {
	h := newSources()
	h.count(noon, "IN", "login", 19)
	h.count(noon, "GB", "messaging", 29)
	h.count(noon, "IN", "connection", 51)
	h.count(noon, "IN", "other", 1)
	b, err := h.board(t).Breakdown(context.Background(), "whatsapp", 15*time.Minute, "")
	if err != nil {
		t.Fatal(err)
	}
	if b.Total != 100 || b.Symptoms[0].Symptom != "connection" || b.Symptoms[1].Symptom != "messaging" {
		t.Fatalf("Breakdown = %+v; want 100 reports, connection first", b)
	}
	first := b.Symptoms[0]
	// 51 of 100: the score interval is 0.413 to 0.606 (Wilson 1927).
	if first.Share != 0.51 || math.Abs(first.Low-0.4135) > 5e-4 || math.Abs(first.High-0.6058) > 5e-4 {
		t.Errorf("connection = %+v; want 0.51 between 0.4135 and 0.6058", first)
	}
	one, err := h.board(t).Breakdown(context.Background(), "whatsapp", 15*time.Minute, "GB")
	if err != nil {
		t.Fatal(err)
	}
	if one.Total != 29 {
		t.Errorf("Breakdown of GB has %d reports; want 29", one.Total)
	}
}

func TestCountriesAreSortedByReportsAndHaveShares(t *testing.T) {
	h := newSources()
	h.count(noon, "IN", "login", 30)
	h.count(noon, "GB", "messaging", 60)
	h.count(noon, "BD", "messaging", 10)
	c, err := h.board(t).Countries(context.Background(), "whatsapp", 15*time.Minute, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Countries) != 3 || c.Countries[0].Code != "GB" || c.Countries[0].Share != 0.6 || c.Countries[2].Code != "BD" {
		t.Errorf("Countries = %+v; want GB, IN, BD", c.Countries)
	}
	if c.Countries[0].PerMillion < 0.5 || c.Countries[0].PerMillion > 1.5 {
		t.Errorf("60 reports from Britain are %g per million people; want about 0.9", c.Countries[0].PerMillion)
	}
	narrow, err := h.board(t).Countries(context.Background(), "whatsapp", 15*time.Minute, "login")
	if err != nil {
		t.Fatal(err)
	}
	if narrow.Total != 30 {
		t.Errorf("Countries with login = %d reports; want 30", narrow.Total)
	}
}

func TestManyReadersCostOneRead(t *testing.T) {
	h := newSources()
	b := h.board(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := b.Breakdown(context.Background(), "whatsapp", 15*time.Minute, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h.reads != 1 {
		t.Errorf("50 readers cost %d reads; want 1", h.reads)
	}
	h.now = noon.Add(time.Second)
	if _, err := b.Breakdown(context.Background(), "whatsapp", 15*time.Minute, ""); err != nil {
		t.Fatal(err)
	}
	if h.reads != 2 {
		t.Errorf("after a second there were %d reads; want 2", h.reads)
	}
}

func TestAnswersAreTheSameWithinASecond(t *testing.T) {
	h := newSources()
	h.now = noon.Add(345_678_900)
	b, ctx := h.board(t), context.Background()
	read := func() (all [4]any) {
		t.Helper()
		for i, ask := range []func() (any, time.Time, error){
			func() (any, time.Time, error) {
				v, err := b.Status(ctx, "whatsapp")
				if !v.ReadAt.Equal(h.now.UTC()) {
					t.Errorf("at %s it was read at %s", h.now, v.ReadAt)
				}
				v.ReadAt = time.Time{} // which no answer shows
				return v, v.AsOf, err
			},
			func() (any, time.Time, error) {
				v, err := b.Breakdown(ctx, "whatsapp", window.Default, "")
				return v, v.AsOf, err
			},
			func() (any, time.Time, error) {
				v, err := b.Countries(ctx, "whatsapp", window.Default, "")
				return v, v.AsOf, err
			},
			func() (any, time.Time, error) {
				v, err := b.Series(ctx, "whatsapp", SeriesQuery{})
				return v, v.AsOf, err
			},
		} {
			v, asOf, err := ask()
			if err != nil {
				t.Fatal(err)
			}
			if !asOf.Equal(noon) {
				t.Errorf("at %s as_of is %s, want %s", h.now, asOf, noon)
			}
			all[i] = v
		}
		return all
	}
	first := read()
	h.now = noon.Add(999 * time.Millisecond)
	b = h.board(t) // another process behind the same balancer
	if diff := cmp.Diff(first, read()); diff != "" {
		t.Errorf("later in the same second (-first +got):\n%s", diff)
	}
}

func TestAFailureIsNotCached(t *testing.T) {
	h := newSources()
	b := h.board(t)
	h.storeErr = errors.New("disk is gone")
	if _, err := b.Status(context.Background(), "whatsapp"); !errors.Is(err, h.storeErr) {
		t.Fatalf("Status = %v; want %v", err, h.storeErr)
	}
	h.storeErr = nil
	if _, err := b.Status(context.Background(), "whatsapp"); err != nil {
		t.Errorf("Status after the failure = %v; want none", err)
	}
}

func TestAnUnknownServiceIsNotFound(t *testing.T) {
	b := newSources().board(t)
	for name, err := range map[string]error{
		"Status":    errOf(b.Status(context.Background(), "nowhere")),
		"Breakdown": errOf(b.Breakdown(context.Background(), "nowhere", window.Default, "")),
		"Countries": errOf(b.Countries(context.Background(), "nowhere", window.Default, "")),
		"Series":    errOf(b.Series(context.Background(), "nowhere", SeriesQuery{})),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s of an unknown service = %v; want NotFound", name, err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestTheLastGoodAnswerIsServedWhileTheStoreFails(t *testing.T) {
	h := newSources()
	h.count(noon, "IN", "messaging", 3)
	b := h.board(t)
	ctx := context.Background()
	was, err := b.Status(ctx, "whatsapp")
	if err != nil {
		t.Fatal(err)
	}
	split, err := b.Breakdown(ctx, "whatsapp", window.Default, "")
	if err != nil {
		t.Fatal(err)
	}
	h.storeErr = &fault.Error{Kind: fault.Unavailable, Msg: "away"}
	h.now, h.judgedAt = noon.Add(30*time.Second), noon.Add(45*time.Second)
	if s, err := b.Status(ctx, "whatsapp"); err != nil || s.Observed != 3 || !s.AsOf.Equal(was.AsOf) || s.Level != was.Level {
		t.Errorf("half a minute later the status is %+v, %v; want that of %s", s, err, was.AsOf)
	}
	if now, err := b.Breakdown(ctx, "whatsapp", window.Default, ""); err != nil || now.Total != 3 || !now.AsOf.Equal(split.AsOf) {
		t.Errorf("half a minute later the split is %+v, %v; want that of %s", now, err, split.AsOf)
	}
	h.now = noon.Add(2 * time.Minute)
	if s, err := b.Status(ctx, "whatsapp"); err != nil || s.Level != detect.Unknown || !s.LastKnown.Equal(h.judgedAt) || s.Observed != 3 {
		t.Errorf("two minutes later the status is %+v, %v; want it unknown since %s, the last judgement, and not since the last read", s, err, h.judgedAt)
	}
	if _, err := b.Status(ctx, "telegram"); err == nil {
		t.Error("Status of a service that was never read before has an answer; want an error")
	}
	h.storeErr = nil
	if s, err := b.Status(ctx, "whatsapp"); err != nil || !s.AsOf.After(was.AsOf) {
		t.Errorf("once the store works again the status is as of %s, %v; want a new one", s.AsOf, err)
	}
}
