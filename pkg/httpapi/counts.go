package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// GetBreakdown tells how a window splits by symptom.
func (a *API) GetBreakdown(c *gin.Context, slug api.ServicePath, p api.GetBreakdownParams) {
	if _, err := a.service(slug); err != nil {
		a.fail(c, err)
		return
	}
	w, err := window.Parse(p.Window)
	if err != nil {
		a.fail(c, err)
		return
	}
	if err := a.checkCountry(p.Country); err != nil {
		a.fail(c, err)
		return
	}
	b, err := a.Board.Breakdown(c.Request.Context(), slug, w, p.Country)
	if err != nil {
		a.fail(c, err)
		return
	}
	out := api.Breakdown{Service: slug, Country: p.Country, AsOf: moment(b.AsOf), Window: window.Name(b.Window), Total: b.Total,
		Symptoms: make([]api.Share, len(b.Symptoms)), Simulated: a.Simulated}
	for i, s := range b.Symptoms {
		out.Symptoms[i] = api.Share{Symptom: s.Symptom, Count: s.Count, Share: publish.Rounded(s.Share),
			Low: publish.Rounded(s.Low), High: publish.Rounded(s.High)}
	}
	a.answer(c, fresh, out)
}

// GetCountries tells where the reports of a window come from.
func (a *API) GetCountries(c *gin.Context, slug api.ServicePath, p api.GetCountriesParams) {
	service, err := a.service(slug)
	if err != nil {
		a.fail(c, err)
		return
	}
	w, err := window.Parse(p.Window)
	if err != nil {
		a.fail(c, err)
		return
	}
	if err := checkSymptom(service, p.Symptom); err != nil {
		a.fail(c, err)
		return
	}
	heat, err := a.Board.Countries(c.Request.Context(), slug, w, p.Symptom)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, fresh, api.Heatmap{Service: slug, Symptom: p.Symptom, AsOf: moment(heat.AsOf), Window: window.Name(heat.Window),
		Total: heat.Total, Countries: countriesOf(heat.Countries), Simulated: a.Simulated})
}

// GetSeries tells how reports moved.
func (a *API) GetSeries(c *gin.Context, slug api.ServicePath, p api.GetSeriesParams) {
	service, err := a.service(slug)
	if err != nil {
		a.fail(c, err)
		return
	}
	q := status.SeriesQuery{Country: p.Country, Symptom: p.Symptom}
	if q.From, q.To, err = parseSpan(p.From, p.To); err != nil {
		a.fail(c, err)
		return
	}
	if q.Step, err = parseStep(p.Step); err != nil {
		a.fail(c, err)
		return
	}
	if err := a.checkCountry(p.Country); err != nil {
		a.fail(c, err)
		return
	}
	if err := checkSymptom(service, p.Symptom); err != nil {
		a.fail(c, err)
		return
	}
	s, err := a.Board.Series(c.Request.Context(), slug, q)
	if err != nil {
		a.fail(c, err)
		return
	}
	out := api.Series{Service: slug, Country: p.Country, Symptom: p.Symptom, AsOf: moment(s.AsOf), Step: window.Name(s.Step),
		Points: make([]api.Point, len(s.Points)), Simulated: a.Simulated}
	for i, point := range s.Points {
		out.Points[i] = api.Point{Start: moment(point.Start), Count: known(point), Expected: publish.Rounded(point.Expected), Upper: publish.Rounded(point.Upper)}
	}
	a.answer(c, fresh, out)
}

// known is the count of a point, or nil where nobody could count.
func known(p status.Point) *int64 {
	if !p.Known {
		return nil
	}
	return &p.Count
}

// parseStep reads the name of a step; an empty one leaves the choice to the
// board.
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
