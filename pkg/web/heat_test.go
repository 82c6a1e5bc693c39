package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/status"
)

var heatOutage = status.Countries{
	AsOf: time.Date(2022, 10, 25, 7, 50, 0, 0, time.UTC), Window: 15 * time.Minute, Total: 87_003,
	Countries: []status.Country{
		{Code: "GB", Count: 68000, Expected: 40, PerMillion: 984}, {Code: "SG", Count: 19000, Expected: 4.2, PerMillion: 3259},
		{Code: "FR", Count: 3, Expected: 2, PerMillion: 0.05},
	},
}

func TestHeatIsWorded(t *testing.T) {
	for _, c := range []struct {
		lang   string
		metric heatmap.Metric
		label  string
		ramp   string
		texts  string
	}{
		{"en", heatmap.Reports, "Map of reports by country in the last 15 minutes. United Kingdom 68,000, Singapore 19,000. The table holds every country.",
			"5–99 100+ 1,000+ 5,000+ 20,000+", "United Kingdom 68,000|Singapore 19,000"},
		{"en", heatmap.Usual, "Map of reports by country in the last 15 minutes. Singapore 4,520×, United Kingdom 1,700×. The table holds every country.",
			"under 2× 2×+ 10×+ 50×+ 500×+", "Singapore 4,520×|United Kingdom 1,700×"},
		{"bn", heatmap.Million, "গত ১৫ মিনিটে দেশ অনুযায়ী অভিযোগের মানচিত্র। সিঙ্গাপুর ৩,২৬০, যুক্তরাজ্য ৯৮৪। সারণিতে সব দেশ আছে।",
			"১-এর কম ১+ ১০+ ১০০+ ৫০০+", "সিঙ্গাপুর ৩,২৬০|যুক্তরাজ্য ৯৮৪"},
	} {
		s := worded(t)
		l := s.languages[0]
		if c.lang == "bn" {
			l = s.languages[1]
		}
		v := heat(l, heatOutage, c.metric, labels{s.Catalog, l}, "")
		if v.Label != c.label {
			t.Errorf("%s %s: label %q, want %q", c.lang, c.metric, v.Label, c.label)
		}
		var ramp, texts []string
		for _, step := range v.Ramp {
			ramp = append(ramp, step.Text)
		}
		for _, text := range v.Texts {
			texts = append(texts, text.Text)
		}
		if got := strings.Join(ramp, " "); got != c.ramp {
			t.Errorf("%s %s: ramp %q, want %q", c.lang, c.metric, got, c.ramp)
		}
		if got := strings.Join(texts, "|"); got != c.texts {
			t.Errorf("%s %s: texts %q, want %q", c.lang, c.metric, got, c.texts)
		}
		if !v.Keys.Few || !v.Keys.Small {
			t.Errorf("%s %s: the key lacks the hatching or the dot", c.lang, c.metric)
		}
		if (v.Source != "") != (c.metric == heatmap.Million) {
			t.Errorf("%s %s: source %q", c.lang, c.metric, v.Source)
		}
	}
}

func TestMapRefersToItsOutlinesOrHoldsThem(t *testing.T) {
	s := worded(t)
	for sprite, want := range map[string]string{"": `<path class="a5" d="M`, s.assets.World: `href="` + s.assets.World + `#GB"`} {
		var b bytes.Buffer
		if err := s.templates["service"].ExecuteTemplate(&b, "map", heat(s.languages[0], heatOutage, heatmap.Reports, labels{s.Catalog, s.languages[0]}, sprite)); err != nil {
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
func worded(t *testing.T) *Site {
	t.Helper()
	_, s, err := newEngine(morning(), &ingester{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
