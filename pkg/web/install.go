package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// workerPolicy lets the service worker send requests to this site only.
const workerPolicy = "default-src 'none'; connect-src 'self'"

// manifestPath is the address of the web manifest, below the prefix of a language.
const manifestPath = "/manifest.webmanifest"

// getWorker serves the service worker. Browsers ask for a new version with every
// page, at most once a day from their own caches.
func (s *Pages) getWorker(c *gin.Context) {
	if s.Assets.Worker == nil {
		s.NotFound(c)
		return
	}
	c.Header("Content-Security-Policy", workerPolicy)
	s.sendFile(c, "text/javascript; charset=utf-8", s.Assets.Worker, "no-cache")
}

// paper is the light background of pages, as in frontend/static/tokens.css.
const paper = "#fcfbf8"

// manifest is a web manifest, with which a browser can install the site.
type manifest struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	ShortName   string         `json:"short_name"`
	Description string         `json:"description"`
	Lang        string         `json:"lang"`
	Dir         string         `json:"dir"`
	StartURL    string         `json:"start_url"`
	Scope       string         `json:"scope"`
	Display     string         `json:"display"`
	Background  string         `json:"background_color"`
	Theme       string         `json:"theme_color"`
	Icons       []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Address string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// getManifest serves the web manifest in the language of the reader.
func (s *Pages) getManifest(c *gin.Context, to site.Reader) {
	l := to.Locale
	m := manifest{
		ID: to.Prefix.Below("/"), Name: l.Say("brand"), ShortName: l.Say("brand"), Description: l.Say("manifest_description"),
		Lang: l.Code, Dir: l.Direction(), StartURL: to.Prefix.To("/"), Scope: to.Prefix.Below("/"), Display: "standalone",
		Background: paper, Theme: paper,
		Icons: []manifestIcon{{Address: to.Prefix.Below(s.Assets.Icon), Sizes: "any", Type: mime.TypeByExtension(path.Ext(s.Assets.Icon)), Purpose: "any"}},
	}
	for _, icon := range s.Assets.Icons {
		size := strconv.Itoa(icon.Size)
		m.Icons = append(m.Icons, manifestIcon{Address: to.Prefix.Below(icon.Address), Sizes: size + "x" + size, Type: "image/png", Purpose: icon.Purpose})
	}
	body, err := json.Marshal(m)
	if err != nil {
		s.Log.Error("the manifest for installing the site cannot be written", slog.Any("error", err))
		s.failed(c, to)
		return
	}
	s.sendFile(c, "application/manifest+json", body, lasting)
}

// getOffline serves the page that the service worker keeps and shows while there is
// no connection.
func (s *Pages) getOffline(c *gin.Context, to site.Reader) {
	s.shared(c, to, "/offline", nil, func(context.Context) (*written, error) {
		p := view.OfflinePage{Frame: s.frame(to, "/offline", s.Now().UTC())}
		p.Date, p.Times = "", "" // it is shown at any later time
		p.Title = to.Locale.Fill("offline_title", locale.Values{"Brand": to.Locale.Say("brand")})
		p.Description = to.Locale.Say("offline_note")
		return s.write(http.StatusOK, "offline", &p, lasting)
	})
}

// sendFile sends a file, or 304 if the browser has it.
func (s *Pages) sendFile(c *gin.Context, kind string, body []byte, cache string) {
	tag := site.Tag(body)
	c.Header("Cache-Control", cache)
	c.Header("ETag", tag)
	c.Header("X-Content-Type-Options", "nosniff")
	if site.TagMatches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, kind, body)
}
