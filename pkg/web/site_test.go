package web

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
)

func TestLanguageOfAPage(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, c := range []struct{ path, accepts, lang, vary, link string }{
		{"/whatsapp", "", "en", "Accept-Language", `href="/"`},
		{"/whatsapp", "bn-BD,bn;q=0.9", "bn", "Accept-Language", `href="/"`},
		{"/bn/whatsapp", "en", "bn", "", `href="/bn"`},
		{"/en/whatsapp", "bn", "en", "", `href="/en"`},
		{"/", "bn", "bn", "Accept-Language", `href="/whatsapp"`},
		{"/bn", "en", "bn", "", `href="/bn/whatsapp"`},
		{"/no-such-page", "bn", "bn", "Accept-Language", `href="/"`},
		{"/bn/no-such-page", "en", "bn", "", `href="/bn"`},
		{"/bn/no/such/page", "en", "bn", "", `href="/bn"`},
	} {
		w := pagetest.Get(t, h, c.path, "Accept-Language", c.accepts)
		body := w.Body.String()
		if !strings.Contains(body, `<html lang="`+c.lang+`"`) || !strings.Contains(body, c.link) || slices.Contains(w.Header().Values("Vary"), "Accept-Language") != (c.vary != "") {
			t.Errorf("%s for %q: want language %s, Vary %q and %s; got Vary %q", c.path, c.accepts, c.lang, c.vary, c.link, w.Header().Get("Vary"))
		}
	}
}

func TestAlternatesAreNamed(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PublicURL: "https://outcry.example"})
	if err != nil {
		t.Fatal(err)
	}
	body := pagetest.Get(t, engine, "/bn/whatsapp").Body.String()
	for _, want := range []string{
		`<link rel="canonical" href="https://outcry.example/bn/whatsapp">`,
		`<link rel="alternate" hreflang="x-default" href="https://outcry.example/whatsapp">`,
		`<link rel="alternate" hreflang="en" href="https://outcry.example/en/whatsapp">`,
		`<link rel="alternate" hreflang="bn" href="https://outcry.example/bn/whatsapp">`,
		`<a href="/en/whatsapp" hreflang="en" lang="en" dir="auto">English</a>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// TestLinksLeadSomewhere follows every link of every kind of page.
func TestLinksLeadSomewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	elsewhere := map[string]bool{"/api/v1/openapi.yaml": true} // served by httpapi
	for _, page := range []string{"/", "/bn", "/en/whatsapp", "/bn/whatsapp?window=1h", "/vodafone-it", "/nothing-like-whatsapp", "/bn?q=bank"} {
		body := pagetest.Get(t, h, page).Body.String()
		seen := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			link, _, _ := strings.Cut(strings.ReplaceAll(m[1], "&amp;", "&"), "#")
			if link == "" || seen[link] || elsewhere[link] || strings.HasSuffix(link, "/report") {
				continue
			}
			seen[link] = true
			if w := pagetest.Get(t, h, link); w.Code != http.StatusOK {
				t.Errorf("%s links to %s, which has status %d", page, link, w.Code)
			}
		}
		if len(seen) < 4 {
			t.Errorf("%s: only %d links found", page, len(seen))
		}
	}
}

func TestAnchorsAreThere(t *testing.T) {
	body := pagetest.Get(t, mountPages(t, pagetest.Morning(), &pagetest.Ingester{}), "/whatsapp").Body.String()
	for _, m := range regexp.MustCompile(`href="(?:/whatsapp[^"]*)?#([a-z-]+)"`).FindAllStringSubmatch(body, -1) {
		if !strings.Contains(body, `id="`+m[1]+`"`) {
			t.Errorf("nothing has the ID %q that a link leads to", m[1])
		}
	}
}

