package web

import (
	"bytes"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/view"
)

func TestMapRefersToItsOutlinesOrHoldsThem(t *testing.T) {
	s := worded(t)
	for sprite, want := range map[string]string{"": `<path class="a5" d="M`, s.Assets.World: `href="` + s.Assets.World + `#GB"`} {
		var b bytes.Buffer
		if err := s.templates["service"].ExecuteTemplate(&b, "map", view.DrawHeatmap(s.Languages[0], pagetest.CountryCounts, heatmap.Reports, view.NewLabels(s.Catalog, s.Languages[0]), sprite)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("sprite %q: the map lacks %s", sprite, want)
		}
		if holds := strings.Contains(b.String(), heatmap.Earth().Paths["GB"]); holds != (sprite == "") {
			t.Errorf("sprite %q: the map holds its outlines: %t", sprite, holds)
		}
	}
}

// worded returns a site over a quiet board.
func worded(t *testing.T) *Pages {
	t.Helper()
	_, s, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
