package embed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/heatmap"
)

// embedPaths are the addresses of everything that stands on host pages.
var embedPaths = []string{"/embed/heatmap/whatsapp", "/embed/report/whatsapp", "/map/whatsapp.svg", "/badge/whatsapp.svg", "/card/whatsapp.png",
	"/widget/v1/heatmap/whatsapp", "/widget/v1/chart/whatsapp"}

func TestEmbedsAllowAnyHostPageAndCaches(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, path := range embedPaths {
		w := pagetest.Get(t, h, path+"?lang=en")
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", path, w.Code)
			continue
		}
		head := w.Header()
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
			"Cache-Control": "public, max-age=30, stale-while-revalidate=60, stale-if-error=600", "Vary": "", "Set-Cookie": "",
		} {
			if got := head.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if csp := head.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.HasPrefix(path, "/widget") && !strings.Contains(csp, "frame-ancestors *") {
			t.Errorf("%s: policy %q", path, csp)
		}
		again := pagetest.Get(t, h, path+"?lang=en", "If-None-Match", head.Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s asked for again: status %d with %d bytes", path, again.Code, again.Body.Len())
		}
		if vary := pagetest.Get(t, h, path).Header().Get("Vary"); vary != "Accept-Language" {
			t.Errorf("%s without a language: Vary is %q", path, vary)
		}
	}
}

func TestEmbedsOfAnUnknownServiceAnswer404(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, path := range embedPaths {
		if w := pagetest.Get(t, h, strings.Replace(path, "whatsapp", "nothing", 1)); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, w.Code)
		}
	}
}

func TestEmbedsWithoutABoardAnswer503(t *testing.T) {
	b := pagetest.Morning()
	b.Err = errors.New("the store is away")
	h := mountEmbeds(t, b, &pagetest.Ingester{})
	for _, path := range embedPaths {
		w := pagetest.Get(t, h, path)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, %v", path, w.Code, w.Header())
		}
		if strings.Contains(w.Body.String(), "store is away") {
			t.Errorf("%s shows an error to the world", path)
		}
	}
}

func TestHeatmapFrame(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	en := pagetest.Get(t, h, "/embed/heatmap/whatsapp?lang=en&theme=dark&country=in").Body.String()
	for _, want := range []string{`<html lang="en" dir="ltr" data-theme="dark">`, "WhatsApp: <span class=\"lv-outage\">", "as of 07:50 UTC", `data-stale="last known 07:50 UTC"`,
		`<path class="a5" d="M`, "India alone: 11,000", "<summary>Table: ", `<th scope="row">United Kingdom</th><td class="n">68,000</td>`} {
		if !strings.Contains(en, want) {
			t.Errorf("the frame lacks %q", want)
		}
	}
	if strings.Contains(en, "style=") {
		t.Error("the frame has an inline style, which its policy blocks")
	}
	bn := pagetest.Get(t, h, "/embed/heatmap/whatsapp?lang=bn&metric=million&title=no").Body.String()
	for _, want := range []string{`<html lang="bn"`, "ওয়ার্ল্ড পপুলেশন প্রসপেক্টস", `<h1 class="vh">`} {
		if !strings.Contains(bn, want) {
			t.Errorf("the Bengali frame lacks %q", want)
		}
	}
	for _, odd := range []string{"?window=forever&metric=lies&country=XX&theme=pink", "?lang=xx", "?country=<script>"} {
		if w := pagetest.Get(t, h, "/embed/heatmap/whatsapp"+odd); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: status %d", odd, w.Code)
		}
	}
}

func TestHostileNamesReachNoEmbedUnescaped(t *testing.T) {
	b := pagetest.Morning()
	service, ok := b.Catalog.Service("whatsapp")
	if !ok {
		t.Fatal("no such service")
	}
	names := service.Names
	service.Names = map[string]string{"en": `"><script>alert(1)</script>`}
	defer func() { service.Names = names }()
	h := mountEmbeds(t, b, &pagetest.Ingester{})
	for _, path := range []string{"/embed/heatmap/whatsapp", "/embed/report/whatsapp", "/map/whatsapp.svg", "/badge/whatsapp.svg"} {
		body := pagetest.Get(t, h, path+"?lang=en").Body.String()
		if strings.Contains(body, "<script>") || strings.Contains(body, `""><`) || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s shows a name unescaped", path)
		}
	}
	var o oEmbed
	if err := json.Unmarshal(pagetest.Get(t, h, "/oembed?lang=en&url="+url.QueryEscape("http://example.com/whatsapp")).Body.Bytes(), &o); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(o.HTML, "<script") {
		t.Errorf("oEmbed gives %s", o.HTML)
	}
}

func TestPicturesAreXML(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, path := range []string{"/map/whatsapp.svg", "/map/whatsapp.svg?theme=dark&lang=bn&metric=usual", "/badge/whatsapp.svg", "/badge/signal.svg?lang=bn"} {
		w := pagetest.Get(t, h, path)
		if kind := w.Header().Get("Content-Type"); kind != "image/svg+xml" {
			t.Errorf("%s is %q", path, kind)
		}
		d := xml.NewDecoder(w.Body)
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				break
			}
		}
	}
	if body := pagetest.Get(t, h, "/map/whatsapp.svg?lang=en").Body.String(); !strings.Contains(body, ">United Kingdom 68,000</text>") || !strings.Contains(body, "prefers-color-scheme") {
		t.Error("the map names no country, or has one look only")
	}
	if body := pagetest.Get(t, h, "/badge/whatsapp.svg?lang=en").Body.String(); !regexp.MustCompile(`aria-label="WhatsApp: outage – [\d,]+ reports"`).MatchString(body) {
		t.Errorf("the badge says %s", body)
	}
}

