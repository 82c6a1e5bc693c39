package agents

import (
	"context"
	"strconv"
	"strings"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
)

// downQuery is what whats_down takes.
type downQuery struct {
	Country  string `json:"country,omitempty" jsonschema:"only services in trouble in this country, such as IN"`
	Category string `json:"category,omitempty" jsonschema:"only services of this category, such as messaging"`
	Language string `json:"language,omitempty" jsonschema:"language of names as a BCP 47 tag such as bn; English otherwise"`
}

// whatsDown lists the services in trouble.
func (a *Agents) whatsDown(ctx context.Context, q downQuery) (list api.ServiceList, err error) {
	if _, ok := a.Catalog.Country(q.Country); !ok && q.Country != "" {
		return list, fault.Field("country", "is not an ISO 3166-1 alpha-2 code such as IN")
	}
	p := api.ListServicesParams{Level: []string{"outage", "warning"}, Category: q.Category, Lang: q.Language, Limit: "100"}
	page, err := a.Answers.ReadServices(ctx, p)
	if err != nil {
		return list, err
	}
	list = page
	list.Services = []api.Service{}
	for _, s := range page.Services {
		if q.Country == "" || inTrouble(s, q.Country) {
			list.Services = append(list.Services, shortened(s))
		}
	}
	return list, nil
}

// inTrouble reports whether a service is in trouble in a country.
func inTrouble(s api.Service, country string) bool {
	for _, c := range s.Status.Countries {
		if c.Country == country {
			return c.Level == "warning" || c.Level == "outage"
		}
	}
	return false
}

// shortened returns s with the countries of most reports.
func shortened(s api.Service) api.Service {
	s.Status.Countries = s.Status.Countries[:min(len(s.Status.Countries), maxCountries)]
	return s
}

// serviceQuery is what service_status takes.
type serviceQuery struct {
	Service  string `json:"service" jsonschema:"slug or name of the service, such as whatsapp or WhatsApp, in any language"`
	Language string `json:"language,omitempty" jsonschema:"language of names as a BCP 47 tag such as bn; English otherwise"`
}

// serviceStatus returns how a service is, with names in one language only.
func (a *Agents) serviceStatus(ctx context.Context, q serviceQuery) (api.ServiceDetail, error) {
	slug, err := a.slugOf(q.Service)
	if err != nil {
		return api.ServiceDetail{}, err
	}
	detail, err := a.Answers.ReadService(ctx, slug, api.GetServiceParams{Lang: q.Language})
	detail.Names = api.Names{}
	for i := range detail.Symptoms {
		detail.Symptoms[i].Names = api.Names{}
	}
	return detail, err
}

// slugOf returns the slug of the service that a text names. The error names those
// it may mean.
func (a *Agents) slugOf(text string) (string, error) {
	if _, ok := a.Catalog.Service(text); ok {
		return text, nil
	}
	const most = 5
	if len(text) > 200 {
		return "", fault.Field("service", "is too long for a name")
	}
	found := a.Catalog.Search(text, most)
	for _, s := range found {
		for _, name := range s.Names {
			if strings.EqualFold(name, text) {
				return s.Slug, nil
			}
		}
	}
	switch len(found) {
	case 0:
		return "", fault.Field("service", "names no service that is counted here")
	case 1:
		return found[0].Slug, nil
	}
	names := ""
	for _, s := range found {
		names += " " + s.Slug
	}
	return "", fault.Field("service", "may mean several services; take one of:%s", names)
}

// incidentQuery is what incidents takes.
type incidentQuery struct {
	Service string   `json:"service,omitempty" jsonschema:"slug or name of a service"`
	Country string   `json:"country,omitempty" jsonschema:"only incidents that concern this country, such as IN"`
	States  []string `json:"states,omitempty" jsonschema:"any of suspected, confirmed, recovering, resolved, retracted"`
	From    string   `json:"from,omitempty" jsonschema:"RFC 3339; only incidents that began at or after it"`
	To      string   `json:"to,omitempty" jsonschema:"RFC 3339; only incidents that began before it"`
	Limit   int      `json:"limit,omitempty" jsonschema:"from 1 to 50; 10 if left out"`
	Cursor  string   `json:"cursor,omitempty" jsonschema:"the next of the answer before"`
}

// incidents lists incidents.
func (a *Agents) incidents(ctx context.Context, q incidentQuery) (list api.IncidentList, err error) {
	const usual, most = 10, 50
	if q.Limit == 0 {
		q.Limit = usual
	}
	if q.Limit < 1 || q.Limit > most {
		return list, fault.Field("limit", "must be from 1 to %d", most)
	}
	p := api.ListIncidentsParams{Country: q.Country, State: q.States, From: q.From, To: q.To, Limit: strconv.Itoa(q.Limit), Cursor: q.Cursor}
	if q.Service != "" {
		if p.Service, err = a.slugOf(q.Service); err != nil {
			return list, err
		}
	}
	return a.Answers.ReadIncidents(ctx, p)
}

// breakdownQuery is what breakdown takes.
type breakdownQuery struct {
	Service string `json:"service" jsonschema:"slug or name of the service"`
	Window  string `json:"window,omitempty" jsonschema:"how far back to count: 5m, 15m, 30m, 1h, 6h or 24h; 15m if left out"`
	Country string `json:"country,omitempty" jsonschema:"only this country, such as IN"`
}

// breakdown returns how the problems of a service split by symptom.
func (a *Agents) breakdown(ctx context.Context, q breakdownQuery) (api.Breakdown, error) {
	slug, err := a.slugOf(q.Service)
	if err != nil {
		return api.Breakdown{}, err
	}
	return a.Answers.ReadBreakdown(ctx, slug, api.GetBreakdownParams{Window: q.Window, Country: q.Country})
}
