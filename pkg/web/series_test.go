package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/view"
)

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
		{50 * time.Minute, "", "1 h", "Reports in 1 minute"},
		{16 * time.Minute, "", "1 h", "Reports in 1 minute"},
		{14 * time.Minute, "", "15 min", "Reports in 1 minute"},
		{3 * time.Minute, "", "15 min", "Reports in 1 minute"},
		{0, "", "24 h", "Nothing could be counted in the last 24 hours"},
		{3 * time.Minute, "?range=24h", "24 h", "Reports in 15 minutes"},
		{72 * time.Hour, "?range=1h", "1 h", "Reports in 1 minute"},
		{72 * time.Hour, "?range=6h&scale=even", "6 h", "Reports in 5 minutes"},
		{72 * time.Hour, "?range=7h", "24 h", "Reports in 15 minutes"},
	} {
		body := pagetest.Get(t, mountPages(t, pagetest.MorningSince(c.ago), &pagetest.Ingester{}), "/signal"+c.query).Body.String()
		links, one := chosen(t, body)
		if one != c.want || !strings.Contains(body, c.steps) {
			t.Errorf("counted for %s, asked for %q: %q is chosen, want %q with %q", c.ago, c.query, one, c.want, c.steps)
		}
		if len(links) != len(view.ChartRanges) {
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
	body := pagetest.Get(t, mountPages(t, pagetest.Morning(), &pagetest.Ingester{}), "/bn/whatsapp?range=1h").Body.String()
	for _, want := range []string{
		`href="/bn/whatsapp?range=1h&amp;scale=even#course"`,
		`href="/bn/whatsapp?range=1h&amp;window=24h#split"`,
		`href="/bn/whatsapp?range=6h#course">৬ ঘণ্টা</a>`,
		"প্রতি মিনিটের অভিযোগ, সারা বিশ্ব।",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestSparksHoldWhatWasCounted(t *testing.T) {
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{72 * time.Hour, "WhatsApp, reports in every 15 minutes from 01:45 to 07:50"},
		{40 * time.Minute, "WhatsApp, reports in every 5 minutes from 06:50 to 07:50"},
		{6 * time.Minute, "WhatsApp, reports in each minute from 07:35 to 07:50"},
	} {
		body := pagetest.Get(t, mountPages(t, pagetest.MorningSince(c.ago), &pagetest.Ingester{}), "/en").Body.String()
		if !strings.Contains(body, `aria-label="`+c.want+`"`) {
			t.Errorf("counted for %s: no spark is called %q but %v", c.ago, c.want, regexp.MustCompile(`class="mini"[^>]*>`).FindAllString(body, 2))
		}
	}
}

func TestRangeOfAnotherServerIsHarmless(t *testing.T) {
	for _, q := range []string{"1h%00", "-1h", "24h0m0s", "9999h", "%22%3E"} {
		if w := pagetest.Get(t, mountPages(t, pagetest.Morning(), &pagetest.Ingester{}), "/whatsapp?range="+q); w.Code != http.StatusOK {
			t.Errorf("range %s: status %d", q, w.Code)
		}
	}
}