func TestCard(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	picture, err := png.Decode(bytes.NewReader(pagetest.Get(t, h, "/card/whatsapp.png?lang=bn").Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 1200 || size.Y != 630 {
		t.Errorf("the card is %v", size)
	}
}

func TestWidgetData(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	var v Widget
	if err := json.Unmarshal(pagetest.Get(t, h, "/widget/v1/heatmap/whatsapp?lang=en&country=GB").Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if v.Level != "outage" || v.Word != "outage" || v.AsOf != "2022-10-25T07:50Z" || v.Href != "http://example.com/en/whatsapp" {
		t.Errorf("the map of WhatsApp: %+v", v)
	}
	if v.Map == nil || v.Map.Shades["GB"] != 5 || len(v.Map.Ramp) != 5 || v.Here == nil || v.Here.Code != "GB" {
		t.Errorf("the map: %+v, here: %+v", v.Map, v.Here)
	}
	for code := range v.Map.Shades {
		if !heatmap.Earth().Has(code) {
			t.Errorf("%s has a shade and no place on the map", code)
		}
	}
	v = Widget{}
	if err := json.Unmarshal(pagetest.Get(t, h, "/widget/v1/chart/whatsapp?lang=en&window=6h").Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if v.Chart == nil || v.Chart.Count == "" || len(v.Chart.Lines) == 0 || len(v.Chart.Keys) == 0 || v.Table == nil || len(v.Table.Rows) < 10 {
		t.Errorf("the chart of WhatsApp: %+v", v.Chart)
	}
}

func TestOEmbed(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	ask := func(query string) *httptest.ResponseRecorder { return pagetest.Get(t, h, "/oembed?"+query) }
	var o oEmbed
	w := ask("url=" + url.QueryEscape("http://example.com/bn/whatsapp") + "&maxwidth=400")
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if o.Type != "rich" || o.Version != "1.0" || o.Width != 400 || o.Height != frameHeight(400) {
		t.Errorf("oEmbed: %+v", o)
	}
	src := html.UnescapeString(regexp.MustCompile(`src="([^"]+)"`).FindStringSubmatch(o.HTML)[1])
	if !strings.HasPrefix(o.HTML, "<iframe ") || !strings.HasSuffix(o.HTML, "></iframe>") || src != "http://example.com/embed/heatmap/whatsapp?lang=bn" {
		t.Errorf("oEmbed gives %s", o.HTML)
	}
	if pagetest.Get(t, h, strings.TrimPrefix(src, "http://example.com")).Code != http.StatusOK {
		t.Errorf("there is nothing at %s", src)
	}
	if body := ask("format=xml&url=" + url.QueryEscape("http://example.com/whatsapp")).Body.String(); !strings.Contains(body, "<type>rich</type>") {
		t.Errorf("as XML: %s", body)
	}
	for query, want := range map[string]int{
		"url=" + url.QueryEscape("http://example.com/nothing"):                        http.StatusNotFound,
		"url=" + url.QueryEscape("http://elsewhere.example/whatsapp"):                 http.StatusNotFound,
		"url=" + url.QueryEscape("http://Example.com/whatsapp/"):                      http.StatusOK,
		"url=" + url.QueryEscape("http://example.com:80/whatsapp"):                    http.StatusOK,
		"url=" + url.QueryEscape("https://example.com:443/whatsapp"):                  http.StatusOK,
		"url=" + url.QueryEscape("http://example.com:8080/whatsapp"):                  http.StatusNotFound,
		"url=" + url.QueryEscape("http://example.com/embed/heatmap/whatsapp?lang=bn"): http.StatusOK,
		"": http.StatusNotFound,
		"format=yaml&url=" + url.QueryEscape("http://example.com/whatsapp"): http.StatusBadRequest,
	} {
		if got := ask(query).Code; got != want {
			t.Errorf("oembed?%s: status %d, want %d", query, got, want)
		}
	}
}

func TestACardDoesNotDependOnTheHostOfARequest(t *testing.T) {
	b := pagetest.Morning()
	h := mountEmbeds(t, b, &pagetest.Ingester{})
	get := func(host string) []byte {
		r := httptest.NewRequest(http.MethodGet, "/card/whatsapp.png?lang=en&any="+host, nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.Bytes()
	}
	first := get("one.example")
	b.Err = pagetest.ErrStore // nothing can be drawn any more
	if second := get("two.example"); !bytes.Equal(first, second) {
		t.Errorf("a request with another host gets a card of %d bytes that is not the first one", len(second))
	}
}

func TestEmbedsBeyondTheQueueAreRefused(t *testing.T) {
	busy := gate.New("embeds", 1, 0)
	h := mountEmbedsBehind(t, pagetest.Morning(), &pagetest.Ingester{}, Gates{Drawing: busy, Making: busy})
	paths := []string{"/card/whatsapp.png", "/map/whatsapp.svg", "/badge/whatsapp.svg", "/embed/heatmap/whatsapp", "/embed/report/whatsapp",
		"/widget/v1/heatmap/whatsapp", "/widget/v1/chart/whatsapp"}
	if _, err := gate.Do(t.Context(), busy, func() (int, error) { // somebody else's is being made
		for _, path := range paths {
			if w := pagetest.Get(t, h, path); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s: status %d and Retry-After %q, want 503 with a time", path, w.Code, w.Header().Get("Retry-After"))
			}
		}
		return 0, nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if w := pagetest.Get(t, h, path); w.Code != http.StatusOK {
			t.Errorf("%s afterwards: status %d, want 200", path, w.Code)
		}
	}
}