func TestHeadersOfPages(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, path := range []string{"/", "/whatsapp", "/nothing"} {
		w := pagetest.Get(t, h, path)
		if got := w.Header().Get("Content-Security-Policy"); got != policy || strings.Contains(got, "unsafe") || !strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, got)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: a browser may guess the type", path)
		}
		if inline := regexp.MustCompile(`<style|\sstyle="|<script>|\son\w+="`).FindString(w.Body.String()); inline != "" {
			t.Errorf("%s holds %q, which the policy refuses", path, inline)
		}
	}
	if pagetest.Get(t, h, "/whatsapp").Header().Get("Cache-Control") != fresh || pagetest.Get(t, h, "/nothing").Header().Get("Cache-Control") != "no-store" {
		t.Error("a page is kept for a time that is not its own")
	}
}

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	b, clock := pagetest.Morning(), pagetest.Now
	h, _, err := newEngine(b, &pagetest.Ingester{}, engineOptions{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	tag := pagetest.Get(t, h, "/whatsapp").Header().Get("ETag")
	w := pagetest.Get(t, h, "/whatsapp", "If-None-Match", `"other", `+tag)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("status %d with %d bytes for the tag %s of the same page", w.Code, w.Body.Len(), tag)
	}
	s := b.StatusOf["whatsapp"]
	s.Observed++
	b.StatusOf["whatsapp"] = s
	if w := pagetest.Get(t, h, "/whatsapp", "If-None-Match", tag); w.Code != http.StatusNotModified {
		t.Errorf("status %d: the page was made twice within a second", w.Code)
	}
	clock = pagetest.Now.Add(time.Second)
	if w := pagetest.Get(t, h, "/whatsapp", "If-None-Match", tag); w.Code != http.StatusOK || w.Header().Get("ETag") == tag {
		t.Errorf("status %d, tag %s for a page that has changed", w.Code, w.Header().Get("ETag"))
	}
}

