package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

const (
	sitemapPath    = "/sitemap.xml"
	sitemapContent = "application/xml; charset=utf-8"
	// maxMapped bounds the services of a sitemap, which may have 50,000 addresses
	// and 50 MB.
	maxMapped = 10_000
	daily     = "public, max-age=86400" // what only a new version or catalog changes
)

// getRobots tells programs what they need not read. A server that shows a replay is
// not to be found by search engines at all.
func (s *Pages) getRobots(c *gin.Context) {
	text := "User-agent: *\nDisallow: /api/\nDisallow: /mcp\nDisallow: /admin\nDisallow: /*/report\n\nSitemap: " + s.Home(c.Request) + sitemapPath + "\n"
	if s.Simulated {
		text = "# This server shows a simulation.\nUser-agent: *\nDisallow: /\n"
	}
	c.Header("Cache-Control", daily)
	c.String(http.StatusOK, text)
}

// getIcon serves the picture of the site to programs that do not read its pages.
func (s *Pages) getIcon(c *gin.Context) {
	c.Header("Cache-Control", daily)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, "image/vnd.microsoft.icon", s.Assets.Favicon)
}

// sitemapIndex lists the sitemaps of all languages.
type sitemapIndex struct {
	XMLName  xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Sitemaps []string `xml:"sitemap>loc"`
}

// sitemap lists the pages in one language.
type sitemap struct {
	XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	XHTML   string        `xml:"xmlns:xhtml,attr"`
	Pages   []sitemapPage `xml:"url"`
}

// sitemapPage is a page with its addresses in all languages.
type sitemapPage struct {
	Address string           `xml:"loc"`
	Others  []sitemapAddress `xml:"xhtml:link"`
}

// sitemapAddress is the address of a page in a language.
type sitemapAddress struct {
	Rel      string `xml:"rel,attr"`
	Hreflang string `xml:"hreflang,attr"`
	Href     string `xml:"href,attr"`
}

// getSitemap serves the pages that search engines may list: in the language of its
// address, or else the list of the sitemaps of all languages.
func (s *Pages) getSitemap(c *gin.Context, to site.Reader) {
	home := s.Home(c.Request)
	s.shared(c, to, sitemapPath, url.Values{"home": {home}}, func(context.Context) (*written, error) {
		var document any
		if to.Prefix == "" {
			index := sitemapIndex{}
			for _, code := range locale.Codes() {
				index.Sitemaps = append(index.Sitemaps, home+"/"+code+sitemapPath)
			}
			document = index
		} else {
			document = s.sitemap(home, to.Prefix)
		}
		b := bytes.NewBufferString(xml.Header)
		if err := xml.NewEncoder(b).Encode(document); err != nil {
			return nil, fmt.Errorf("write a sitemap: %w", err)
		}
		w := &written{code: http.StatusOK, kind: sitemapContent, plain: b.Bytes(), cache: daily}
		w.tag = site.Tag(w.plain)
		return w, nil
	})
}

// sitemap returns the pages below the prefix of a language.
func (s *Pages) sitemap(home, prefix string) sitemap {
	paths := []string{"/", "/method", "/developers"}
	services := s.Catalog.Services()
	for _, service := range services[:min(len(services), maxMapped)] {
		paths = append(paths, "/"+service.Slug, "/"+service.Slug+"/history")
	}
	m := sitemap{XHTML: "http://www.w3.org/1999/xhtml"}
	for _, path := range paths {
		p := sitemapPage{Address: home + view.Address(prefix, path), Others: []sitemapAddress{{"alternate", "x-default", home + path}}}
		for _, code := range locale.Codes() {
			p.Others = append(p.Others, sitemapAddress{"alternate", code, home + view.Address("/"+code, path)})
		}
		m.Pages = append(m.Pages, p)
	}
	return m
}
