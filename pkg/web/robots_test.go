package web

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/locale"
)

func TestTheSitemapNamesAllPagesInAllLanguages(t *testing.T) {
	h, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PublicURL: "https://outcry.example"})
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Locs []string `xml:"sitemap>loc"`
	}
	read := func(path string, v any) {
		t.Helper()
		w := pagetest.Get(t, h, path)
		if err := xml.Unmarshal(w.Body.Bytes(), v); err != nil || w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/xml") {
			t.Fatalf("%s: status %d, %v, %v", path, w.Code, w.Header(), err)
		}
	}
	read("/sitemap.xml", &index)
	if len(index.Locs) != len(locale.Codes()) {
		t.Fatalf("the index has %q, want one for each language", index.Locs)
	}
	const origin = "https://outcry.example"
	services := pagetest.Morning().Catalog.Services()
	for _, loc := range index.Locs {
		var m struct {
			XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
			Pages   []struct {
				Loc   string `xml:"loc"`
				Links []struct {
					Rel  string `xml:"rel,attr"`
					Lang string `xml:"hreflang,attr"`
					Href string `xml:"href,attr"`
				} `xml:"http://www.w3.org/1999/xhtml link"`
			} `xml:"url"`
		}
		path, ours := strings.CutPrefix(loc, origin)
		if !ours {
			t.Fatalf("the index names %s, want an address of the site", loc)
		}
		read(path, &m)
		if want := 3 + 2*len(services); len(m.Pages) != want {
			t.Errorf("%s has %d pages, want %d", loc, len(m.Pages), want)
		}
		for i, p := range m.Pages {
			if len(p.Links) != len(locale.Codes())+1 {
				t.Fatalf("%s has %d links, want one for each language and x-default", p.Loc, len(p.Links))
			}
			if i > 4 {
				continue
			}
			for _, l := range p.Links {
				w := pagetest.Get(t, h, strings.TrimPrefix(l.Href, origin))
				if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `content="noindex"`) {
					t.Errorf("%s in %s: status %d, or not for search engines", l.Href, l.Lang, w.Code)
				}
			}
		}
	}
}

func TestProgramsFindRobotsAndIcon(t *testing.T) {
	for _, simulated := range []bool{false, true} {
		h, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PublicURL: "https://outcry.example", Simulated: simulated})
		if err != nil {
			t.Fatal(err)
		}
		text := pagetest.Get(t, h, "/robots.txt").Body.String()
		if hidden := strings.Contains(text, "Disallow: /\n"); hidden != simulated || strings.Contains(text, "Sitemap: https://outcry.example/sitemap.xml\n") == simulated {
			t.Errorf("robots.txt of a server, simulated: %v, is %q", simulated, text)
		}
		w := pagetest.Get(t, h, "/favicon.ico")
		if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte{0, 0, 1, 0}) || w.Body.Len() > 2_000 {
			t.Errorf("favicon.ico: status %d, %d bytes", w.Code, w.Body.Len())
		}
	}
}
