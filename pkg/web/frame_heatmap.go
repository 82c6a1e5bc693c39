package web

import (
	"bytes"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/locale"
)

// frameOf is what every page for a frame has around its content.
type frameOf struct {
	*locale.Locale
	Dir    string
	Title  string
	Theme  string
	Assets Assets
}

// HeatmapFrame is the page in a frame that shows where reports come from.
type HeatmapFrame struct {
	frameOf
	View   View
	Heat   *Heat
	Headed bool
}

// getHeatmapFrame serves the map as a page for a frame. It holds its first data
// itself, so that it is whole in a frame that may not even run scripts.
func (s *Site) getHeatmapFrame(c *gin.Context) {
	e, v, ok := s.askedMap(c, c.Param("service"))
	if !ok {
		return
	}
	s.frameTo(c, e, "heatmap-frame", &HeatmapFrame{
		frameOf: s.frameFor(e, e.to.locale.Fill("embed_title", locale.Values{"Service": v.Name})), View: v, Heat: v.heat, Headed: e.title,
	}, carried)
}

// askedMap reads what an address of a map asks for, and the map. Where there is
// none it has answered.
func (s *Site) askedMap(c *gin.Context, slug string) (embedding, View, bool) {
	e, ok := s.asked(c, slug)
	if !ok {
		return e, View{}, false
	}
	v, err := s.heatmapView(c.Request.Context(), e, s.home(c))
	if err != nil {
		s.unread(err, "map", e.service.Slug)
		s.silent(c, e.to)
		return e, View{}, false
	}
	return e, v, true
}

func (s *Site) frameFor(e embedding, title string) frameOf {
	return frameOf{Locale: e.to.locale, Dir: e.to.locale.Direction(), Title: title, Theme: e.theme, Assets: s.assets}
}

// frameTo writes a page for a frame.
func (s *Site) frameTo(c *gin.Context, e embedding, name string, page any, cache string) {
	var b bytes.Buffer
	if err := s.templates["embed"].ExecuteTemplate(&b, name, page); err != nil {
		s.Log.Error("cannot write a frame", slog.String("template", name), slog.Any("err", err))
		s.silent(c, e.to)
		return
	}
	c.Header("Content-Security-Policy", framed)
	if cache != carried {
		c.Header("Cache-Control", cache)
		c.Data(http.StatusOK, "text/html; charset=utf-8", b.Bytes())
		return
	}
	s.give(c, "text/html; charset=utf-8", b.Bytes(), carried)
}
