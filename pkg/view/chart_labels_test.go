package view

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// drawn is the chart of a service of a board over a range.
func drawn(t *testing.T, b *pagetest.Board, slug string, r Range, l *locale.Locale) *Chart {
	t.Helper()
	series, err := b.Series(t.Context(), slug, r.Query(pagetest.Now))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := b.Status(t.Context(), slug)
	return DrawChart(l, series, r, s, "")
}

func TestTimesBelowTheAxisAreRound(t *testing.T) {
	for i, want := range [][]string{
		{"(09:00)", "12:00", "(15:00)", "18:00", "(21:00)", "00:00", "(03:00)", "06:00"},
		{"02:00", "(03:00)", "04:00", "(05:00)", "06:00", "(07:00)"},
		{"(06:50)", "07:00", "(07:10)", "07:20", "(07:30)", "07:40", "(07:50)"},
		{"07:35", "07:40", "07:45", "07:50"},
	} {
		c := drawn(t, pagetest.Morning(), "whatsapp", ChartRanges[i], pagetest.Locale(t, "en"))
		var got []string
		for _, tick := range c.Times {
			text := tick.Text
			if tick.Wide {
				text = "(" + text + ")"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("times of %s: %s", ChartRanges[i].Length, diff)
		}
	}
}

func TestLastWholeStepIsLabelled(t *testing.T) {
	b := pagetest.Morning()
	for i, want := range []string{"236,900 in the last 15 minutes", "26,300 in 5 minutes from 07:45", "5,260 in the minute from 07:49", "5,260 in the minute from 07:49"} {
		c := drawn(t, b, "whatsapp", ChartRanges[i], pagetest.Locale(t, "en"))
		if c.Now == nil || c.Now.Text.Text != want || c.Now.Dot != (i == 0) {
			t.Errorf("%s: %+v, want %q and a dot only for the sliding window", ChartRanges[i].Length, c.Now, want)
		}
		if i > 0 && c.Now.X != "100%" {
			t.Errorf("%s: the last whole step ends at %s, want the edge", ChartRanges[i].Length, c.Now.X)
		}
	}
}

func TestRunningMinuteIsNoDrop(t *testing.T) {
	s := pagetest.Divide(pagetest.FourQuarters(10*15, 10*15, 10*15, 10*15), time.Minute)
	s.AsOf = pagetest.At("07:59").Add(20 * time.Second)
	s.Points[59].Count = 1
	c := DrawChart(pagetest.Locale(t, "en"), s, ChartRanges[2], status.Status{Observed: 150, Window: 15 * time.Minute}, Even)
	if strings.Count(c.Count, "V") != strings.Count(c.Count, "V"+thousandth(newDrawing(settled(s, status.Status{}), Even).y(10)/100)) {
		t.Errorf("the course %q drops", c.Count)
	}
	if got := c.Figures[59].Count; got != "1 so far" {
		t.Errorf("the last figure is %q", got)
	}
}

func TestTheFirstMinuteHasATitleOfItsOwn(t *testing.T) {
	b := pagetest.MorningSince(20 * time.Second)
	series := pagetest.Divide(b.SeriesOf["whatsapp"], time.Minute)
	for i := range series.Points {
		series.Points[i].Known = i == len(series.Points)-1
	}
	series.AsOf = series.Points[len(series.Points)-1].Start.Add(20 * time.Second)
	c := DrawChart(pagetest.Locale(t, "en"), series, ChartRanges[3], b.StatusOf["whatsapp"], "")
	if c.Title != "Counting has just begun" || c.Now != nil {
		t.Errorf("title %q, label %+v", c.Title, c.Now)
	}
}

// TestWordsStayWithinTheChart draws every range of servers of every age, and
// looks for words outside the drawing or a gap's name outside the gap.
func TestWordsStayWithinTheChart(t *testing.T) {
	all, err := locale.Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	named := map[bool]int{}
	for _, l := range all {
		for _, r := range ChartRanges {
			for _, ago := range []time.Duration{0, time.Minute, 4 * time.Minute, 13 * time.Minute, 50 * time.Minute, 5 * time.Hour, 17 * time.Hour, 48 * time.Hour} {
				for _, slug := range []string{"whatsapp", "bkash", "yahoo-mail", "signal"} {
					name := fmt.Sprintf("%s of %s in %s, counted for %s", r.Length, slug, l.Code, ago)
					c := drawn(t, pagetest.MorningSince(ago), slug, r, l)
					var x, width float64
					for _, g := range c.Gaps {
						if share(t, g.Width) > width {
							x, width = share(t, g.X), share(t, g.Width)
						}
						if share(t, g.X)+share(t, g.Width) > 100.01 {
							t.Errorf("%s: the gap %v leaves the chart", name, g)
						}
					}
					named[c.GapText != nil]++
					if g := c.GapText; g != nil {
						chart := narrowChart
						if g.Wide {
							chart = wideChart
						}
						half := 50 * letterWidth * float64(len([]rune(g.Text))) / chart
						if at := share(t, g.X); at-half < x || at+half > x+width || g.Anchor != "middle" {
							t.Errorf("%s: %q at %v ± %v lies outside the gap from %v, %v wide", name, g.Text, at, half, x, width)
						}
						for _, other := range []*Text{c.Usual, c.Mark} {
							if other != nil && share(t, other.Y) == share(t, g.Y) {
								t.Errorf("%s: %q is written over %q", name, g.Text, other.Text)
							}
						}
					}
					if u := c.Usual; u != nil {
						half := 50 * letterWidth * float64(len([]rune(u.Text))) / narrowChart
						if at := share(t, u.X); at-half < -0.01 || at+half > 100.01 {
							t.Errorf("%s: %q at %v leaves the chart", name, u.Text, at)
						}
					}
					for _, strip := range c.Strips {
						if share(t, strip.X)+share(t, strip.Width) > 100.01 || share(t, strip.Width) < 0.3 {
							t.Errorf("%s: the strip %+v leaves the chart, or cannot be seen", name, strip)
						}
					}
					if c.Now != nil && (share(t, c.Now.X) > 100 || share(t, c.Now.Text.X) > 99 || c.Now.Text.Anchor != "end") {
						t.Errorf("%s: the last label lies at %+v", name, c.Now)
					}
				}
			}
		}
	}
	if named[true] < 20 || named[false] < 20 {
		t.Errorf("gaps with a name and without: %v; the test tests too little", named)
	}
}

func TestLevelOfThisMinuteIsWithinTheChart(t *testing.T) {
	s := status.Status{Level: detect.Outage, Since: pagetest.Now.Add(-10 * time.Second), Observed: 50, Window: 15 * time.Minute}
	for _, r := range ChartRanges {
		series, err := pagetest.Morning().Series(t.Context(), "whatsapp", r.Query(pagetest.Now))
		if err != nil {
			t.Fatal(err)
		}
		series.AsOf = pagetest.Now.Add(40 * time.Second)
		strips := DrawChart(pagetest.Locale(t, "en"), series, r, s, "").Strips
		if len(strips) != 1 || share(t, strips[0].X)+share(t, strips[0].Width) > 100.01 || share(t, strips[0].Width) <= 0 {
			t.Errorf("%s: the strips of an outage of this minute are %+v", r.Length, strips)
		}
	}
}

func TestRiseAfterAGapHasNoMark(t *testing.T) {
	if c := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(-1, -1, 40, 50), ChartRanges[0], status.Status{Observed: 50, Above: true}, ""); c.Mark != nil {
		t.Errorf("%q, though nobody knows when it rose", c.Mark.Text)
	}
	if c := DrawChart(pagetest.Locale(t, "en"), pagetest.FourQuarters(10, 10, 40, 50), ChartRanges[0], status.Status{Observed: 50, Above: true}, ""); c.Mark == nil {
		t.Error("a rise that was seen has no mark")
	}
}

// TestTimesStayInTheChart looks at every hour of a day, for a round time may be
// anywhere below the axis.
func TestTimesStayInTheChart(t *testing.T) {
	l := pagetest.Locale(t, "en")
	for _, r := range ChartRanges {
		for minute := range 24 * 60 {
			end := time.Date(2022, 10, 25, 0, minute, 0, 0, time.UTC)
			d := drawing{plot: plot{start: end.Add(-r.Length), end: end}}
			for _, tick := range d.times(l, r) {
				at, err := strconv.ParseFloat(strings.TrimSuffix(tick.At, "%"), 64)
				if err != nil {
					t.Fatal(err)
				}
				at *= narrowChart / 100
				width := letterWidth * float64(len(tick.Text))
				left := map[string]float64{"start": at, "middle": at - width/2, "end": at - width}[tick.Anchor]
				if left < -0.1 || left+width > narrowChart+0.1 {
					t.Fatalf("at %s, %q of the last %s lies from %.0f to %.0f px of %.0f", end.Format(time.TimeOnly), tick.Text, r.Length, left, left+width, narrowChart)
				}
			}
		}
	}
}
