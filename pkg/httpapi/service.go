package httpapi

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// levels are the levels that a list can be narrowed to.
var levels = []string{detect.OK.String(), detect.Warning.String(), detect.Outage.String(), detect.Unknown.String()}

// ListServices answers with a page of services and their statuses.
func (a *API) ListServices(c *gin.Context, p api.ListServicesParams) {
	list, err := a.serviceList(c.Request.Context(), p)
	a.answer(c, fresh, list, err)
}

func (a *API) serviceList(ctx context.Context, p api.ListServicesParams) (list api.ServiceList, err error) {
	candidates, err := a.candidates(p)
	if err != nil {
		return list, err
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return list, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return list, err
	}
	all, err := a.Board.Statuses(ctx)
	if err != nil {
		return list, err
	}
	bySlug := make(map[string]status.Status, len(all))
	for _, s := range all {
		bySlug[s.Service] = s
	}
	// The page follows the last service of the one before. That service is among
	// the candidates even if its level has changed since.
	if after != "" {
		at := slices.IndexFunc(candidates, func(s *catalog.Service) bool { return s.Slug == after })
		if at < 0 {
			return list, fault.Field("cursor", "belongs to another list; leave it out to begin")
		}
		candidates = candidates[at+1:]
	}
	wanted := listed(p.Level)
	list = api.ServiceList{Services: []api.Service{}, Simulated: a.Simulated}
	for _, service := range candidates {
		s, ok := bySlug[service.Slug]
		if !ok || len(wanted) > 0 && !slices.Contains(wanted, s.Level.String()) {
			continue
		}
		if len(list.Services) == limit {
			list.Next = cursor(list.Services[limit-1].Service)
			break
		}
		one := api.Service{Service: service.Slug, Name: service.Names.In(p.Lang), Provider: a.provider(service, p.Lang),
			Category: a.category(service, p.Lang), Status: statusOf(s)}
		list.AsOf = later(list.AsOf, one.Status.AsOf)
		list.Services = append(list.Services, one)
	}
	if len(list.Services) == 0 {
		list.AsOf = a.judgedAt()
	}
	return list, nil
}

// candidates returns the services that p asks for, of any level.
func (a *API) candidates(p api.ListServicesParams) ([]*catalog.Service, error) {
	for _, level := range listed(p.Level) {
		if !slices.Contains(levels, level) {
			return nil, fault.Field("level", "must be one or more of ok, warning, outage, unknown")
		}
	}
	if err := checkLanguage(p.Lang); err != nil {
		return nil, err
	}
	if len(p.Query) > maxQuery || !utf8.ValidString(p.Query) {
		return nil, fault.Field("query", "must be UTF-8 text of at most %d bytes", maxQuery)
	}
	services := a.Catalog.Services()
	if p.Query != "" {
		services = a.Catalog.Search(p.Query, 0)
	}
	if p.Category == "" {
		return services, nil
	}
	if _, ok := a.Catalog.Category(p.Category); !ok {
		return nil, fault.Field("category", "is not a category")
	}
	var in []*catalog.Service
	for _, s := range services {
		if s.Category == p.Category {
			in = append(in, s)
		}
	}
	return in, nil
}

// GetService answers with the names, the symptoms and the status of a service.
func (a *API) GetService(c *gin.Context, slug api.ServicePath, p api.GetServiceParams) {
	detail, err := a.serviceDetail(c.Request.Context(), slug, p)
	a.answer(c, fresh, detail, err)
}

func (a *API) serviceDetail(ctx context.Context, slug string, p api.GetServiceParams) (detail api.ServiceDetail, err error) {
	service, err := a.service(slug)
	if err != nil {
		return detail, err
	}
	if err := checkLanguage(p.Lang); err != nil {
		return detail, err
	}
	s, err := a.Board.Status(ctx, slug)
	if err != nil {
		return detail, err
	}
	detail = api.ServiceDetail{
		AsOf: moment(s.AsOf), Service: service.Slug, Name: service.Names.In(p.Lang), Names: api.Names(service.Names),
		Provider: a.provider(service, p.Lang), Category: a.category(service, p.Lang), Symptoms: []api.Symptom{},
		Countries: service.Countries, DependsOn: service.DependsOn, Status: statusOf(s), Simulated: a.Simulated,
	}
	for _, id := range service.Symptoms {
		if symptom, ok := a.Catalog.Symptom(id); ok {
			detail.Symptoms = append(detail.Symptoms, api.Symptom{Id: id, Name: symptom.Names.In(p.Lang), Names: api.Names(symptom.Names)})
		}
	}
	return detail, nil
}

func (a *API) provider(s *catalog.Service, lang string) api.Party {
	party := api.Party{Id: s.Provider}
	if provider, ok := a.Catalog.Provider(s.Provider); ok {
		party.Name = provider.Names.In(lang)
	}
	return party
}

func (a *API) category(s *catalog.Service, lang string) api.Party {
	party := api.Party{Id: s.Category}
	if category, ok := a.Catalog.Category(s.Category); ok {
		party.Name = category.Names.In(lang)
	}
	return party
}

func statusOf(s status.Status) api.Status {
	out := api.Status{
		Level: s.Level.String(), State: string(s.State), Since: moment(s.Since), Window: window.Name(s.Window), AsOf: moment(s.AsOf),
		Observed: s.Observed, SetAside: int(s.Aside), Expected: publish.Rounded(s.Expected), Upper: publish.Rounded(s.Upper), CountedMinutes: s.Minutes,
		Onset: moment(s.Onset), Networks: s.Networks, Confidence: publish.Rounded(s.Confidence),
		Reason: api.Reason{Code: string(s.Reason.Code), Networks: s.Reason.Networks, Holders: s.Reason.Holders, Share: publish.Rounded(s.Reason.Share),
			Below: publish.Rounded(s.Reason.Below)},
		Countries: countriesOf(s.Countries), Incident: s.Incident, LastKnown: moment(s.LastKnown),
	}
	if s.Muted != nil {
		out.MutedUntil = moment(s.Muted.Until)
	}
	for _, e := range s.Excluded {
		out.Excluded = append(out.Excluded, api.Exclusion{From: moment(e.From), To: moment(e.To), Reports: e.Reports, Text: e.Text})
	}
	if s.EchoOf != "" {
		out.EchoOf, out.EchoShare, out.EchoFit = &s.EchoOf, api.EchoShare(publish.Rounded(s.EchoShare)), api.EchoFit(publish.Rounded(s.EchoFit))
	}
	return out
}

func countriesOf(countries []status.Country) []api.Country {
	out := make([]api.Country, len(countries))
	for i, c := range countries {
		out[i] = api.Country{Country: c.Code, Count: c.Count, Expected: publish.Rounded(c.Expected), Share: publish.Rounded(c.Share), Level: c.Level.String()}
		if perMillion := publish.Rounded(c.PerMillion); c.PerMillion != 0 {
			out[i].PerMillion = &perMillion
		}
	}
	return out
}
