package status

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestTheSeriesOfADayHasNoGapsAndMarksUnknownPoints(t *testing.T) {
	h := newSources()
	h.count(noon.Add(-time.Hour), "IN", "messaging", 7)
	for m := range 10 { // 10 of 15 minutes of a quarter are not counted
		h.unknown[time.Date(2022, 10, 25, 9, m, 0, 0, time.UTC)] = true
	}
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Points) != 97 || s.Step != 15*time.Minute { // 24 hours and the running quarter
		t.Fatalf("Series has %d points of %s; want 97 of 15m", len(s.Points), s.Step)
	}
	for i, p := range s.Points {
		if i > 0 && !p.Start.Equal(s.Points[i-1].Start.Add(s.Step)) {
			t.Errorf("point %d starts at %s, which leaves a gap", i, p.Start)
		}
		if uncounted := p.Start.Hour() == 9 && p.Start.Minute() == 0 && p.Start.Day() == 25; p.Known == uncounted {
			t.Errorf("point at %s: Known = %v; want %v", p.Start, p.Known, !uncounted)
		}
		if p.Start.Equal(noon.Truncate(time.Hour).Add(-time.Hour)) && p.Count != 7 {
			t.Errorf("point at %s counts %d; want 7", p.Start, p.Count)
		}
		if p.Upper < p.Expected {
			t.Errorf("point at %s: Upper = %g is below Expected = %g", p.Start, p.Upper, p.Expected)
		}
	}
}

func TestTheSeriesOfAWeekJoinsRollupsAndBucketsWithoutCountingTwice(t *testing.T) {
	h := newSources()
	// Five days of rollups, up to now, and buckets for the last 26 hours: each
	// quarter holds 15 reports, whichever side it is read from.
	for at := noon.Add(-5 * 24 * time.Hour).Truncate(15 * time.Minute); at.Before(noon); at = at.Add(15 * time.Minute) {
		h.archived = append(h.archived, window.Rollup{Service: "whatsapp", Kind: report.Problem,
			Cell: window.Cell{Country: "IN", Symptom: "login"}, Start: at, Width: 15 * time.Minute, N: 15})
		h.spans = append(h.spans, window.Span{Start: at, Width: 15 * time.Minute, Known: 15})
	}
	for at := window.Start(noon.Add(-window.Retention)); at.Before(noon); at = at.Add(time.Minute) {
		h.count(at, "IN", "login", 1)
	}
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{From: noon.Add(-4 * 24 * time.Hour), Step: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Points[:len(s.Points)-1] { // the last hour is running
		if p.Count != 60 || !p.Known {
			t.Errorf("the hour from %s counts %d (known: %v); want 60", p.Start, p.Count, p.Known)
		}
	}
}

func TestASymptomInACountryExpectsItsShareOfTheCountry(t *testing.T) {
	h := newSources()
	in, login := window.Cell{Country: "IN"}, window.Cell{Symptom: "login"}
	both := window.Cell{Country: "IN", Symptom: "login"}
	h.cells = map[window.Cell]*detect.Baseline{ // India has half of all reports, login a fifth; the baseline of both must not be used
		in: h.baseline.Scaled(0.5), login: h.baseline.Scaled(0.2), both: h.baseline.Scaled(1e-6),
	}
	h.count(noon, "IN", "login", 1)
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{Country: "IN", Symptom: "login"})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Points[0]
	want := h.baseline.Scaled(0.1)
	if e := want.Expected(p.Start, p.Start.Add(s.Step)); math.Abs(p.Expected-e) > 1e-9 || math.Abs(p.Upper-want.Upper(e)) > 1e-9 {
		t.Errorf("login in India: expected %g, at most %g; want %g, at most %g", p.Expected, p.Upper, e, want.Upper(e))
	}
	c, err := h.board(t).Countries(context.Background(), "whatsapp", window.Default, "login")
	if err != nil {
		t.Fatal(err)
	}
	if e := want.Expected(windowStart(noon, window.Default), noon); math.Abs(c.Countries[0].Expected-e) > 1e-4 {
		t.Errorf("login in India: the countries expect %g; want %g", c.Countries[0].Expected, e)
	}
}

