package monitor_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

func TestTheThresholdFollowsTheVolumeOfTheMiddleDay(t *testing.T) {
	h := newHouse(t)
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
	h.pass(time.Minute, "IN", 0, 1)
	const quiet = 2880 // the reports of WhatsApp
	want := detect.Threshold(1_000_000+quiet, 1)
	if got := h.monitor.Dials.Threshold; math.Abs(got-want) > 1e-9 {
		t.Errorf("the threshold is %v, want %v", got, want)
	}
	if want < detect.Threshold(0, 1)+2 {
		t.Errorf("a million reports a day ask for %v nats, none for %v", want, detect.Threshold(0, 1))
	}
	if got := detect.Threshold(1e6, 10); math.Abs(detect.Threshold(1e6, 1)-got-math.Log(10)) > 1e-9 {
		t.Errorf("ten false alarms a day ask for %v nats", got)
	}
}

func TestAServiceMayAskForMoreNetworks(t *testing.T) {
	h := newHouse(t)
	h.monitor.Quorum = func(service string) (int, int) { return 30, 60 }
	h.pass(20*time.Minute, "IN", 60, 25)
	if all := h.incidents(); len(all) != 0 {
		t.Errorf("25 networks made an incident where 30 are asked for: %+v", all)
	}
	h.pass(20*time.Minute, "IN", 60, 2000)
	if all := h.incidents(); len(all) != 1 || all[0].Declared.IsZero() {
		t.Errorf("2,000 networks did not: %+v", all)
	}
}
