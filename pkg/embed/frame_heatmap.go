package embed

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/view"
)

// frameOf is what every frame has around its content.
type frameOf struct {
	*locale.Locale
	Dir    string
	Title  string
	Theme  string
	Assets view.Assets
}

// HeatmapFrame is the frame with the map of where reports come from.
type HeatmapFrame struct {
	frameOf
	View   Widget
	Heat   *view.Heatmap
	Headed bool
}

// getHeatmapFrame serves the frame with the map. It holds its data itself, so it
// is complete in a sandbox without scripts.
func (s *Embeds) getHeatmapFrame(c *gin.Context) {
	e, v, ok := s.askedMap(c, c.Param("service"))
	if !ok {
		return
	}
	s.frameTo(c, e, "heatmap-frame", &HeatmapFrame{
		frameOf: s.frameFor(e, e.to.Locale.Fill("embed_title", locale.Values{"Service": v.Name})), View: v, Heat: v.heat, Headed: e.title,
	}, carried)
}

// askedMap reads the address of a map and the data of the map. If that fails it
// sends the answer and returns false.
func (s *Embeds) askedMap(c *gin.Context, slug string) (embedding, Widget, bool) {
	e, ok := s.asked(c, slug)
	if !ok {
		return e, Widget{}, false
	}
	v, err := gate.Do(c.Request.Context(), s.gates.Making, func() (Widget, error) {
		return s.heatmapView(c.Request.Context(), e)
	})
	if err != nil {
		s.LogUnread(err, "map", e.service.Slug)
		s.unavailable(c, e.to)
		return e, Widget{}, false
	}
	return e, v, true
}

func (s *Embeds) frameFor(e embedding, title string) frameOf {
	return frameOf{Locale: e.to.Locale, Dir: e.to.Locale.Direction(), Title: title, Theme: e.theme, Assets: s.Assets.Below(e.to.Home.Base)}
}

// frameTo sends a frame made of the template with this name.
func (s *Embeds) frameTo(c *gin.Context, e embedding, name string, page any, cache string) {
	body, err := s.execute(c.Request.Context(), name, page)
	if err != nil {
		s.unavailable(c, e.to)
		return
	}
	c.Header("Content-Security-Policy", framed)
	if cache != carried {
		c.Header("Cache-Control", cache)
		c.Data(http.StatusOK, "text/html; charset=utf-8", body)
		return
	}
	s.give(c, "text/html; charset=utf-8", body, carried)
}
