package replay

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/scenario"
)

// TestAFloodIsCountedAndArchivedOnce is the day of aws-2025-10-20 over many services in the distributed
// mode, scaled down. outcry simulate aws-2025-10-20 --reports 17000000 is the
// whole day.
func TestAFloodIsCountedAndArchivedOnce(t *testing.T) {
	s, err := scenario.Load("aws-2025-10-20")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.RedisURL, cfg.DatabaseURL = redistest.Start(t).URL(), pgtest.Database(t)
	f, err := Flood(t.Context(), cfg, s.Scaled(350, 200_000), scenario.DefaultSeed, nil, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.WriteText(t.Output()); err != nil {
		t.Fatal(err)
	}
	if f.Counted < 190_000 || f.Counted+f.Repeats != f.Reports {
		t.Errorf("of %d reports %d were counted and %d repeats", f.Reports, f.Counted, f.Repeats)
	}
	if f.Archived != f.Counted || f.RolledUp != f.Counted {
		t.Errorf("%d are archived and %d rolled up of %d counted", f.Archived, f.RolledUp, f.Counted)
	}
	if f.Deviation > maxDeviation {
		t.Errorf("Redis took %.0f bytes at its fullest, %.0f by the formula, and once %.0f %% off", f.RedisPeak, f.RedisFormula, 100*f.Deviation)
	}
	if f.RedisLeft > emptyMemory {
		t.Errorf("%.0f bytes are left after Forget, want at most %d", f.RedisLeft, emptyMemory)
	}
}

func TestAFloodNeedsTheDistributedMode(t *testing.T) {
	if _, err := Flood(t.Context(), config.Default(), &scenario.Scenario{}, 1, nil, slog.New(slog.NewTextHandler(os.Stderr, nil))); err == nil {
		t.Error("Flood ran in the embedded mode")
	}
}

func TestAFloodRefusesTheDatabaseOfARealServer(t *testing.T) {
	cfg := config.Default()
	cfg.RedisURL, cfg.DatabaseURL = redistest.Start(t).URL(), pgtest.Database(t)
	db, err := archive.OpenPostgres(t.Context(), cfg.DatabaseURL, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Mark(t.Context(), false), db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Flood(t.Context(), cfg, &scenario.Scenario{}, 1, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "are real") {
		t.Errorf("Flood into the database of a real server: %v, want an error", err)
	}
}