func TestHead(t *testing.T) {
	r := httptest.NewRequest(http.MethodHead, "/whatsapp", nil)
	w := httptest.NewRecorder()
	mountPages(t, pagetest.Morning(), &pagetest.Ingester{}).ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("ETag") == "" {
		t.Errorf("HEAD has status %d and headers %v", w.Code, w.Header())
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	link := regexp.MustCompile(`href="(/static/outcry\.[0-9a-f]{10}\.css)"`).FindStringSubmatch(pagetest.Get(t, h, "/").Body.String())
	if link == nil {
		t.Fatal("the page has no stylesheet")
	}
	w := pagetest.Get(t, h, link[1])
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("stylesheet: status %d, headers %v", w.Code, w.Header())
	}
	for _, path := range []string{"/static/outcry.css", "/static/..%2fembed.go", "/static/outcry.0000000000.css"} {
		if w := pagetest.Get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func TestMissingPageSuggests(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for path, want := range map[string]string{
		"/whatsap":                      `<a href="/whatsapp"><b><bdi>WhatsApp</bdi></b></a>`,
		"/en/facebok":                   `<a href="/en/facebook"><b><bdi>Facebook</bdi></b></a>`,
		"/bn/x/messenger":               `<a href="/bn/messenger"><b><bdi>মেসেঞ্জার</bdi></b></a>`,
		"/nope-faceb":                   `<a href="/facebook"><b><bdi>Facebook</bdi></b></a>`,
		"/zzzzzzzzzz":                   "Search for the service, or see what is down now.",
		"/incidents/x":                  "There is no such page",
		"/%ff%fe":                       "There is no such page",
		"/" + strings.Repeat("a", 5000): "There is no such page",
	} {
		w := pagetest.Get(t, h, path)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%.40s: status %d, want 404 and %s", path, w.Code, want)
		}
		if !strings.Contains(w.Body.String(), `<meta name="robots" content="noindex">`) {
			t.Errorf("%.40s may be listed by search engines", path)
		}
	}
}

func TestCapitalsAndSlashesInAddressesAreMended(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for path, want := range map[string]string{
		"/bn/":                         "/bn",
		"/BN":                          "/bn",
		"/whatsapp/":                   "/whatsapp",
		"/whatsapp/?window=1h":         "/whatsapp?window=1h",
		"/WhatsApp":                    "/whatsapp",
		"/WhatsApp?window=1h":          "/whatsapp?window=1h",
		"/WhatsApp//":                  "/whatsapp",
		"/bn/WhatsApp":                 "/bn/whatsapp",
		"/AR/whatsapp":                 "/ar/whatsapp",
		"/ar/whatsapp/":                "/ar/whatsapp",
		"/WhatsApp/history":            "/whatsapp/history",
		"/whatsapp/history/?before=MQ": "/whatsapp/history?before=MQ",
		"/method/":                     "/method",
		"/Developers/":                 "/developers",
		"//whatsapp/":                  "/whatsapp",
	} {
		w := pagetest.Get(t, h, path)
		if w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != want {
			t.Errorf("%s: status %d to %q, want %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, path := range []string{"/nosuch/", "//elsewhere.example/", "/bn/nosuch/", "/whatsapp/nosuch"} {
		if w := pagetest.Get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d to %q, want 404", path, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestAddressOfTheFormLeadsToThePage(t *testing.T) {
	w := pagetest.Get(t, mountPages(t, pagetest.Morning(), &pagetest.Ingester{}), "/bn/whatsapp/report")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/bn/whatsapp" {
		t.Errorf("status %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := pagetest.Get(t, mountPages(t, pagetest.Morning(), &pagetest.Ingester{}), "/%5Cevil.example/report"); w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
		t.Errorf("an address of others: status %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestSearch(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	w := pagetest.Get(t, h, "/bn?q=whatsapp")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/bn/whatsapp" {
		t.Errorf("a search with one result: status %d to %q", w.Code, w.Header().Get("Location"))
	}
	if body := pagetest.Get(t, h, "/?q=bank").Body.String(); !strings.Contains(body, "services found") || !strings.Contains(body, `value="bank"`) {
		t.Error("a search with many results does not show them, or forgets what was asked")
	}
	if body := pagetest.Get(t, h, "/?q=zzzzzz").Body.String(); !strings.Contains(body, "No service in the catalog is called “zzzzzz”") {
		t.Error("a search without result does not say so")
	}
	if body := pagetest.Get(t, h, "/?q=+").Body.String(); strings.Contains(body, "No service found") {
		t.Error("an empty search is taken for a search")
	}
}

func TestEveryPageMarksSimulatedReports(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Simulated: true})
	if err != nil {
		t.Fatal(err)
	}
	realSite := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for path, want := range map[string]string{
		"/": "Simulated, not real reports", "/whatsapp": "Simulated, not real reports", "/nothing": "Simulated, not real reports", "/bn?q=bank": "অনুকৃত, আসল অভিযোগ নয়",
	} {
		if !strings.Contains(pagetest.Get(t, engine, path).Body.String(), want) {
			t.Errorf("%s does not say that it is simulated", path)
		}
		if strings.Contains(pagetest.Get(t, realSite, path).Body.String(), want) {
			t.Errorf("%s of a real server says that it is simulated", path)
		}
	}
}

func TestVisitsOfPeopleAreCounted(t *testing.T) {
	in := &pagetest.Ingester{}
	h := mountPages(t, pagetest.Morning(), in)
	body := pagetest.Get(t, h, "/bn/whatsapp", "Sec-Fetch-Dest", "document").Body.String()
	if !strings.Contains(body, ` data-visit="/bn/whatsapp/visit"`) {
		t.Error("the page does not say where its views are counted")
	}
	if len(in.Visits) != 0 {
		t.Errorf("visits = %v of who only loaded the page", in.Visits)
	}
	const person, own = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "same-origin"
	for _, c := range []struct {
		path, agent, site, origin string
		code                      int
		counted                   bool
	}{
		{"/whatsapp/visit", person, own, "", http.StatusNoContent, true},
		{"/bn/signal/visit", person, "", "http://example.com", http.StatusNoContent, true},
		{"/whatsapp/visit", person, "", "", http.StatusForbidden, false},
		{"/whatsapp/visit", person, "cross-site", "https://host.example", http.StatusForbidden, false},
		{"/whatsapp/visit", person, "", "https://host.example", http.StatusForbidden, false},
		{"/whatsapp/visit", "Mozilla/5.0 (compatible; Googlebot/2.1)", own, "", http.StatusNoContent, false},
		{"/whatsapp/visit", "", own, "", http.StatusNoContent, false},
		{"/nothing/visit", person, own, "", http.StatusNotFound, false},
	} {
		in.Visits = nil
		r := httptest.NewRequest(http.MethodPost, c.path, nil)
		r.Header.Set("User-Agent", c.agent)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.code || (len(in.Visits) == 1) != c.counted || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%+v: status %d, visits %v", c, w.Code, in.Visits)
		}
	}
}

func TestPagesNameTheirCardAndTheirOEmbed(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PublicURL: "https://outcry.example"})
	if err != nil {
		t.Fatal(err)
	}
	page := pagetest.Get(t, engine, "/bn/whatsapp").Body.String()
	if want := `<meta property="og:image" content="https://outcry.example/card/whatsapp.png?lang=bn">`; !strings.Contains(page, want) {
		t.Errorf("the page lacks %s", want)
	}
	m := regexp.MustCompile(`<link rel="alternate" type="application/json\+oembed" href="https://outcry.example([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the page does not say where its oEmbed is")
	}
	w := pagetest.Get(t, engine, html.UnescapeString(m[1]))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "https://outcry.example/embed/heatmap/whatsapp?lang=bn") {
		t.Errorf("%s: status %d, %s", m[1], w.Code, w.Body)
	}
	if home := pagetest.Get(t, engine, "/en").Body.String(); strings.Contains(home, "og:image") {
		t.Error("the front page shows the picture of a service")
	}
}
