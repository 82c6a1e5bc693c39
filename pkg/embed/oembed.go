package embed

import (
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	social "github.com/outcry/outcry/pkg/card"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
)

// oEmbed is the answer to a program that replaces a link to a service by an
// embed. It is one bare frame, because many programs allow nothing else.
type oEmbed struct {
	XMLName         xml.Name `json:"-" xml:"oembed"`
	Type            string   `json:"type" xml:"type"`
	Version         string   `json:"version" xml:"version"`
	Title           string   `json:"title" xml:"title"`
	ProviderName    string   `json:"provider_name" xml:"provider_name"`
	ProviderURL     string   `json:"provider_url" xml:"provider_url"`
	CacheAge        int      `json:"cache_age" xml:"cache_age"` // s
	ThumbnailURL    string   `json:"thumbnail_url" xml:"thumbnail_url"`
	ThumbnailWidth  int      `json:"thumbnail_width" xml:"thumbnail_width"`
	ThumbnailHeight int      `json:"thumbnail_height" xml:"thumbnail_height"`
	HTML            string   `json:"html" xml:"html"`
	Width           int      `json:"width" xml:"width"`
	Height          int      `json:"height" xml:"height"`
}

// Sizes of the frame, in px.
const (
	frameWidth    = 600
	narrowest     = 280
	lowest        = 300
	besidesTheMap = 280 // of the height: words, key and foot
)

// frameHeight returns the height at which a frame of this width shows the whole
// map.
func frameHeight(width int) int { return besidesTheMap + width*447/1000 }

// getOEmbed serves the embed that replaces a link to a service.
func (s *Embeds) getOEmbed(c *gin.Context) {
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	q := c.Request.URL.Query()
	format := q.Get("format")
	if format != "" && format != "json" && format != "xml" {
		c.String(http.StatusBadRequest, "the formats are json and xml\n")
		return
	}
	home := publicurl.Of(c.Request)
	slug, lang := linked(q.Get("url"), home)
	e, ok := s.asked(c, slug)
	if !ok {
		return
	}
	if lang != "" {
		e.to = s.Reader(c.Writer, c.Request, lang)
		e.names.Locale = e.to.Locale
	}
	width := frameWidth
	if n, err := strconv.Atoi(q.Get("maxwidth")); err == nil {
		width = min(width, max(n, narrowest))
	}
	height := frameHeight(width)
	if n, err := strconv.Atoi(q.Get("maxheight")); err == nil {
		height = min(height, max(n, lowest))
	}
	query := e.query()
	l := e.to.Locale
	o := oEmbed{
		Type: "rich", Version: "1.0", Title: l.Fill("embed_title", locale.Values{"Service": e.names.Service(slug)}),
		ProviderName: l.Say("brand"), ProviderURL: home.String(), CacheAge: 3600,
		ThumbnailURL: home.To("/card/" + slug + ".png" + query), ThumbnailWidth: social.Width, ThumbnailHeight: social.Height,
		Width: width, Height: height,
	}
	o.HTML = fmt.Sprintf(`<iframe src="%s" width="%d" height="%d" title="%s" frameborder="0" scrolling="no"></iframe>`,
		html.EscapeString(home.To("/embed/heatmap/"+slug+query)), width, height, html.EscapeString(o.Title))
	c.Header("Cache-Control", "public, max-age=3600")
	if format == "xml" {
		c.XML(http.StatusOK, o)
		return
	}
	c.JSON(http.StatusOK, o)
}

// sameHost reports whether two addresses name one host and port. Letter case and
// the port that is the scheme's own make no difference.
func sameHost(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		if p := u.Port(); u.Scheme+p != "http80" && u.Scheme+p != "https443" {
			return p
		}
		return ""
	}
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// linked returns the service that an address of this site is about and the
// language that the address fixes. Both are empty for any other address.
func linked(address string, home publicurl.URL) (slug, lang string) {
	u, err := url.Parse(address)
	own, ownErr := url.Parse(home.Origin)
	if err != nil || ownErr != nil || u.Host != "" && !sameHost(u, own) {
		return "", ""
	}
	rest, below := strings.CutPrefix(u.Path, home.Base)
	if !below || rest != "" && rest[0] != '/' {
		return "", ""
	}
	path := strings.Split(strings.Trim(rest, "/"), "/")
	if len(path) > 0 && slices.Contains(locale.Codes(), path[0]) {
		lang, path = path[0], path[1:]
	}
	if len(path) == 3 && path[0] == "embed" {
		path, lang = path[2:], u.Query().Get("lang")
	}
	if len(path) != 1 && (len(path) != 2 || path[1] != "history") {
		return "", ""
	}
	return path[0], lang
}
