package web

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// scorecard holds the figures that scripts/scorecard wrote.
//
//go:embed scorecard.json
var scorecard []byte

// readScores reads the scorecard.
func readScores() (view.Scorecard, error) {
	var c view.Scorecard
	if err := json.Unmarshal(scorecard, &c); err != nil {
		return c, fmt.Errorf("read the scorecard: %w", err)
	}
	return c, nil
}

// getMethod serves the page about the method.
func (s *Pages) getMethod(c *gin.Context, to site.Reader) {
	now := s.Now().UTC()
	s.shared(c, to, "/method", nil, func(context.Context) (*written, error) {
		p := view.NewMethodPage(s.frame(to, "/method", now), s.scores, s.Quorum)
		return s.write(http.StatusOK, "method", &p, lasting)
	})
}
