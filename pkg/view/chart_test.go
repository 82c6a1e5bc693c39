package view

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
)

func TestCourseIsAStepLine(t *testing.T) {
	d := newDrawing(pagetest.FourQuarters(10, 0, 10, 10), Even)
	count, over := d.courses()
	// The highest value is the 20 of the range, 1.12 of which fills the plot.
	y := func(n float64) string { return thousandth(d.y(n) / 100) }
	want := "M0 " + y(10) + "H250V" + y(0) + "H500V" + y(10) + "H750V" + y(10) + "H1000"
	if count != want || over != "" {
		t.Errorf("courses() = %q, %q, want %q and nothing", count, over, want)
	}
	if y(0) != "850" {
		t.Errorf("nothing lies at %s, want the axis at 850", y(0))
	}
}

func TestCourseAboveTheRangeIsDrawnApart(t *testing.T) {
	d := newDrawing(pagetest.FourQuarters(10, 40, 50, 10), Even)
	count, over := d.courses()
	y := func(n float64) string { return thousandth(d.y(n) / 100) }
	if want := "M0 " + y(10) + "H250M750 " + y(10) + "H1000"; count != want {
		t.Errorf("count = %q, want %q", count, want)
	}
	if want := "M250 " + y(10) + "V" + y(40) + "H500V" + y(50) + "H750V" + y(10); over != want {
		t.Errorf("over = %q, want %q", over, want)
	}
}

// steps are the horizontal stretches of a path.
func steps(t *testing.T, path string) []interval {
	t.Helper()
	var all []interval
	x := 0.0
	for _, m := range regexp.MustCompile(`([MHV])(\d+)(?: \d+)?`).FindAllStringSubmatch(path, -1) {
		n, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		switch m[1] {
		case "M":
			x = n
		case "H":
			all, x = append(all, interval{x, n}), n
		}
	}
	return all
}

func TestGapIsNeverBridged(t *testing.T) {
	for name, counts := range map[string][]int64{
		"in the middle":       {10, -1, -1, 10},
		"at the beginning":    {-1, 10, 10, 10},
		"at the end":          {10, 10, 10, -1},
		"between two above":   {40, -1, 40, 40},
		"between both kinds":  {10, -1, 40, 10},
		"two of them":         {-1, 10, -1, 40},
		"nothing but unknown": {-1, -1, -1, -1},
	} {
		d := newDrawing(pagetest.FourQuarters(counts...), Even)
		count, over := d.courses()
		drawn := append(steps(t, count), steps(t, over)...)
		known := 0.0
		for i, n := range counts {
			if n >= 0 {
				known += 250
				continue
			}
			for _, s := range drawn {
				if s.from < float64(i+1)*250 && s.to > float64(i)*250 {
					t.Errorf("%s: a line from %v to %v runs through the gap of point %d", name, s.from, s.to, i)
				}
			}
		}
		covered := 0.0
		for _, s := range drawn {
			covered += s.to - s.from
		}
		for _, g := range d.gaps() {
			known += 1000 * (g.to - g.from)
		}
		if covered > known || math.Abs(known-1000) > 1e-6 {
			t.Errorf("%s: %v of 1000 is drawn, gaps and counts cover %v", name, covered, known)
		}
	}
}

func TestNeighbouringGapsAreOne(t *testing.T) {
	got := newDrawing(pagetest.FourQuarters(10, -1, -1, 10), Even).gaps()
	if want := []interval{{.25, .75}}; len(got) != 1 || got[0] != want[0] {
		t.Errorf("gaps() = %v, want %v", got, want)
	}
}

