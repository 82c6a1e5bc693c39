package pagetest

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Quiet is a service without trouble.
func Quiet(slug string) status.Status {
	return status.Status{Service: slug, AsOf: Now, Window: window.Default, Observed: 48, Expected: 44.4, Networks: 40,
		Reason:    detect.Reason{Code: detect.ReasonUsual},
		Countries: []status.Country{{Code: "BR", Count: 30, Expected: 28, Share: .625}, {Code: "MX", Count: 18, Expected: 16.4, Share: .375}}}
}

// Day is a day of a service that usually has about mean reports in a
// quarter, with the last quarters replaced by tail, the running one included.
func Day(mean float64, tail []int64) status.Series {
	s := status.Series{AsOf: Now, Step: 15 * time.Minute}
	start := Now.Add(-24 * time.Hour).Truncate(s.Step)
	for i := range 97 {
		t := start.Add(time.Duration(i) * s.Step)
		hour := float64(t.Hour()) + float64(t.Minute())/60
		e := mean * (1 + 0.3*math.Sin((hour-9)/24*2*math.Pi))
		n := int64(math.Max(0, math.Round(e+math.Sqrt(e)*math.Sin(float64(i*i%17)))))
		s.Points = append(s.Points, status.Point{Start: t, Count: n, Known: true, Expected: e, Upper: e + 4*math.Sqrt(e) + 0.1*e})
	}
	for i, n := range tail {
		s.Points[len(s.Points)-len(tail)+i].Count = n
	}
	return s
}

// WithGap marks the points from one to another hour as not counted.
func WithGap(s status.Series, from, to time.Time) status.Series {
	for i := range s.Points {
		if p := &s.Points[i]; !p.Start.Before(from) && p.Start.Before(to) {
			p.Known, p.Count = false, 0
		}
	}
	return s
}

// FourQuarters is a series of four quarters from 07:00, of which the last has just
// ended.
func FourQuarters(counts ...int64) status.Series {
	s := status.Series{AsOf: At("08:00"), Step: 15 * time.Minute}
	for i, n := range counts {
		s.Points = append(s.Points, status.Point{Start: At("07:00").Add(time.Duration(i) * s.Step), Count: n, Known: n >= 0, Expected: 10, Upper: 20})
	}
	return s
}

// Morning is a board in the middle of a large outage.
func Morning() *Board {
	b := &Board{Catalog: catalog.Default(), StatusOf: map[string]status.Status{}, SeriesOf: map[string]status.Series{}}
	b.StatusOf["whatsapp"] = status.Status{
		Service: "whatsapp", Level: detect.Outage, State: incident.Confirmed, Since: At("06:55"), AsOf: Now, Window: window.Default,
		Observed: 236_900, Expected: 324, Upper: 371, Above: true, Onset: At("06:37"), Networks: 41_300, Confidence: 0.999, Incident: "whatsapp-2022-10-25-0637",
		Reason: detect.Reason{Code: detect.ReasonUnusual, Below: 713}, Countries: OutageCountries(),
	}
	b.SeriesOf["whatsapp"] = WithGap(Day(420, []int64{902, 21_400, 96_200, 158_300, 214_000, 78_900}),
		At("13:15").AddDate(0, 0, -1), At("14:00").AddDate(0, 0, -1))
	echoes := map[string]string{"tim-it": "whatsapp"}
	for slug, n := range map[string]int64{"vodafone-it": 640, "tim-it": 410} {
		b.StatusOf[slug] = status.Status{
			Service: slug, Level: detect.Warning, State: incident.Suspected, Since: At("07:14"), AsOf: Now, Window: window.Default,
			Observed: n, Expected: 31, Upper: 47, Above: true, Onset: At("07:12"), Networks: 7, Confidence: 0.93, Reason: detect.Reason{Code: detect.ReasonFewSources, Networks: 3, Below: 60},
			Countries: []status.Country{{Code: "IT", Count: n - 10, Expected: 30, Share: .98}, {Code: "CH", Count: 10, Expected: .4, Share: .02}},
			EchoOf:    echoes[slug],
		}
		b.SeriesOf[slug] = Day(31, []int64{90, 200, n - 60, n / 2})
	}
	b.StatusOf["yahoo-mail"] = status.Status{
		Service: "yahoo-mail", Level: detect.Unknown, AsOf: Now, Window: window.Default, Observed: 12, Expected: 14,
		Since: At("07:31"), LastKnown: At("07:31"), Reason: detect.Reason{Code: detect.ReasonNotCounted},
	}
	b.SeriesOf["yahoo-mail"] = WithGap(Day(14, nil), At("07:30"), At("08:00"))
	b.StatusOf["signal"] = status.Status{
		Service: "signal", Level: detect.Outage, State: incident.Recovering, Since: At("05:10"), AsOf: Now, Window: window.Default,
		Observed: 260, Expected: 41, Networks: 190, Confidence: 0.97, Reason: detect.Reason{Code: detect.ReasonEasing, Below: 90},
		Countries: []status.Country{{Code: "GB", Count: 140, Expected: 12, Share: .54}, {Code: "DE", Count: 120, Expected: 11, Share: .46}},
	}
	b.SeriesOf["signal"] = Day(41, []int64{60, 260, 900, 2_500, 2_300, 1_400, 800, 500, 330, 300, 120})
	b.StatusOf["bkash"] = status.Status{
		Service: "bkash", AsOf: Now, Window: window.Default, Observed: 0, Expected: 0.4, Reason: detect.Reason{Code: detect.ReasonUsual},
	}
	b.SeriesOf["bkash"] = Day(0.4, nil)
	return b
}

