package window_test

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Package report, a layer below, has no access to Width.
func TestAReportNamesTheStartOfABucket(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{noon, noon.Add(time.Nanosecond), noon.Add(window.Width - time.Nanosecond), noon.Add(window.Width)} {
		r, err := report.Validate(report.Submission{Service: "acme", Symptom: "login"}, anything{}, at)
		if err != nil || r.Minute != window.Start(at) {
			t.Errorf("a report received at %s names %s, error %v; want %s", at, r.Minute, err, window.Start(at))
		}
	}
}

// anything is a catalog that has every service, symptom and country.
type anything struct{}

func (anything) HasService(string) bool         { return true }
func (anything) HasSymptom(string, string) bool { return true }
func (anything) HasCountry(string) bool         { return true }

func TestAMinuteIsTheNumberOfABucket(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	first := window.MinuteOf(noon)
	for _, c := range []struct {
		at         time.Time
		of, notYet window.Minute
	}{
		{noon, first, first},
		{noon.Add(time.Nanosecond), first, first + 1},
		{noon.Add(window.Width - time.Nanosecond), first, first + 1},
		{noon.Add(window.Width), first + 1, first + 1},
		{noon.In(time.FixedZone("IST", 19800)), first, first},
	} {
		if got := window.MinuteOf(c.at); got != c.of || !got.Start().Equal(window.Start(c.at)) {
			t.Errorf("MinuteOf(%s) = %d, which starts at %s; want %d at %s", c.at, got, got.Start(), c.of, window.Start(c.at))
		}
		if got := window.FirstMinute(c.at); got != c.notYet {
			t.Errorf("FirstMinute(%s) = %d, want %d", c.at, got, c.notYet)
		}
	}
}

func TestMinutesOfADayBelongToIt(t *testing.T) {
	midnight := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	const day = 20516 // days from 1970-01-01 to 2026-03-04
	if got := window.FirstOfDay(day).Start(); !got.Equal(midnight) {
		t.Errorf("FirstOfDay(%d) starts at %s, want %s", day, got, midnight)
	}
	for at, want := range map[time.Time]int64{
		midnight.Add(-window.Width): day - 1, midnight: day, midnight.Add(24*time.Hour - window.Width): day, midnight.Add(24 * time.Hour): day + 1,
	} {
		if got := window.MinuteOf(at).Day(); got != want {
			t.Errorf("the minute of %s is part of day %d, want %d", at, got, want)
		}
	}
}

func TestMinutesAndDurationsConvertBothWays(t *testing.T) {
	if got := window.Minutes(window.Retention + time.Second); got != 26*60 {
		t.Errorf("Minutes(%s) = %d, want %d", window.Retention+time.Second, got, 26*60)
	}
	if got := window.Minute(90).Duration(); got != 90*time.Minute {
		t.Errorf("90 minutes last %s, want 1h30m", got)
	}
}
