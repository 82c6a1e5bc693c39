package monitor_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestTheThresholdFollowsTheVolumeOfTheMiddleDay(t *testing.T) {
	h := newFixture(t)
	save := func(day time.Time, n int64) {
		t.Helper()
		if err := h.archive.SaveRollups(context.Background(), []window.Rollup{{
			Service: "facebook", Start: day, Width: time.Hour, Cell: window.Cell{Country: "US", Symptom: "feed"}, N: n,
		}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	today := h.now.Truncate(24 * time.Hour)
	for d := 1; d <= 7; d++ {
		n := int64(1_000_000)
		if d == 3 {
			n = 50_000_000 // a day with an outage counts like any other
		}
		save(today.AddDate(0, 0, -d), n)
	}
	h.run(time.Minute, "IN", 0, 1)
	const whatsapp = 2880 // reports a day, see writeHistory
	want := detect.Threshold(1_000_000+whatsapp, 1)
	if got := h.monitor.Settings.Threshold; math.Abs(got-want) > 1e-9 {
		t.Errorf("the threshold is %v, want %v", got, want)
	}
	if want < detect.Threshold(0, 1)+2 {
		t.Errorf("Threshold of a million reports a day = %v, want at least 2 above %v, that of none", want, detect.Threshold(0, 1))
	}
	if got := detect.Threshold(1e6, 10); math.Abs(detect.Threshold(1e6, 1)-got-math.Log(10)) > 1e-9 {
		t.Errorf("Threshold(1e6, 10) = %v, want that of one false alarm a day less log 10", got)
	}
}

func TestAServiceMayAskForMoreNetworks(t *testing.T) {
	h := newFixture(t)
	h.monitor.Quorum = func(service string) (int, int) { return 30, 60 }
	h.run(20*time.Minute, "IN", 60, 25)
	if all := h.incidents(); len(all) != 0 {
		t.Errorf("25 networks made incidents %+v, want none: the quorum is 30", all)
	}
	h.run(20*time.Minute, "IN", 60, 2000)
	if all := h.incidents(); len(all) != 1 || all[0].Declared.IsZero() {
		t.Errorf("2,000 networks made incidents %+v, want one, declared", all)
	}
}

// archiveWithoutVolume is an archive that cannot count the problems of a day.
type archiveWithoutVolume struct{ monitor.Archive }

func (archiveWithoutVolume) Problems(context.Context, time.Time, time.Time) (int64, error) {
	return 0, errors.New("away")
}

func TestAnUnknownVolumeDelaysNoJudgement(t *testing.T) {
	h := newFixture(t)
	h.monitor.Archive = archiveWithoutVolume{h.archive}
	threshold := h.monitor.Settings.Threshold
	failures := 0
	for range 60 {
		h.now = h.now.Add(monitor.Interval)
		var reports []report.Report
		for range 10 {
			reports = append(reports, h.report(h.now.Add(-time.Millisecond), "IN", h.rng.IntN(1<<20)))
		}
		h.store.Count(context.Background(), reports)
		if err := h.monitor.Tick(context.Background(), h.now); err != nil {
			failures++
		}
	}
	if failures != 2 {
		t.Errorf("%d ticks in ten minutes fail, want 2: the volume is read every five minutes", failures)
	}
	if all := h.incidents(); len(all) != 1 || all[0].Declared.IsZero() || h.monitor.Settings.Threshold != threshold {
		t.Errorf("the threshold is %v and the incidents %+v, want it unchanged and one, declared", h.monitor.Settings.Threshold, all)
	}
}

// TestUselessStatesAreDeleted saves a state that cannot be read and an empty one.
func TestUselessStatesAreDeleted(t *testing.T) {
	h := newFixture(t)
	if err := h.archive.SaveStates(context.Background(), map[string][]byte{"signal": []byte("{"), "telegram/BD": []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	h.restart()
	h.run(2*time.Minute, "IN", 0, 1)
	states, err := h.archive.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"signal", "telegram/BD"} {
		if data, there := states[name]; there {
			t.Errorf("the state of %s is %s, want it deleted", name, data)
		}
	}
}
