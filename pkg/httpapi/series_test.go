package httpapi

import (
	"testing"

	"github.com/outcry/outcry/api"
)

func TestSeriesOfAPartWithholdFewReports(t *testing.T) {
	for query, isWithheld := range map[string]bool{
		"": false, "?country=BD": true, "?symptom=other": true, "?step=1m&country=BD&symptom=other": true,
	} {
		s := newSite(t)
		var series api.Series
		s.get("/services/whatsapp/series"+query, &series)
		four := series.Points[3]
		if four.Few != isWithheld || (four.Count == nil) != isWithheld {
			t.Errorf("series%s: 4 reports are given as %s, few %v", query, valueOrNull(four.Count), four.Few)
		}
		if zero, five := series.Points[0], series.Points[4]; zero.Few || zero.Count == nil || five.Few || five.Count == nil || *five.Count != 5 || series.Points[1].Few {
			t.Errorf("series%s: 0 and 5 reports are given as %s and %s, and a gap as few %v", query, valueOrNull(zero.Count), valueOrNull(five.Count), series.Points[1].Few)
		}
	}
}