// OutageCountries is where the reports of a large outage come from.
func OutageCountries() []status.Country {
	counts := []struct {
		code     string
		n        int64
		expected float64
	}{
		{"GB", 68_000, 40}, {"DE", 27_100, 36}, {"SG", 19_000, 12}, {"ZA", 15_000, 15}, {"IN", 11_000, 46}, {"IT", 10_600, 24},
		{"ES", 9_400, 19}, {"NL", 8_200, 11}, {"TR", 6_100, 9}, {"CH", 4_900, 5}, {"BD", 2_140, 9}, {"ZZ", 640, 2}, {"MT", 90, 0.3},
	}
	all := make([]status.Country, len(counts))
	for i, c := range counts {
		all[i] = status.Country{Code: c.code, Count: c.n, Expected: c.expected, Share: float64(c.n) / 236_900, Level: detect.Outage}
	}
	return all
}

// MorningSince is a board whose server began to count some time ago, in the middle of
// an outage.
func MorningSince(ago time.Duration) *Board {
	b := Morning()
	b.Began = Now.Add(-ago)
	return b
}

// CountryCounts are the counts by country that a Board returns.
var CountryCounts = status.Countries{
	AsOf: time.Date(2022, 10, 25, 7, 50, 0, 0, time.UTC), Window: 15 * time.Minute, Total: 87_003,
	Countries: []status.Country{
		{Code: "GB", Count: 68000, Expected: 40, PerMillion: 984}, {Code: "SG", Count: 19000, Expected: 4.2, PerMillion: 3259},
		{Code: "FR", Count: 3, Expected: 2, PerMillion: 0.05},
	},
}

// Divide returns s in steps no longer than step. What each holds is divided
// evenly.
func Divide(s status.Series, step time.Duration) status.Series {
	if step >= s.Step {
		return s
	}
	fine := status.Series{AsOf: s.AsOf, Step: step}
	parts := int64(s.Step / step)
	for _, p := range s.Points {
		for i := range parts {
			start := p.Start.Add(time.Duration(i) * step)
			if !start.Before(s.AsOf) {
				break
			}
			e := p.Expected / float64(parts)
			fine.Points = append(fine.Points, status.Point{Start: start, Count: p.Count*(i+1)/parts - p.Count*i/parts, Known: p.Known,
				Expected: e, Upper: p.Upper / float64(parts)})
		}
	}
	return fine
}
