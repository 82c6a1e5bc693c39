package scenario

import (
	"testing"
	"time"
)

func TestLivePlacesTheScenarioInRealTime(t *testing.T) {
	s := mustLoad(t, "whatsapp-evening")
	now := time.Date(2026, 1, 5, 10, 20, 30, 0, time.UTC)
	live := s.LiveAt(now, 20)
	onset := s.Services[0].Onset
	if got, want := live.RealTime(onset), now.Add(onset.Sub(s.Start)/20); !got.Equal(want) {
		t.Errorf("the onset is replayed at %v, want %v", got, want)
	}
	if got := live.ScenarioTime(live.RealTime(onset)); !got.Equal(onset) {
		t.Errorf("ScenarioTime(RealTime(%v)) = %v, want the same time", onset, got)
	}
	if got, want := live.End(), now.Add(36*time.Minute); !got.Equal(want) {
		t.Errorf("End() = %v, want %v", got, want)
	}
	var last time.Time
	n := 0
	for minute, submissions := range live.Stream(DefaultSeed) {
		from, to := live.RealTime(minute), live.RealTime(minute.Add(time.Minute))
		for _, sub := range submissions {
			if sub.At.Before(last) || sub.At.Before(from) || !sub.At.Before(to) {
				t.Fatalf("a report at %v after %v, in a minute replayed from %v to %v", sub.At, last, from, to)
			}
			last = sub.At
			n++
		}
	}
	if n < 10_000 {
		t.Errorf("%d submissions, want all of the scenario", n)
	}
}

func TestTwoLiveReplaysHaveDifferentReporters(t *testing.T) {
	s := mustLoad(t, "whatsapp-evening")
	now := time.Date(2026, 1, 5, 10, 20, 30, 0, time.UTC)
	type sender struct{ service, addr string }
	seen, ids, again := make(map[sender]bool), make(map[string]bool), 0
	for _, submissions := range s.LiveAt(now, 20).Stream(DefaultSeed) {
		for _, sub := range submissions {
			seen[sender{sub.Service, sub.Addr.String()}] = true
			ids[sub.ID] = true
		}
	}
	total := 0
	for _, submissions := range s.LiveAt(now.Add(time.Minute), 20).Stream(DefaultSeed) {
		for _, sub := range submissions {
			total++
			if seen[sender{sub.Service, sub.Addr.String()}] {
				again++
			}
			if ids[sub.ID] {
				t.Fatalf("ID %s comes again in the second replay", sub.ID)
			}
		}
	}
	if again*50 > total {
		t.Errorf("%d of %d reporters of the second replay were in the first", again, total)
	}
}

func TestLiveHistoryHasTheRateOfTheReplay(t *testing.T) {
	s := mustLoad(t, "whatsapp-evening")
	now := time.Date(2026, 1, 5, 10, 20, 30, 0, time.UTC)
	rollups, spans := s.LiveAt(now, 20).History(DefaultSeed)
	if last := spans[len(spans)-1]; !last.Start.Add(last.Width).Equal(now.Truncate(quarter)) || len(spans) != 4*7*24+1 {
		t.Errorf("History: %d spans, the last %+v; want %d hours and a quarter that end at the quarter of %v", len(spans), last, 4*7*24, now)
	}
	spans = spans[:len(spans)-1]
	var perHour float64
	byHour := make(map[int]float64)
	for _, r := range rollups {
		if r.Service == "facebook" && r.Width == hour {
			perHour += float64(r.N) / float64(len(spans))
			byHour[r.Start.Hour()] += float64(r.N) / 28
		}
	}
	sv := s.service("facebook")
	var quiet float64
	for _, r := range sv.Quiet {
		f := newFlow(source(1, "test"), s, sv, r.Country)
		for q := s.Start; q.Before(s.End); q = q.Add(quarter) {
			quiet += f.quietRate(q)
		}
	}
	checkNear(t, "reports in an hour of the live history", perHour, 20*quiet/s.End.Sub(s.Start).Hours(), 0.02)
	for h, v := range byHour {
		checkNear(t, time.Time{}.Add(time.Duration(h)*time.Hour).Format("15:04"), v, perHour, 0.1)
	}
}

func TestTheMinutesBeforeAReplayHaveTheRateOfItsHistory(t *testing.T) {
	s := mustLoad(t, "whatsapp-evening")
	now := time.Date(2026, 1, 5, 10, 20, 30, 0, time.UTC)
	live := s.LiveAt(now, 20)
	rollups, _ := live.History(DefaultSeed)
	var history, before float64
	for _, r := range rollups {
		if r.Width == hour {
			history += float64(r.N) / (4 * 7 * 24)
		}
	}
	since := now.Add(-10 * time.Minute)
	for _, submissions := range live.Before(DefaultSeed, since) {
		for _, sub := range submissions {
			if sub.At.Before(since) || sub.At.After(now) {
				t.Fatalf("a submission of %v, want it between %v and %v", sub.At, since, now)
			}
			before++
		}
	}
	checkNear(t, "reports in an hour before the replay", before*6, history, 0.1)
}
