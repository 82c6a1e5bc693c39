package httpapi

import (
	"context"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/gate"
)

// ReadServices returns what GET /services answers.
func (a *API) ReadServices(ctx context.Context, p api.ListServicesParams) (api.ServiceList, error) {
	return a.serviceList(ctx, p)
}

// ReadService returns what GET /services/{service} answers.
func (a *API) ReadService(ctx context.Context, slug string, p api.GetServiceParams) (api.ServiceDetail, error) {
	return a.serviceDetail(ctx, slug, p)
}

// ReadBreakdown returns what GET /services/{service}/breakdown answers.
func (a *API) ReadBreakdown(ctx context.Context, slug string, p api.GetBreakdownParams) (api.Breakdown, error) {
	return a.breakdown(ctx, slug, p)
}

// ReadIncidents returns what GET /incidents answers.
func (a *API) ReadIncidents(ctx context.Context, p api.ListIncidentsParams) (api.IncidentList, error) {
	filter, err := a.incidentFilter(p)
	if err != nil {
		return api.IncidentList{}, err
	}
	return gate.Do(ctx, a.Reading, func() (api.IncidentList, error) { return a.incidentList(ctx, filter) })
}
