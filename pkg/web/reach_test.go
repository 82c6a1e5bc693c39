package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// young is a board whose server began to count some time ago, in the middle of
// an outage.
func young(ago time.Duration) *board {
	b := morning()
	b.began = now.Add(-ago)
	return b
}

// chosen are the links of the first switch of a page, and which is chosen.
func chosen(t *testing.T, body string) (links []string, one string) {
	t.Helper()
	seg := regexp.MustCompile(`id="course".*?<span class="opts">(.*?)</span>`).FindStringSubmatch(body)
	if seg == nil {
		t.Fatal("the page has no switch of ranges")
	}
	for _, m := range regexp.MustCompile(`<a href="([^"]*)"( aria-current="true")?>([^<]*)</a>`).FindAllStringSubmatch(seg[1], -1) {
		links = append(links, m[1])
		if m[2] != "" {
			one += m[3]
		}
	}
	return links, one
}

func TestChartHoldsWhatWasCounted(t *testing.T) {
	for _, c := range []struct {
		ago                time.Duration
		query, want, steps string
	}{
		{72 * time.Hour, "", "24 h", "Reports in 15 minutes"},
		{6*time.Hour + time.Minute, "", "24 h", "Reports in 15 minutes"},
		{5 * time.Hour, "", "6 h", "Reports in 5 minutes"},
		{61 * time.Minute, "", "6 h", "Reports in 5 minutes"},
		{50 * time.Minute, "", "1 h", "Reports in 1 minute,"},
		{16 * time.Minute, "", "1 h", "Reports in 1 minute,"},
		{14 * time.Minute, "", "15 min", "Reports in 1 minute,"},
		{3 * time.Minute, "", "15 min", "Reports in 1 minute,"},
		{0, "", "24 h", "Nothing could be counted in the last 24 hours"},
		{3 * time.Minute, "?range=24h", "24 h", "Reports in 15 minutes"},
		{72 * time.Hour, "?range=1h", "1 h", "Reports in 1 minute,"},
		{72 * time.Hour, "?range=6h&scale=even", "6 h", "Reports in 5 minutes"},
		{72 * time.Hour, "?range=7h", "24 h", "Reports in 15 minutes"},
	} {
		body := get(t, site(t, young(c.ago), &ingester{}), "/whatsapp"+c.query).Body.String()
		links, one := chosen(t, body)
		if one != c.want || !strings.Contains(body, c.steps) {
			t.Errorf("counted for %s, asked for %q: %q is chosen, want %q with %q", c.ago, c.query, one, c.want, c.steps)
		}
		if len(links) != len(reaches) {
			t.Errorf("the switch has the links %v", links)
		}
		for _, link := range links {
			if strings.Contains(c.query, "scale=even") && !strings.Contains(link, "scale=even") {
				t.Errorf("the link %s forgets the scale", link)
			}
		}
	}
}

