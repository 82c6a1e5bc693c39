package web

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
)

// TestAPageHasOneZone asks for pages in zones where it is another time or another
// day. It is 07:50 UTC on 25 October.
func TestAPageHasOneZone(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, c := range []struct{ zone, named, date, asOf, onset, quote string }{
		{"", "Times in UTC", "25 October 2022", "07:50", "06:37", "07:50 UTC on 25 October 2022"},
		{"360", "Times in UTC+6", "25 October 2022", "13:50", "12:37", "13:50 UTC+6 on 25 October 2022"},
		{"330", "Times in UTC+5:30", "25 October 2022", "13:20", "12:07", "13:20 UTC+5:30 on 25 October 2022"},
		{"-660", "Times in UTC−11", "24 October 2022", "20:50", "19:37", "20:50 UTC−11 on 24 October 2022"},
		{"7", "Times in UTC", "25 October 2022", "07:50", "06:37", ""},
		{"100000", "Times in UTC", "25 October 2022", "07:50", "06:37", ""},
		{"x", "Times in UTC", "25 October 2022", "07:50", "06:37", ""},
	} {
		body := html.UnescapeString(pagetest.Get(t, h, "/en/whatsapp?zone="+c.zone).Body.String())
		for _, want := range []string{">" + c.date + " · " + c.named + "<", ">" + c.asOf + "</time>", "<h2>Trouble since " + c.onset + "</h2>", c.quote} {
			if !strings.Contains(body, want) {
				t.Errorf("zone %q: the page lacks %q", c.zone, want)
			}
		}
		text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " ")
		quotes := strings.Count(text, c.asOf+" "+strings.TrimPrefix(c.named, "Times in "))
		if n := strings.Count(text, "UTC"); c.quote != "" && n != 1+quotes {
			t.Errorf("zone %q: the page names a zone %d times beside %d lines to quote, want it once", c.zone, n, quotes)
		}
		if c.asOf != "07:50" && strings.Contains(text, "07:50") {
			t.Errorf("zone %q: the page has a time of UTC", c.zone)
		}
	}
}

func TestRoundTimesAreRoundInTheZone(t *testing.T) {
	l := pagetest.Locale(t, "en").In(zoneOf("330"))
	if got := l.Clock(l.Truncate(pagetest.Now, 3600e9)); got != "13:00" {
		t.Errorf("13:20 to the hour is %s", got)
	}
}
