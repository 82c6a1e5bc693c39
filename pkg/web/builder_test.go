package web

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
)

// code returns the text of every snippet of the builder.
func code(t *testing.T, body string) []string {
	t.Helper()
	_, built, ok := strings.Cut(body, `<div id="built">`)
	if !ok {
		t.Fatal("the page has no builder")
	}
	built, _, _ = strings.Cut(built, "</section>")
	var all []string
	for _, m := range regexp.MustCompile(`(?s)<pre dir="ltr" tabindex="0"><code>(.*?)</code></pre>`).FindAllStringSubmatch(built, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

func TestBuilderPrintsWhatWorks(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PublicURL: "https://outcry.example"})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"": {`<outcry-heatmap service="whatsapp" language="en">`, "min-block-size: 620px", `<iframe src="https://outcry.example/embed/heatmap/whatsapp?lang=en" width="600" height="548"`,
			`<img src="https://outcry.example/map/whatsapp.svg?lang=en"`, "script-src https://outcry.example; connect-src https://outcry.example;"},
		"service=Signal&metric=million&window=1h&country=gb&lang=bn&theme=dark": {`<outcry-heatmap service="signal" window="1h" metric="million" country="GB" language="bn" theme="dark">`,
			`https://outcry.example/embed/heatmap/signal?country=GB&amp;lang=bn&amp;metric=million&amp;theme=dark&amp;window=1h`, `title="সিগন্যাল নিয়ে দেশ অনুযায়ী অভিযোগ"`, ">Outcry: সিগন্যাল</a>"},
		"kind=chart&window=6h":           {`<outcry-chart service="whatsapp" window="6h" language="en">`},
		"kind=report":                    {`<outcry-report service="whatsapp" language="en">`, "/embed/report/whatsapp?lang=en", "frame-src https://outcry.example;"},
		"kind=lies&service=%00&metric=x": {`<outcry-heatmap service="whatsapp" language="en">`},
	} {
		w := pagetest.Get(t, engine, "/en/developers?"+query)
		all := code(t, w.Body.String())
		text := strings.Join(all, "\n")
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%q: nothing to paste has %s in\n%s", query, part, text)
			}
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(https://outcry\.example[^"]*)"`).FindAllStringSubmatch(text, -1) {
			u, err := url.Parse(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(u.Path, "/widget/v1/") {
				continue // npm builds it
			}
			if got := pagetest.Get(t, engine, u.RequestURI()).Code; got != 200 {
				t.Errorf("%q: %s answers %d", query, m[1], got)
			}
		}
	}
}

func TestBuilderEscapesWhatIsAsked(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	body := pagetest.Get(t, h, "/en/developers?service="+url.QueryEscape(`"><script>alert(1)</script>`)+"&country="+url.QueryEscape(`">`)+"&theme="+url.QueryEscape(`"`)).Body.String()
	if strings.Contains(body, "<script>alert") {
		t.Error("the builder shows a query unescaped")
	}
}