func TestRunningStepShowsTheSlidingWindow(t *testing.T) {
	s := pagetest.FourQuarters(10, 10, 10, 3)
	s.AsOf = pagetest.At("07:50")
	c := DrawChart(pagetest.Locale(t, "en"), s, ChartRanges[0], status.Status{Observed: 12, AsOf: s.AsOf, Window: 15 * time.Minute}, Even)
	d := newDrawing(settled(s, status.Status{Observed: 12, Window: 15 * time.Minute}), Even)
	if !strings.HasSuffix(c.Count, "V"+thousandth(d.y(12)/100)+"H833") {
		t.Errorf("the course %q does not end with 12 at 07:50", c.Count)
	}
	if c.Now == nil || c.Now.X != "83.33%" || c.Now.Above {
		t.Errorf("Now = %+v, want an ordinary dot at 83.33%%", c.Now)
	}
	if got := c.Figures[3]; got != (Figure{From: "07:45", Count: "3 so far", Usual: "10", Upper: "20"}) {
		t.Errorf("the last figure is %+v; the table must say what was counted so far", got)
	}
	if s.Points[3].Count != 3 {
		t.Error("chart changed the series, which others read too")
	}
}

func TestUnknownNowHasNoDot(t *testing.T) {
	c := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(10, 10, 10, -1), ChartRanges[0], status.Status{Level: detect.Unknown}, "")
	if c.Now != nil {
		t.Errorf("Now = %+v for a window that nobody counted", c.Now)
	}
	if c.Figures[3].Count != "not counted" {
		t.Errorf("the figure of a gap is %q", c.Figures[3].Count)
	}
	if !c.Keys.Gap {
		t.Error("the key does not explain the gap")
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		name  string
		peak  int64
		asked Scale
		want  Scale
	}{
		{"a peak of fifty times the usual", 500, "", Even},
		{"a higher one", 501, "", Tens},
		{"a small one, asked for", 20, Tens, Tens},
		{"a high one, asked for", 9_000, Even, Even},
		{"an unknown scale", 20, "sideways", Even},
	} {
		if got := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(10, c.peak, 10, 10), ChartRanges[0], status.Status{Observed: 10}, c.asked).Scale; got != c.want {
			t.Errorf("%s: scale %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLinesOfTensAreTenTimesApart(t *testing.T) {
	c := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(300, 400, 21_000, 236_900), ChartRanges[0], status.Status{Observed: 236_900}, Tens)
	var got []string
	for _, l := range c.Lines {
		got = append(got, l.Text)
	}
	// The usual range of the series begins at 5, so that the scale begins at 0.
	if diff := cmp.Diff([]string{"1", "10", "100", "1,000", "10,000", "100,000"}, got); diff != "" {
		t.Errorf("lines: %s", diff)
	}
	for i := 1; i < len(c.Lines); i++ {
		if share(t, c.Lines[i].At) >= share(t, c.Lines[i-1].At) {
			t.Errorf("line %s at %s is not above %s at %s", c.Lines[i].Text, c.Lines[i].At, c.Lines[i-1].Text, c.Lines[i-1].At)
		}
	}
}