func TestASeriesThatCannotBeReadIsRefused(t *testing.T) {
	b := newSources().board(t)
	for _, c := range []struct {
		name  string
		query SeriesQuery
		field string
	}{
		{"a step that is not offered", SeriesQuery{Step: 7 * time.Minute}, "step"},
		{"an end before the beginning", SeriesQuery{From: noon.Add(-time.Hour), To: noon.Add(-2 * time.Hour)}, "from"},
		{"a beginning in the future", SeriesQuery{From: noon.Add(time.Hour)}, "from"},
		{"too many points", SeriesQuery{From: noon.AddDate(-3, 0, 0), Step: 15 * time.Minute}, "step"},
		{"fine steps long ago", SeriesQuery{From: noon.Add(-48 * time.Hour), To: noon.Add(-47 * time.Hour), Step: time.Minute}, "step"},
	} {
		_, err := b.Series(context.Background(), "whatsapp", c.query)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != c.field {
			t.Errorf("%s: %v; want Invalid, field %s", c.name, err, c.field)
		}
	}
}

func TestARollupLongerThanAStepIsDivided(t *testing.T) {
	h := newSources()
	hour := noon.Add(-48 * time.Hour).Truncate(time.Hour)
	h.archived = []window.Rollup{{Service: "whatsapp", Kind: report.Problem, Start: hour, Width: time.Hour, N: 10}}
	h.spans = []window.Span{{Start: hour, Width: time.Hour, Known: 60}}
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{From: hour, To: hour.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, p := range s.Points {
		if p.Count < 2 || p.Count > 3 || !p.Known {
			t.Errorf("the quarter from %s counts %d (known: %v); want 2 or 3", p.Start, p.Count, p.Known)
		}
		total += p.Count
	}
	if total != 10 {
		t.Errorf("the quarters add up to %d; want 10", total)
	}
}

func TestASeriesMayStartWithinAWideRollup(t *testing.T) {
	for _, x := range []struct {
		age, width, step time.Duration
	}{
		{36 * 24 * time.Hour, time.Hour, 15 * time.Minute},
		{400 * 24 * time.Hour, 24 * time.Hour, time.Hour},
	} {
		h := newSources()
		start := noon.Add(-x.age).Truncate(x.width)
		parts := int64(x.width / x.step)
		h.archived = []window.Rollup{{Service: "whatsapp", Kind: report.Problem, Start: start, Width: x.width, N: 2 * parts}}
		h.spans = []window.Span{{Start: start, Width: x.width, Known: int(x.width / time.Minute)}}
		s, err := h.board(t).Series(context.Background(), "whatsapp",
			SeriesQuery{From: start.Add(x.step), To: start.Add(3 * x.step), Step: x.step})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Points) != 2 {
			t.Fatalf("%d points; want 2", len(s.Points))
		}
		for _, p := range s.Points {
			if p.Count != 2 || !p.Known {
				t.Errorf("%s ago, the %s from %s counts %d (known: %v); want 2", x.age, x.step, p.Start, p.Count, p.Known)
			}
		}
	}
}

// newInstallation returns sources that began to count three hours ago, with one
// report a minute. Their rollups, with two reports a minute, cover the two days
// before that and end ten minutes after counting began.
func newInstallation() (h *sources, began time.Time) {
	h = newSources()
	began = time.Date(2022, 10, 25, 9, 0, 0, 0, time.UTC).Add(-10 * time.Minute)
	for at := window.Start(noon.Add(-window.Retention)); at.Before(began); at = at.Add(time.Minute) {
		h.unknown[at] = true
	}
	for at := began; at.Before(noon); at = at.Add(time.Minute) {
		h.count(at, "IN", "login", 1)
	}
	for at := began.Add(-48 * time.Hour).Truncate(15 * time.Minute); at.Before(began.Add(10 * time.Minute)); at = at.Add(15 * time.Minute) {
		h.archived = append(h.archived, window.Rollup{Service: "whatsapp", Kind: report.Problem,
			Cell: window.Cell{Country: "IN", Symptom: "login"}, Start: at, Width: 15 * time.Minute, N: 30})
		h.spans = append(h.spans, window.Span{Start: at, Width: 15 * time.Minute, Known: 15})
	}
	return h, began
}

