package web

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// noon of all tests: the morning of 25 October 2022, as in the pages' model.
var now = time.Date(2022, 10, 25, 7, 50, 0, 0, time.UTC)

func at(clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return time.Date(2022, 10, 25, t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// board answers from what a test puts in. Services without an entry are quiet.
type board struct {
	catalog  *catalog.Catalog
	statuses map[string]status.Status
	series   map[string]status.Series
	began    time.Time // nothing was counted before
	err      error
}

func (b *board) Status(_ context.Context, slug string) (status.Status, error) {
	if s, ok := b.statuses[slug]; ok {
		return s, b.err
	}
	return quiet(slug), b.err
}

func (b *board) Statuses(ctx context.Context) ([]status.Status, error) {
	var all []status.Status
	for _, one := range b.catalog.Services() {
		s, _ := b.Status(ctx, one.Slug) // b.err is returned below
		all = append(all, s)
	}
	return all, b.err
}

func (b *board) Series(_ context.Context, slug string, q status.SeriesQuery) (status.Series, error) {
	s, ok := b.series[slug]
	if !ok {
		s = course(50, nil)
	}
	s = divided(s, q.Step)
	s.Points = slices.Clone(s.Points)
	for i := range s.Points {
		if p := &s.Points[i]; p.Start.Add(min(s.Step, s.AsOf.Sub(p.Start)) / 2).Before(b.began) {
			p.Known, p.Count = false, 0 // less than half of it was counted
		}
	}
	for len(s.Points) > 0 && s.Points[0].Start.Before(q.From.Truncate(s.Step)) {
		s.Points = s.Points[1:]
	}
	return s, b.err
}

// divided returns s in steps no longer than step. What each holds is divided
// evenly.
func divided(s status.Series, step time.Duration) status.Series {
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

func (b *board) Breakdown(_ context.Context, slug string, w time.Duration, _ string) (status.Breakdown, error) {
	s, ok := b.catalog.Service(slug)
	if !ok {
		return status.Breakdown{}, fault.New(fault.NotFound, "there is no such service")
	}
	d := status.Breakdown{AsOf: now, Window: w}
	one, _ := b.Status(context.Background(), slug)
	d.Total = one.Observed
	shares := []float64{.315, .612, .021, .010, .034, .008}
	for i, id := range s.Symptoms {
		share := 0.0
		if i < len(shares) {
			share = shares[i]
		}
		half := 1.96 * math.Sqrt(share*(1-share)/math.Max(1, float64(d.Total)))
		d.Symptoms = append(d.Symptoms, status.Share{Symptom: id, Count: int64(share * float64(d.Total)), Share: share,
			Low: math.Max(0, share-half), High: math.Min(1, share+half)})
	}
	return d, b.err
}

func (b *board) Countries(_ context.Context, slug string, w time.Duration, _ string) (status.Countries, error) {
	s, _ := b.Status(context.Background(), slug)
	return status.Countries{AsOf: now, Window: w, Total: s.Observed, Countries: s.Countries}, b.err
}

func (b *board) Totals(_ context.Context, slug string, from, to time.Time, country string) (status.Totals, error) {
	now, _ := b.Status(context.Background(), slug)
	d, err := b.Breakdown(context.Background(), slug, to.Sub(from), country)
	if err != nil {
		return status.Totals{}, err
	}
	t := status.Totals{From: from, To: to, Total: now.Observed, Symptoms: d.Symptoms, Countries: now.Countries}
	if i := slices.IndexFunc(now.Countries, func(c status.Country) bool { return c.Code == country }); i >= 0 {
		t.Countries = now.Countries[i : i+1]
		t.Total = t.Countries[0].Count
	}
	return t, b.err
}

// past holds the incidents that a test puts in.
type past struct {
	incidents []incident.Incident
	timeline  []incident.Event
	err       error
}

func (p past) Incident(_ context.Context, id string) (incident.Incident, []incident.Event, error) {
	if p.err != nil {
		return incident.Incident{}, nil, p.err
	}
	for _, inc := range p.incidents {
		if inc.ID == id {
			return inc, p.timeline, nil
		}
	}
	return incident.Incident{}, nil, fault.New(fault.NotFound, "there is no such incident")
}

func (p past) Incidents(_ context.Context, f archive.IncidentFilter) (page []incident.Incident, next string, err error) {
	if strings.ContainsAny(f.Before, `<">`) {
		return nil, "", fault.Field("cursor", "is not one that a previous page returned")
	}
	for _, inc := range p.incidents {
		if inc.Service == f.Service && !inc.Onset.Before(f.From) && (f.Before == "" || inc.ID < f.Before) {
			page = append(page, inc)
		}
	}
	if f.Limit > 0 && len(page) > f.Limit {
		page = page[:f.Limit]
		next = page[f.Limit-1].ID
	}
	return page, next, p.err
}

func (p past) Live(string) incident.Live { return incident.Live{} }

// outages are the incident of the morning and one of the month before.
func outages() past {
	return past{
		incidents: []incident.Incident{{
			ID: "whatsapp-2022-10-25-0637", Service: "whatsapp", Version: 9, State: incident.Confirmed, Level: detect.Outage,
			Onset: at("06:37"), Suspected: at("06:41"), Declared: at("06:55"), Updated: now, Reports: 569_700,
			Peak:    incident.Peak{At: at("07:50"), Window: 15 * time.Minute, Observed: 236_900, Expected: 324},
			Verdict: detect.Verdict{Networks: 41_300, Confidence: 0.999}, Linked: []string{"whatsapp-2022-09-03-1810"},
		}, {
			ID: "whatsapp-2022-09-03-1810", Service: "whatsapp", Version: 5, State: incident.Resolved, Level: detect.OK,
			Onset: at("18:10").AddDate(0, -1, -22), Suspected: at("18:12").AddDate(0, -1, -22), Resolved: at("20:31").AddDate(0, -1, -22), Reports: 4_120,
			Peak: incident.Peak{At: at("18:40").AddDate(0, -1, -22), Window: 15 * time.Minute, Observed: 900, Expected: 310}, EchoOf: "facebook",
		}},
		timeline: []incident.Event{
			{At: at("06:41"), Change: incident.BecameSuspected, State: incident.Suspected, Observed: 610, Expected: 310, Window: 15 * time.Minute, Networks: 9, Countries: []string{"GB"}},
			{At: at("06:55"), Change: incident.BecameConfirmed, State: incident.Confirmed, Observed: 7_940, Expected: 320, Window: 15 * time.Minute, Networks: 2_310, Countries: []string{"GB", "IN"}},
			{At: at("07:14"), Change: incident.CountriesChanged, State: incident.Confirmed, Observed: 90_000, Expected: 322, Window: 15 * time.Minute, Networks: 9_310, Countries: []string{"GB", "IN", "DE"}},
		},
	}
}

// quiet is a service without trouble.
func quiet(slug string) status.Status {
	return status.Status{Service: slug, AsOf: now, Window: window.Default, Observed: 48, Expected: 44.4, Networks: 40,
		Reason:    detect.Reason{Code: detect.ReasonUsual},
		Countries: []status.Country{{Code: "BR", Count: 30, Expected: 28, Share: .625}, {Code: "MX", Count: 18, Expected: 16.4, Share: .375}}}
}

// course is a day of a service that usually has about mean reports in a
// quarter, with the last quarters replaced by tail, the running one included.
func course(mean float64, tail []int64) status.Series {
	s := status.Series{AsOf: now, Step: 15 * time.Minute}
	start := now.Add(-24 * time.Hour).Truncate(s.Step)
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

// gap marks the points from one to another hour as not counted.
func gap(s status.Series, from, to time.Time) status.Series {
	for i := range s.Points {
		if p := &s.Points[i]; !p.Start.Before(from) && p.Start.Before(to) {
			p.Known, p.Count = false, 0
		}
	}
	return s
}

// morning is a board in the middle of a large outage.
func morning() *board {
	b := &board{catalog: catalog.Default(), statuses: map[string]status.Status{}, series: map[string]status.Series{}}
	b.statuses["whatsapp"] = status.Status{
		Service: "whatsapp", Level: detect.Outage, State: incident.Confirmed, Since: at("06:55"), AsOf: now, Window: window.Default,
		Observed: 236_900, Expected: 324, Networks: 41_300, Confidence: 0.999, Incident: "whatsapp-2022-10-25-0637",
		Reason: detect.Reason{Code: detect.ReasonUnusual, Below: 713}, Countries: world(),
	}
	b.series["whatsapp"] = gap(course(420, []int64{902, 21_400, 96_200, 158_300, 214_000, 78_900}),
		at("13:15").AddDate(0, 0, -1), at("14:00").AddDate(0, 0, -1))
	echoes := map[string]string{"tim-it": "whatsapp"}
	for slug, n := range map[string]int64{"vodafone-it": 640, "tim-it": 410} {
		b.statuses[slug] = status.Status{
			Service: slug, Level: detect.Warning, State: incident.Suspected, Since: at("07:14"), AsOf: now, Window: window.Default,
			Observed: n, Expected: 31, Networks: 7, Confidence: 0.93, Reason: detect.Reason{Code: detect.ReasonFewSources, Networks: 3, Below: 60},
			Countries: []status.Country{{Code: "IT", Count: n - 10, Expected: 30, Share: .98}, {Code: "CH", Count: 10, Expected: .4, Share: .02}},
			EchoOf:    echoes[slug],
		}
		b.series[slug] = course(31, []int64{90, 200, n - 60, n / 2})
	}
	b.statuses["yahoo-mail"] = status.Status{
		Service: "yahoo-mail", Level: detect.Unknown, AsOf: now, Window: window.Default, Observed: 12, Expected: 14,
		Since: at("07:31"), LastKnown: at("07:31"), Reason: detect.Reason{Code: detect.ReasonNotCounted},
	}
	b.series["yahoo-mail"] = gap(course(14, nil), at("07:30"), at("08:00"))
	b.statuses["signal"] = status.Status{
		Service: "signal", Level: detect.Outage, State: incident.Recovering, Since: at("05:10"), AsOf: now, Window: window.Default,
		Observed: 260, Expected: 41, Networks: 190, Confidence: 0.97, Reason: detect.Reason{Code: detect.ReasonEasing, Below: 90},
		Countries: []status.Country{{Code: "GB", Count: 140, Expected: 12, Share: .54}, {Code: "DE", Count: 120, Expected: 11, Share: .46}},
	}
	b.series["signal"] = course(41, []int64{60, 260, 900, 2_500, 2_300, 1_400, 800, 500, 330, 300, 120})
	b.statuses["bkash"] = status.Status{
		Service: "bkash", AsOf: now, Window: window.Default, Observed: 0, Expected: 0.4, Reason: detect.Reason{Code: detect.ReasonUsual},
	}
	b.series["bkash"] = course(0.4, nil)
	return b
}

// world is where the reports of a large outage come from.
func world() []status.Country {
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

// ingester notes what is submitted and answers what a test puts in.
type ingester struct {
	mu        sync.Mutex
	submitted []report.Submission
	from      []ingest.Sender
	visits    []string
	became    window.Status
	err       error
	onSubmit  func()
}

func (in *ingester) Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.submitted, in.from = append(in.submitted, s), append(in.from, from)
	if in.err != nil {
		return ingest.Receipt{}, in.err
	}
	if in.onSubmit != nil {
		in.onSubmit()
	}
	return ingest.Receipt{Service: s.Service, Symptom: s.Symptom, Kind: s.Kind, Status: in.became, Counted: in.became == window.Counted, AsOf: now}, nil
}

func (in *ingester) Visit(service string, _ netip.Addr) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.visits = append(in.visits, service)
}

var errBroken = errors.New("connection refused by 10.1.2.3:6379")
