package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadPagesReturnsThePagesWithAQuietLeadIn(t *testing.T) {
	pages, err := readPages()
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != 50 {
		t.Errorf("readPages() returned %d pages, want 50 of 69", len(pages))
	}
	for _, p := range pages {
		if len(p.counts) != 96 || p.declared != 48 {
			t.Errorf("%s has %d counts and was declared in bucket %d, want 96 and 48", p.name, len(p.counts), p.declared)
		}
	}
}

func TestASeedDrawsTheSameSeries(t *testing.T) {
	r := recipe{width: 5 * time.Minute, history: 2, weeks: 1, low: 0.1, high: 100, outages: 3}
	a, b := draw(1, r), draw(1, r)
	if !equalCounts(a.counts, b.counts) {
		t.Error("draw(1) twice gave different counts, want the same")
	}
	r.past = 3
	c := draw(1, r)
	if !equalCounts(a.counts[a.judged:], c.counts[c.judged:]) {
		t.Error("draw with past outages changed the judged counts, want them the same")
	}
	if equalCounts(a.counts[:a.judged], c.counts[:c.judged]) {
		t.Error("draw with past outages gave the same history, want another one")
	}
}

// equalCounts reports whether a and b are equal. Unknown counts equal each other.
func equalCounts(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

func TestDrawnCountsHaveTheirRates(t *testing.T) {
	s := draw(2, recipe{width: 5 * time.Minute, history: 4, weeks: 1, low: 20, high: 20, calm: true})
	counts, rates := 0.0, 0.0
	for i, x := range s.counts {
		counts += x
		rates += s.rates[i]
	}
	if math.Abs(counts/rates-1) > 0.02 {
		t.Errorf("sum of the counts = %v, want %v within 2 %%", counts, rates)
	}
}

// labelledSeries returns a series of 300 one-minute buckets, of which those from
// 10 on are judged, and alarms during the given stretches. The series has an
// outage from 100 to 150 whose upper half ends at 130.
func labelledSeries(stretches ...[2]int) (*series, []bool) {
	s := &series{width: time.Minute, counts: make([]float64, 300), judged: 10, outages: []outage{{from: 100, half: 130, to: 150}}}
	alarms := make([]bool, len(s.counts))
	for _, st := range stretches {
		for i := st[0]; i < st[1]; i++ {
			alarms[i] = true
		}
	}
	return s, alarms
}

func TestATallyCountsAlarmsByTheirOutages(t *testing.T) {
	for name, c := range map[string]struct {
		alarms                         [][2]int
		falsely, declared, early, ebbs int
		delay, clear                   float64
	}{
		"nothing":                     {},
		"in time":                     {alarms: [][2]int{{104, 160}}, declared: 1, delay: 5, clear: 10},
		"over too early":              {alarms: [][2]int{{104, 120}}, declared: 1, early: 1, delay: 5, clear: -30},
		"over while it ebbs":          {alarms: [][2]int{{104, 140}}, declared: 1, ebbs: 1, delay: 5, clear: -10},
		"an hour before":              {alarms: [][2]int{{40, 45}}, falsely: 1},
		"before, and still on":        {alarms: [][2]int{{90, 160}}, falsely: 1},
		"in the aftermath":            {alarms: [][2]int{{170, 175}}},
		"long after":                  {alarms: [][2]int{{220, 225}}, falsely: 1},
		"before what is judged":       {alarms: [][2]int{{3, 8}}},
		"false, and the outage later": {alarms: [][2]int{{20, 22}, {120, 155}}, falsely: 1, declared: 1, delay: 21, clear: 5},
	} {
		s, alarms := labelledSeries(c.alarms...)
		var got tally
		got.add(s, alarms, func(outage) bool { return true })
		if got.False != c.falsely || got.Declared != c.declared || got.Early != c.early || got.Ebbing != c.ebbs {
			t.Errorf("%s: add = %+v, want %d false, %d declared, %d early, %d ebbing", name, got, c.falsely, c.declared, c.early, c.ebbs)
		}
		if got.Declared > 0 && got.endedAboveTwice() != share(c.early+c.ebbs, c.declared) {
			t.Errorf("%s: endedAboveTwice() = %v %%, want %v %%", name, got.endedAboveTwice(), share(c.early+c.ebbs, c.declared))
		}
		if c.declared > 0 && (got.Delays[0] != c.delay || got.Clears[0] != c.clear) {
			t.Errorf("%s: delay %v, all-clear %v, want %v and %v", name, got.Delays, got.Clears, c.delay, c.clear)
		}
	}
}

func TestAnAlarmAfterABurstIsNotFalse(t *testing.T) {
	s, alarms := labelledSeries([2]int{41, 50})
	s.bursts = []burst{{at: 40, size: 9}, {at: 240, size: 9}}
	var got tally
	got.add(s, alarms, func(outage) bool { return true })
	if got.Bursts != 2 || got.Raised != 1 || got.False != 0 {
		t.Errorf("%+v, want 1 of 2 bursts and no false alarm", got)
	}
}

// The comparison is fair only if every simple rule declares large outages and
// none is in alarm all the time.
func TestEveryRuleDeclaresALargeOutage(t *testing.T) {
	r := recipe{width: 5 * time.Minute, history: 5, weeks: 1, low: 50, high: 50, outages: 2, calm: true}
	for _, rule := range rules() {
		var got tally
		for seed := range uint64(5) {
			got.judge(draw(seed+70, r), rule.detector)
		}
		if got.Declared < 5 {
			t.Errorf("%s declares %d of %d outages, want at least 5", rule.name, got.Declared, got.Outages)
		}
		if got.perWeek() > 60 {
			t.Errorf("%s has %.0f false alarms a week, want at most 60", rule.name, got.perWeek())
		}
	}
}

func TestRealPagesAreDeclaredInTime(t *testing.T) {
	pages, err := readPages()
	if err != nil {
		t.Fatal(err)
	}
	got := judgePages(pages, outcry)
	if got.Missed > 0 || got.InBucket < 34 || got.InTime < 20 || got.False > 1 {
		t.Errorf("%+v, want none of 50 missed, 34 by the end of the bucket, 20 in time, 1 false onset", got)
	}
}

func TestSlowOutagesComeAfterHalfADay(t *testing.T) {
	s := draw(3, recipe{width: 15 * time.Minute, weeks: 1, low: 1, high: 1, outages: 3, slow: true, calm: true})
	if len(s.outages) != 3 || s.outages[0].from < 48 || s.judged != 0 {
		t.Errorf("draw: %d outages, the first in bucket %d, judged from %d; want 3, the first not before 48, judged from 0", len(s.outages), s.outages[0].from, s.judged)
	}
}

// This test is a small scorecard on seeds of its own.
func TestTheDetectorReachesItsTargets(t *testing.T) {
	var quiet, out tally
	for i := range uint64(40) {
		quiet.judge(draw(5000+i, recipe{width: 5 * time.Minute, history: 5, weeks: 2, low: 0.02, high: 200}), outcry)
		out.judge(draw(6000+i, recipe{width: 5 * time.Minute, history: 5, weeks: 2, low: 0.02, high: 200, outages: 6}), outcry)
	}
	if quiet.perWeek() > 0.05 {
		t.Errorf("%d false alarms in %.0f quiet weeks, want at most 0.05 a week", quiet.False, quiet.Weeks)
	}
	if got := share(out.Declared, out.Outages); got < 74 {
		t.Errorf("%.0f %% of outages declared, want at least 74 %%", got)
	}
	if got := median(out.Delays); got > 15 {
		t.Errorf("median delay of %v minutes, want at most 15", got)
	}
	if got := share(out.Early, out.Declared); got > 3 {
		t.Errorf("%.1f %% ended early, want at most 3 %%", got)
	}
}

func TestTheScorecardHasAllItsPartsAndPlots(t *testing.T) {
	c, err := measure(t.Context(), tuning, 3, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	for name, svg := range c.plots() {
		if s := string(svg); !strings.HasPrefix(s, "<svg") || !strings.HasSuffix(s, "</svg>\n") || strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Errorf("%s is not a complete SVG without NaN and Inf", name)
		}
	}
	text := string(c.markdown())
	for _, want := range append(c.names, "real pages missed", "scorecard-roc.svg", sparseQuiet, scarred, "| outages | server, 1000000 a day |") {
		if !strings.Contains(text, want) {
			t.Errorf("markdown() does not contain %q", want)
		}
	}
}
