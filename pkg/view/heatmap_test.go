package view

import (
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/heatmap"
)

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
		l := pagetest.Locale(t, c.lang)
		v := DrawHeatmap(l, pagetest.CountryCounts, c.metric, NewLabels(catalog.Default(), l), "")
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
