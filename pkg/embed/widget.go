package embed

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/view"
)

// script is the media type of scripts.
const script = "text/javascript; charset=utf-8"

// getWidget serves the script of the elements: the present one under v1, and
// each release under its version.
func (s *Embeds) getWidget(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", "*") // for pages that check its hash
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	version := c.Param("version")
	if version == "v1" && s.Assets.Widget != nil {
		s.give(c, script, s.Assets.Widget, "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800")
		return
	}
	if released, err := frontend.Files.ReadFile("releases/" + version + "/outcry.js"); err == nil {
		s.give(c, script, released, "public, max-age=31536000, immutable")
		return
	}
	c.Header("Cache-Control", "public, max-age=60")
	c.String(http.StatusNotFound, "there is no such version\n")
}

// getHeatmapData serves the data of the map element.
func (s *Embeds) getHeatmapData(c *gin.Context) {
	if e, v, ok := s.askedMap(c, c.Param("service")); ok {
		s.data(c, e, v)
	}
}

// getChartData serves the data of the chart element.
func (s *Embeds) getChartData(c *gin.Context) {
	e, ok := s.asked(c, c.Param("service"))
	if !ok {
		return
	}
	r := view.ParseRange(c.Query("window"))
	if r == (view.Range{}) {
		r = view.ChartRanges[0]
	}
	v, err := gate.Do(c.Request.Context(), s.gates.Making, func() (Widget, error) {
		return s.chartView(c.Request.Context(), e, r, s.Now().UTC())
	})
	if err != nil {
		s.LogUnread(err, "series", e.service.Slug)
		s.unavailable(c, e.to)
		return
	}
	s.data(c, e, v)
}

// data sends the data of an element.
func (s *Embeds) data(c *gin.Context, e embedding, v Widget) {
	body, err := json.Marshal(v)
	if err != nil {
		s.Log.Error("the data of an embedded element cannot be written", slog.Any("error", err))
		s.unavailable(c, e.to)
		return
	}
	s.give(c, "application/json", body, carried)
}