func share(t *testing.T, percent string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEvenStep(t *testing.T) {
	for high, want := range map[float64]float64{4.48: 1, 5: 1, 12: 5, 22.4: 5, 100: 20, 260_000: 100_000, 1: 1} {
		if got := evenStep(high); got != want {
			t.Errorf("evenStep(%v) = %v, want %v", high, got, want)
		}
	}
}

func TestEverythingLiesWithinThePlot(t *testing.T) {
	for name, s := range map[string]status.Series{
		"outage": pagetest.Day(420, []int64{902, 21_400, 96_200, 236_900}), "quiet": pagetest.Day(.4, nil), "nothing": pagetest.Day(0, nil),
		"gap at the end": pagetest.WithGap(pagetest.Day(14, nil), pagetest.At("07:30"), pagetest.At("08:00")), "unknown": pagetest.WithGap(pagetest.Day(14, nil), time.Time{}, pagetest.At("09:00")),
	} {
		for _, scale := range []Scale{Tens, Even} {
			d := newDrawing(s, scale)
			count, over := d.courses()
			for _, m := range regexp.MustCompile(`(?:[MLV]|M\d+ |L\d+ )(\d+)`).FindAllStringSubmatch(count+over+d.band(), -1) {
				if n, _ := strconv.Atoi(m[1]); n > 1000 {
					t.Errorf("%s by %s: %s lies outside the drawing", name, scale, m[0])
				}
			}
			if strings.Contains(count+over+d.band(), "NaN") || strings.Contains(count+over+d.band(), "-") {
				t.Errorf("%s by %s: the path holds what is no place: %s", name, scale, count+over+d.band())
			}
		}
	}
}

func TestTitleStatesTheFinding(t *testing.T) {
	unknown := pagetest.FourQuarters(-1, -1, -1, -1)
	plain := pagetest.FourQuarters(1, 2, 1, 0)
	for i := range plain.Points {
		plain.Points[i].Expected, plain.Points[i].Upper = 0, 0
	}
	above, within := status.Status{Observed: 1, Above: true}, status.Status{Observed: 1}
	over := status.Status{Observed: 1, Above: true, State: incident.Resolved}
	learning := status.Status{Observed: 1, Reason: detect.Reason{Code: detect.ReasonNoHistory}}
	down := status.Status{Observed: 1, Level: detect.Outage, Onset: pagetest.At("07:07")}
	for _, c := range []struct {
		series status.Series
		status status.Status
		want   string
	}{
		{pagetest.FourQuarters(10, 10, 40, 50), above, "Above the usual range since 07:30"},
		{pagetest.FourQuarters(10, 40, -1, 50), above, "Above the usual range since 07:15"},
		{pagetest.FourQuarters(10, 10, 40, 50), within, "Last above the usual range at 07:45"},
		{pagetest.FourQuarters(10, 10, 40, 50), over, "Last above the usual range at 07:45"},
		{pagetest.FourQuarters(10, 10, 40, 50), down, "Trouble since 07:07"},
		{pagetest.FourQuarters(10, 10, 10, 10), down, "Trouble since 07:07"},
		{pagetest.FourQuarters(10, 40, 10, 10), within, "Last above the usual range at 07:15"},
		{pagetest.FourQuarters(10, 10, 10, 10), within, "Reports stayed in their usual range"},
		{pagetest.FourQuarters(10, 10, 10, 10), above, "Reports in the last 24 hours"},
		{pagetest.FourQuarters(10, 40, 10, 10), learning, "Reports in the last 24 hours"},
		{pagetest.FourQuarters(10, 10, 10, 10), learning, "Reports in the last 24 hours"},
		{unknown, within, "Nothing could be counted in the last 24 hours"},
		{plain, within, "Reports in the last 24 hours"},
	} {
		if got := DrawChart(pagetest.Locale(t, "en"), c.series, ChartRanges[0], c.status, "").Title; got != c.want {
			t.Errorf("title %q, want %q", got, c.want)
		}
	}
}

func TestTroubleIsNotCalledUsual(t *testing.T) {
	s := status.Status{Level: detect.Outage, Observed: 50, Since: pagetest.At("07:49")}
	if got, want := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(10, 10, 10, 10), ChartRanges[0], s, "").Title, "Reports in the last 24 hours"; got != want {
		t.Errorf("title %q of a service that is down, want %q", got, want)
	}
}

func TestStripLastsAsLongAsTheLevel(t *testing.T) {
	s := status.Status{Level: detect.Outage, Since: pagetest.At("07:30"), Observed: 50}
	if got := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(10, 10, 40, 50), ChartRanges[0], s, "").Strips; len(got) != 1 || got[0] != (Strip{Span{"50%", "50%"}, "outage"}) {
		t.Errorf("strip = %+v, want an outage over the second half", got)
	}
	if got := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(10, 10, 10, 10), ChartRanges[0], status.Status{Since: pagetest.At("07:30")}, "").Strips; got != nil {
		t.Errorf("strip = %+v without trouble", got)
	}
}