func TestOtherSwitchesKeepTheRange(t *testing.T) {
	body := get(t, site(t, morning(), &ingester{}), "/bn/whatsapp?range=1h").Body.String()
	for _, want := range []string{
		`href="/bn/whatsapp?range=1h&amp;scale=even#course"`,
		`href="/bn/whatsapp?range=1h&amp;window=24h#split"`,
		`href="/bn/whatsapp?range=6h#course">৬ ঘণ্টা</a>`,
		"প্রতি মিনিটের অভিযোগ, সারা বিশ্ব, ইউটিসি।",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// drawn is the chart of a service of a board over a range.
func drawn(t *testing.T, b *board, slug string, r reach, l *locale.Locale) *Chart {
	t.Helper()
	series, err := b.Series(t.Context(), slug, r.query(now))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := b.Status(t.Context(), slug)
	return chart(l, series, r, s, "")
}

func TestTimesBelowTheAxisAreRound(t *testing.T) {
	for i, want := range [][]string{
		{"(09:00)", "12:00", "(15:00)", "18:00", "(21:00)", "00:00", "(03:00)", "06:00"},
		{"02:00", "(03:00)", "04:00", "(05:00)", "06:00", "(07:00)"},
		{"(06:50)", "07:00", "(07:10)", "07:20", "(07:30)", "07:40", "(07:50)"},
		{"07:35", "07:40", "07:45", "07:50"},
	} {
		c := drawn(t, morning(), "whatsapp", reaches[i], english(t))
		var got []string
		for _, tick := range c.Times {
			text := tick.Text
			if tick.Wide {
				text = "(" + text + ")"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("times of %s: %s", reaches[i].length, diff)
		}
	}
}

func TestLastWholeStepIsLabelled(t *testing.T) {
	b := morning()
	for i, want := range []string{"236,900 in the last 15 minutes", "26,300 in 5 minutes from 07:45", "5,260 in the minute from 07:49", "5,260 in the minute from 07:49"} {
		c := drawn(t, b, "whatsapp", reaches[i], english(t))
		if c.Now == nil || c.Now.Text.Text != want || c.Now.Dot != (i == 0) {
			t.Errorf("%s: %+v, want %q and a dot only for the sliding window", reaches[i].length, c.Now, want)
		}
		if i > 0 && c.Now.X != "100%" {
			t.Errorf("%s: the last whole step ends at %s, want the edge", reaches[i].length, c.Now.X)
		}
	}
}

func TestRunningMinuteIsNoDrop(t *testing.T) {
	s := divided(four(10*15, 10*15, 10*15, 10*15), time.Minute)
	s.AsOf = at("07:59").Add(20 * time.Second)
	s.Points[59].Count = 1
	c := chart(english(t), s, reaches[2], status.Status{Observed: 150, Window: 15 * time.Minute}, Even)
	if strings.Count(c.Count, "V") != strings.Count(c.Count, "V"+thousandth(newDrawing(settled(s, status.Status{}), Even).y(10)/100)) {
		t.Errorf("the course %q drops", c.Count)
	}
	if got := c.Figures[59].Count; got != "1 so far" {
		t.Errorf("the last figure is %q", got)
	}
}

func TestFirstMinuteIsSaidToBeOne(t *testing.T) {
	b := young(20 * time.Second)
	series := divided(b.series["whatsapp"], time.Minute)
	for i := range series.Points {
		series.Points[i].Known = i == len(series.Points)-1
	}
	series.AsOf = series.Points[len(series.Points)-1].Start.Add(20 * time.Second)
	c := chart(english(t), series, reaches[3], b.statuses["whatsapp"], "")
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
		for _, r := range reaches {
			for _, ago := range []time.Duration{0, time.Minute, 4 * time.Minute, 13 * time.Minute, 50 * time.Minute, 5 * time.Hour, 17 * time.Hour, 48 * time.Hour} {
				for _, slug := range []string{"whatsapp", "bkash", "yahoo-mail", "signal"} {
					name := fmt.Sprintf("%s of %s in %s, counted for %s", r.length, slug, l.Code, ago)
					c := drawn(t, young(ago), slug, r, l)
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
						half := 50 * letter * float64(len([]rune(g.Text))) / chart
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
						half := 50 * letter * float64(len([]rune(u.Text))) / narrowChart
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
	s := status.Status{Level: detect.Outage, Since: now.Add(-10 * time.Second), Observed: 50, Window: 15 * time.Minute}
	for _, r := range reaches {
		series, err := morning().Series(t.Context(), "whatsapp", r.query(now))
		if err != nil {
			t.Fatal(err)
		}
		series.AsOf = now.Add(40 * time.Second)
		strips := chart(english(t), series, r, s, "").Strips
		if len(strips) != 1 || share(t, strips[0].X)+share(t, strips[0].Width) > 100.01 || share(t, strips[0].Width) <= 0 {
			t.Errorf("%s: the strips of an outage of this minute are %+v", r.length, strips)
		}
	}
}

func TestRiseAfterAGapHasNoMark(t *testing.T) {
	if c := chart(english(t), four(-1, -1, 40, 50), reaches[0], status.Status{Observed: 50}, ""); c.Mark != nil {
		t.Errorf("%q, though nobody knows when it rose", c.Mark.Text)
	}
	if c := chart(english(t), four(10, 10, 40, 50), reaches[0], status.Status{Observed: 50}, ""); c.Mark == nil {
		t.Error("a rise that was seen has no mark")
	}
}

func TestSparksHoldWhatWasCounted(t *testing.T) {
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{72 * time.Hour, "WhatsApp, reports in every 15 minutes from 01:45 to 07:50 UTC"},
		{40 * time.Minute, "WhatsApp, reports in every 5 minutes from 06:50 to 07:50 UTC"},
		{6 * time.Minute, "WhatsApp, reports in each minute from 07:35 to 07:50 UTC"},
	} {
		body := get(t, site(t, young(c.ago), &ingester{}), "/en").Body.String()
		if !strings.Contains(body, `aria-label="`+c.want+`"`) {
			t.Errorf("counted for %s: no spark is called %q but %v", c.ago, c.want, regexp.MustCompile(`class="mini"[^>]*>`).FindAllString(body, 2))
		}
	}
}

func TestLongCategoriesAreFolded(t *testing.T) {
	c := catalog.Default()
	names := labels{c, english(t)}
	trouble := map[string]bool{}
	var all []status.Status
	sizes := map[string]int{}
	for _, s := range c.Services() {
		one := quiet(s.Slug)
		if sizes[s.Category]++; sizes[s.Category] == unfolded+3 { // would be folded away
			one.Level, trouble[names.service(s.Slug)] = detect.Warning, true
		}
		all = append(all, one)
	}
	if len(trouble) < 5 {
		t.Fatalf("only %d categories of the catalog are long", len(trouble))
	}
	listed := 0
	for _, g := range groups(english(t), all, "", names) {
		listed += len(g.Rows) + len(g.Rest)
		if len(g.Rest) == 1 || (len(g.Rest) > 0) != (g.More == fmt.Sprintf("%d more", len(g.Rest))) {
			t.Errorf("%s folds %d services under %q", g.Name, len(g.Rest), g.More)
		}
		if len(g.Rows) > unfolded+2 {
			t.Errorf("%s shows %d services", g.Name, len(g.Rows))
		}
		for _, r := range g.Rest {
			if trouble[r.Name] || r.Look != "ok" {
				t.Errorf("%s is in trouble and folded away", r.Name)
			}
		}
	}
	if listed != len(all) {
		t.Errorf("%d of %d services are listed", listed, len(all))
	}
}

func TestRangeOfAnotherServerIsHarmless(t *testing.T) {
	for _, q := range []string{"1h%00", "-1h", "24h0m0s", "9999h", "%22%3E"} {
		if w := get(t, site(t, morning(), &ingester{}), "/whatsapp?range="+q); w.Code != http.StatusOK {
			t.Errorf("range %s: status %d", q, w.Code)
		}
	}
}