func TestTimeBeforeCountingBeganComesFromTheArchive(t *testing.T) {
	h, began := newInstallation()
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Points {
		want := int64(30) // before
		switch first := began.Truncate(15 * time.Minute); {
		case p.Start.Equal(first):
			want = 10 // minutes of it were counted: no archive beside them
		case p.Start.Equal(noon.Truncate(15 * time.Minute)):
			want = 1
		case p.Start.After(first):
			want = 15
		}
		if p.Count != want || !p.Known {
			t.Errorf("the quarter from %s counts %d (known: %v); want %d", p.Start, p.Count, p.Known, want)
		}
	}
	days, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{From: noon.Truncate(24 * time.Hour), Step: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	// 35 quarters before the one in which it began, and 191 minutes since.
	if p := days.Points[0]; p.Count != 35*30+191 || !p.Known {
		t.Errorf("today counts %d (known: %v); want %d", p.Count, p.Known, 35*30+191)
	}
}

func TestAnUncountedMinuteIsNotFilledFromItsQuarter(t *testing.T) {
	for _, x := range []struct{ counted, lost int }{{0, 14}, {14, 0}} { // minutes of a quarter
		h, began := newInstallation()
		quarter := began.Truncate(15 * time.Minute) // it has a rollup
		for m := range 15 {
			h.unknown[quarter.Add(time.Duration(m)*time.Minute)] = m != x.counted
		}
		lost := quarter.Add(time.Duration(x.lost) * time.Minute)
		h.counts[lost] = nil
		s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{From: lost, To: lost.Add(time.Minute), Step: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if p := s.Points[0]; p.Known || p.Count != 0 {
			t.Errorf("minute %d of a quarter, of which minute %d was counted, is %+v; want it unknown", x.lost, x.counted, p)
		}
	}
}

func TestReportsOfAnUncountedQuarterWithoutARollupCount(t *testing.T) {
	h := newSources()
	at := noon.Add(-2 * time.Hour).Truncate(15 * time.Minute)
	for m := range 15 { // no heartbeat, and yet there were reports
		h.unknown[at.Add(time.Duration(m)*time.Minute)] = true
	}
	h.count(at, "IN", "login", 5)
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{From: noon.Truncate(24 * time.Hour), Step: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Points[0]; p.Count != 5 || !p.Known {
		t.Errorf("today counts %d (known: %v); want 5", p.Count, p.Known)
	}
}

func TestGapsStayGapsWithoutTheArchive(t *testing.T) {
	h, began := newInstallation()
	h.archiveErr = errors.New("connection refused")
	s, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{})
	if err != nil {
		t.Fatalf("Series of a day without the archive: %v; want it with gaps", err)
	}
	for _, p := range s.Points {
		if uncounted := p.Start.Before(began.Truncate(15 * time.Minute)); p.Known == uncounted {
			t.Errorf("the quarter from %s: Known = %v; want %v", p.Start, p.Known, !uncounted)
		}
	}
	if _, err := h.board(t).Series(context.Background(), "whatsapp", SeriesQuery{From: noon.Add(-72 * time.Hour)}); !errors.Is(err, h.archiveErr) {
		t.Errorf("three days without the archive: %v; want %v", err, h.archiveErr)
	}
}

func TestLongSeriesAreNotCached(t *testing.T) {
	h := newSources()
	b := h.board(t)
	for _, x := range []struct {
		length time.Duration
		step   time.Duration
		cached int
	}{
		{window.Retention - time.Hour, time.Minute, 0}, // 1,500 points
		{7 * 24 * time.Hour, 15 * time.Minute, 1},
	} {
		if _, err := b.Series(context.Background(), "whatsapp", SeriesQuery{From: noon.Add(-x.length), Step: x.step}); err != nil {
			t.Fatal(err)
		}
		if got := b.seriesCache.Len(); got != x.cached {
			t.Errorf("a series of %s in steps of %s leaves %d answers; want %d", x.length, x.step, got, x.cached)
		}
	}
}
