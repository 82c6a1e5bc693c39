package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/site"
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
	home := publicurl.Of(c.Request)
	text := fmt.Sprintf("User-agent: *\nDisallow: %[1]s/api/\nDisallow: %[1]s/mcp\nDisallow: %[1]s/admin\nDisallow: %[1]s/*/report\n\nSitemap: %[2]s\n", home.Base, home.To(sitemapPath))
	if s.Simulated {
		text = "# This server shows a simulation.\nUser-agent: *\nDisallow: " + home.Base + "/\n"
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
	s.shared(c, to, sitemapPath, nil, func(context.Context) (*written, error) {
		var document any
		if to.Prefix.Language == "" {
			index := sitemapIndex{}
			for _, code := range locale.Codes() {
				index.Sitemaps = append(index.Sitemaps, to.Home.To("/"+code+sitemapPath))
			}
			document = index
		} else {
			document = s.sitemap(to.Home, to.Prefix)
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

// sitemap returns the pages of a prefix.
func (s *Pages) sitemap(home publicurl.URL, prefix publicurl.Prefix) sitemap {
	paths := []string{"/", "/method", "/developers"}
	services := s.Catalog.Services()
	for _, service := range services[:min(len(services), maxMapped)] {
		paths = append(paths, "/"+service.Slug, "/"+service.Slug+"/history")
	}
	m := sitemap{XHTML: "http://www.w3.org/1999/xhtml"}
	for _, path := range paths {
		p := sitemapPage{Address: home.Origin + prefix.To(path), Others: []sitemapAddress{{"alternate", "x-default", home.To(path)}}}
		for _, code := range locale.Codes() {
			p.Others = append(p.Others, sitemapAddress{"alternate", code, home.Origin + prefix.In(code).To(path)})
		}
		m.Pages = append(m.Pages, p)
	}
	return m
}
