package app

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/steady"
	"github.com/outcry/outcry/pkg/window"
)

// kept is what housekeeping may remove or make final.
type kept struct {
	reports int64  // in the archive
	buckets int64  // problems in the windows
	final   int    // quarters
	keys    string // the file of day keys
}

// openAt opens parts whose clock shows at, counts a report, and returns what is
// kept of it.
func openAt(t *testing.T, at time.Time) (*Parts, func() kept) {
	t.Helper()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	p, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler), Options{Now: func() time.Time { return at }, Replay: true})
	if err != nil {
		t.Fatal(err)
	}
	work := NewGroup(context.WithoutCancel(t.Context()))
	ingesting := work.Run("ingest", p.Ingester.Run)
	t.Cleanup(func() {
		ingesting.Stop()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := p.Ingester.Submit(report.Submission{Service: "whatsapp", Symptom: "messaging"}, ingest.Sender{Addr: netip.MustParseAddr("192.0.2.7")}); err != nil {
		t.Fatal(err)
	}
	return p, func() kept {
		t.Helper()
		from, to := at.Add(-time.Hour), at.Add(time.Hour)
		counts, err := p.Archive.CountProblems(t.Context(), "whatsapp", from, to)
		if err != nil {
			t.Fatal(err)
		}
		_, spans, err := p.Archive.Rollups(t.Context(), "whatsapp", from, to)
		if err != nil {
			t.Fatal(err)
		}
		buckets, err := p.Store.Buckets(t.Context(), "whatsapp", from, to)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := os.ReadFile(filepath.Join(cfg.Data, ingest.KeyFileName))
		if err != nil {
			t.Fatal(err)
		}
		k := kept{final: len(spans), keys: string(keys)}
		for _, n := range counts {
			k.reports += n
		}
		for _, b := range buckets {
			for _, c := range b.Problems {
				k.buckets += c.N
			}
		}
		return k
	}
}

// TestAClockThatJumpsRemovesNothing takes a look a minute at a clock that is ten
// days ahead for a minute, then an hour back, then right again.
func TestAClockThatJumpsRemovesNothing(t *testing.T) {
	at := time.Date(2022, 10, 25, 12, 3, 0, 0, time.UTC)
	p, keeps := openAt(t, at)
	before := keeps()
	if before.reports != 1 || before.buckets != 1 || before.final != 0 {
		t.Fatalf("before the jumps %+v is kept, want a report, a bucket and no final quarter", before)
	}
	var clock steady.Clock
	minute := 0
	look := func(ahead time.Duration) {
		elapsed := time.Duration(minute) * time.Minute
		p.tidyWhenSteady(t.Context(), &clock, steady.Look{Wall: at.Add(elapsed + ahead), Elapsed: elapsed})
		minute++
	}
	const tenDays = 10 * 24 * time.Hour
	for _, ahead := range []time.Duration{0, 0, 0, 0, 0, 0, 0, tenDays, 0, -time.Hour, -time.Hour, 0, tenDays, tenDays, tenDays, tenDays, 0} {
		look(ahead)
		if now := keeps(); now != before {
			t.Fatalf("minute %d, with the clock ahead by %s: %+v is kept, want %+v", minute-1, ahead, now, before)
		}
	}
	for time.Duration(minute)*time.Minute < window.RollupWidth+window.RollupDelay+time.Minute {
		look(0)
	}
	if now := keeps(); now.final != 1 || now.reports != 1 || now.keys != before.keys {
		t.Errorf("once the quarter is over and the clock steady, %+v is kept, want one final quarter", now)
	}
}

// TestASteadyClockRemovesWhatIsOver holds the test above to what it looks for.
func TestASteadyClockRemovesWhatIsOver(t *testing.T) {
	at := time.Date(2022, 10, 25, 12, 3, 0, 0, time.UTC)
	p, keeps := openAt(t, at)
	before := keeps()
	var clock steady.Clock
	for minute := range 7 {
		elapsed := time.Duration(minute) * time.Minute
		p.tidyWhenSteady(t.Context(), &clock, steady.Look{Wall: at.Add(elapsed).AddDate(0, 0, 10), Elapsed: elapsed})
	}
	if now := keeps(); now.buckets != 0 || now.final != 1 || now.keys == before.keys {
		t.Errorf("ten days later %+v is kept, want no bucket, a final quarter and no key", now)
	}
}
