package httpapi

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// GetBreakdown answers with the split of a window by symptom.
func (a *API) GetBreakdown(c *gin.Context, slug api.ServicePath, p api.GetBreakdownParams) {
	out, err := a.breakdown(c.Request.Context(), slug, p)
	a.answer(c, fresh, out, err)
}

func (a *API) breakdown(ctx context.Context, slug string, p api.GetBreakdownParams) (out api.Breakdown, err error) {
	if _, err := a.service(slug); err != nil {
		return out, err
	}
	w, err := window.Parse(p.Window)
	if err != nil {
		return out, err
	}
	if err := a.checkCountry(p.Country); err != nil {
		return out, err
	}
	b, err := a.Board.Breakdown(ctx, slug, w, p.Country)
	if err != nil {
		return out, err
	}
	out = api.Breakdown{Service: slug, Country: p.Country, AsOf: moment(b.AsOf), Window: window.Name(b.Window), Total: b.Total,
		Symptoms: make([]api.Share, len(b.Symptoms)), Simulated: a.Simulated}
	for i, s := range b.Symptoms {
		out.Symptoms[i] = api.Share{Symptom: s.Symptom, Count: s.Count, Share: publish.Rounded(s.Share),
			Low: publish.Rounded(s.Low), High: publish.Rounded(s.High)}
	}
	return out, nil
}

// GetCountries answers with the heatmap of a service.
func (a *API) GetCountries(c *gin.Context, slug api.ServicePath, p api.GetCountriesParams) {
	out, err := a.heatmap(c.Request.Context(), slug, p)
	a.answer(c, fresh, out, err)
}

func (a *API) heatmap(ctx context.Context, slug string, p api.GetCountriesParams) (out api.Heatmap, err error) {
	service, err := a.service(slug)
	if err != nil {
		return out, err
	}
	w, err := window.Parse(p.Window)
	if err != nil {
		return out, err
	}
	if err := checkSymptom(service, p.Symptom); err != nil {
		return out, err
	}
	countries, err := a.Board.Countries(ctx, slug, w, p.Symptom)
	if err != nil {
		return out, err
	}
	return api.Heatmap{Service: slug, Symptom: p.Symptom, AsOf: moment(countries.AsOf), Window: window.Name(countries.Window),
		CountedMinutes: countries.Minutes, Total: countries.Total, Countries: countriesOf(countries.Countries), Simulated: a.Simulated}, nil
}

// GetSeries answers with the reports of a service over time.
func (a *API) GetSeries(c *gin.Context, slug api.ServicePath, p api.GetSeriesParams) {
	out, err := a.series(c.Request.Context(), slug, p)
	a.answer(c, fresh, out, err)
}

func (a *API) series(ctx context.Context, slug string, p api.GetSeriesParams) (out api.Series, err error) {
	q, err := a.seriesQuery(slug, p)
	if err != nil {
		return out, err
	}
	s, err := gate.Do(ctx, a.Reading, func() (status.Series, error) { return a.Board.Series(ctx, slug, q) })
	if err != nil {
		return out, err
	}
	out = api.Series{Service: slug, Country: p.Country, Symptom: p.Symptom, AsOf: moment(s.AsOf), Step: window.Name(s.Step),
		Points: make([]api.Point, len(s.Points)), Simulated: a.Simulated}
	for i, point := range s.Points {
		one := api.Point{Start: moment(point.Start), Count: countOf(point), Expected: publish.Rounded(point.Expected), Upper: publish.Rounded(point.Upper)}
		if isPart := q.Country != "" || q.Symptom != ""; isPart && isFew(one.Count) {
			one.Count, one.Few = nil, true
		}
		out.Points[i] = one
	}
	return out, nil
}

// isFew reports whether a known count is so small that it would show when single
// persons of a country reported.
func isFew(count *int64) bool { return count != nil && *count > 0 && *count < heatmap.Few }

// seriesQuery returns the query that p asks for.
func (a *API) seriesQuery(slug string, p api.GetSeriesParams) (q status.SeriesQuery, err error) {
	service, err := a.service(slug)
	if err != nil {
		return q, err
	}
	q = status.SeriesQuery{Country: p.Country, Symptom: p.Symptom}
	if q.From, q.To, err = parseSpan(p.From, p.To); err != nil {
		return q, err
	}
	if q.Step, err = parseStep(p.Step); err != nil {
		return q, err
	}
	if err := a.checkCountry(p.Country); err != nil {
		return q, err
	}
	return q, checkSymptom(service, p.Symptom)
}

// countOf returns the count of a point, or nil if it is not known.
func countOf(p status.Point) *int64 {
	if !p.Known {
		return nil
	}
	return &p.Count
}

// parseStep returns the step with a name, or 0 for the default if the name is
// empty.
func parseStep(name string) (time.Duration, error) {
	if name == "" {
		return 0, nil
	}
	for _, step := range status.Steps {
		if window.Name(step) == name {
			return step, nil
		}
	}
	return 0, fault.Field("step", "must be one of 1m, 5m, 15m, 1h, 24h")
}
