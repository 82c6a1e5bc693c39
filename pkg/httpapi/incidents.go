package httpapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// states are the states that a list can be narrowed to.
var states = []incident.State{incident.Suspected, incident.Confirmed, incident.Recovering, incident.Resolved, archive.Retracted}

// ListIncidents answers with a page of incidents, latest onset first.
func (a *API) ListIncidents(c *gin.Context, p api.ListIncidentsParams) {
	filter, err := a.incidentFilter(p)
	if err != nil {
		a.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	list, err := gate.Do(ctx, a.Reading, func() (api.IncidentList, error) { return a.incidentList(ctx, filter) })
	a.answer(c, fresh, list, err)
}

func (a *API) incidentList(ctx context.Context, filter archive.IncidentFilter) (list api.IncidentList, err error) {
	page, next, err := a.Incidents.Incidents(ctx, filter)
	if err != nil {
		return list, a.archiveError(err)
	}
	list = api.IncidentList{AsOf: a.judgedAt(), Incidents: make([]api.Incident, len(page)), Next: next, Simulated: a.Simulated}
	for i, inc := range page {
		inc = a.current(inc)
		list.AsOf = later(list.AsOf, moment(inc.Updated))
		list.Incidents[i] = incidentOf(inc)
	}
	return list, nil
}

// incidentFilter returns the filter that p asks for.
func (a *API) incidentFilter(p api.ListIncidentsParams) (f archive.IncidentFilter, err error) {
	if p.Service != "" {
		if _, err := a.service(p.Service); err != nil {
			return f, err
		}
	}
	if err := a.checkCountry(p.Country); err != nil {
		return f, err
	}
	if p.Event != "" && !isPlausibleID(p.Event) {
		return f, fault.Field("event", "must be the event of an incident")
	}
	f.Service, f.Country, f.Event = p.Service, p.Country, p.Event
	for _, name := range listed(p.State) {
		if !slices.Contains(states, incident.State(name)) {
			return f, fault.Field("state", "must be one or more of suspected, confirmed, recovering, resolved, retracted")
		}
		f.States = append(f.States, incident.State(name))
	}
	if f.From, f.To, err = parseSpan(p.From, p.To); err != nil {
		return f, err
	}
	if _, err = parseCursor(p.Cursor); err != nil {
		return f, err
	}
	f.Before = p.Cursor // the cursors of the archive are opaque
	f.Limit, err = parseLimit(p.Limit)
	return f, err
}

// GetIncident answers with an incident, its timeline and its breakdown over time.
func (a *API) GetIncident(c *gin.Context, id string) {
	if !isPlausibleID(id) {
		a.fail(c, errNoIncident)
		return
	}
	ctx := c.Request.Context()
	detail, err := gate.Do(ctx, a.Reading, func() (api.IncidentDetail, error) { return a.incidentDetail(ctx, id) })
	cacheControl := fresh
	if detail.State == string(incident.Resolved) || detail.State == string(archive.Retracted) {
		cacheControl = settled
	}
	a.answer(c, cacheControl, detail, err)
}

func (a *API) incidentDetail(ctx context.Context, id string) (detail api.IncidentDetail, err error) {
	inc, timeline, err := a.Incidents.Incident(ctx, id)
	if err != nil {
		return detail, a.archiveError(err)
	}
	inc = a.current(inc)
	now := later(a.judgedAt(), moment(inc.Updated))
	breakdown, err := a.breakdownOverTime(ctx, inc, now)
	if err != nil {
		return detail, err
	}
	i := incidentOf(inc)
	detail = api.IncidentDetail{
		AsOf: now, Id: i.Id, Service: i.Service, State: i.State, Level: i.Level, Onset: i.Onset, SuspectedAt: i.SuspectedAt,
		DeclaredAt: i.DeclaredAt, RecoveringAt: i.RecoveringAt, ResolvedAt: i.ResolvedAt, RetractedAt: i.RetractedAt, MergedInto: i.MergedInto, UpdatedAt: i.UpdatedAt, Reports: i.Reports,
		Peak: i.Peak, Confidence: i.Confidence, Networks: i.Networks, Countries: i.Countries, Symptoms: i.Symptoms, Event: i.Event, Linked: i.Linked, EchoOf: i.EchoOf, EchoShare: i.EchoShare, EchoFit: i.EchoFit,
		Timeline: make([]api.Change, len(timeline)), Corrections: correctionsOf(inc), Breakdown: breakdown, Simulated: a.Simulated,
	}
	for n, e := range inc.Timeline(timeline) {
		detail.Timeline[n] = api.Change{Version: e.Version, At: moment(e.At), Change: string(e.Change), State: string(e.State),
			Window: window.Name(e.Window), Observed: e.Observed, Expected: publish.Rounded(e.Expected), Networks: e.Networks,
			Countries: notNull(e.Countries)}
	}
	if inc.State == incident.Resolved {
		detail.AsOf = i.UpdatedAt // only an operator changes it later, and then the validator changes with it
	}
	return detail, nil
}

// current returns the newer of inc and its live state.
func (a *API) current(inc incident.Incident) incident.Incident {
	if a.Live == nil {
		return inc
	}
	return status.Current(inc, a.Live.Live(inc.Service))
}

var errNoIncident = &fault.Error{Kind: fault.NotFound, Field: "id", Msg: "there is no such incident; GET " + Base + "/incidents lists them"}

// isPlausibleID reports whether id may be the ID of an incident. The archive is
// not asked for other IDs.
func isPlausibleID(id string) bool {
	const maxLength = 40 + len("-2006-01-02-1504") // a slug and the onset
	return len(id) <= maxLength && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// breakdownOverTime returns the series of an incident's reports by symptom.
func (a *API) breakdownOverTime(ctx context.Context, inc incident.Incident, now time.Time) (api.BreakdownOverTime, error) {
	end := inc.Resolved
	if end.IsZero() {
		end = now
	}
	step := status.StepFor(inc.Onset, end, now)
	out := api.BreakdownOverTime{Step: window.Name(step), Starts: []time.Time{}, Symptoms: []api.SymptomCounts{}}
	service, ok := a.Catalog.Service(inc.Service)
	if !ok || !inc.Onset.Before(end) {
		return out, nil // the service left the catalog, or the incident has no length yet
	}
	series, err := status.ReadSeriesBySymptom(ctx, a.Board, service, inc.Onset, end, step)
	if err != nil {
		return out, err
	}
	for _, start := range series.Starts {
		out.Starts = append(out.Starts, moment(start))
	}
	for _, s := range series.Symptoms {
		counts := api.SymptomCounts{Symptom: s.Symptom, Counts: make([]*int64, len(s.Points))}
		for i, p := range s.Points {
			counts.Counts[i] = countOf(p)
		}
		out.Symptoms = append(out.Symptoms, counts)
	}
	return out, nil
}

// Incident returns an incident as the API shows it.
func Incident(inc incident.Incident) any { return incidentOf(inc) }

// incidentOf returns the answer for an incident.
func incidentOf(inc incident.Incident) api.Incident {
	out := api.Incident{
		Id: inc.ID, Service: inc.Service, State: string(inc.State), Level: inc.Level.String(), Onset: moment(inc.Onset),
		SuspectedAt: moment(inc.Suspected), DeclaredAt: moment(inc.Declared), RecoveringAt: moment(inc.Easing), ResolvedAt: moment(inc.Resolved),
		UpdatedAt: moment(inc.Updated), Reports: inc.Reports, Networks: inc.Verdict.Networks, Confidence: publish.Rounded(inc.Verdict.Confidence),
		Peak:      peakOf(inc),
		Countries: make([]api.IncidentCountry, len(inc.Countries)), Symptoms: make([]api.IncidentSymptom, len(inc.Symptoms)),
		Event: inc.Event, Linked: notNull(inc.Linked), RetractedAt: moment(inc.RetractedAt), MergedInto: inc.MergedInto,
	}
	if inc.IsRetracted() {
		out.State = string(archive.Retracted)
	}
	if inc.EchoOf != "" {
		out.EchoOf, out.EchoShare, out.EchoFit = &inc.EchoOf, api.EchoShare(publish.Rounded(inc.EchoShare)), api.EchoFit(publish.Rounded(inc.EchoFit))
	}
	for i, s := range inc.Countries {
		out.Countries[i] = api.IncidentCountry{Country: s.ID, Level: s.Level.String(), Observed: s.Observed, Expected: publish.Rounded(s.Expected)}
	}
	for i, s := range inc.Symptoms {
		out.Symptoms[i] = api.IncidentSymptom{Symptom: s.ID, Level: s.Level.String(), Observed: s.Observed, Expected: publish.Rounded(s.Expected)}
	}
	return out
}

// peakOf returns the answer for the peak of an incident. One that has just begun
// has none yet: it holds no reports of its first minute.
func peakOf(inc incident.Incident) api.Peak {
	p := inc.Peak
	if p.Window == 0 {
		p.At, p.Window = inc.Onset, window.Width
	}
	return api.Peak{At: moment(p.At), Window: window.Name(p.Window), Observed: p.Observed, Expected: publish.Rounded(p.Expected)}
}

// notNull returns s, or an empty slice if s is nil, which JSON would encode as null.
func notNull(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
