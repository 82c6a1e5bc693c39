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
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

var states = []incident.State{incident.Suspected, incident.Confirmed, incident.Recovering, incident.Resolved}

// ListIncidents lists incidents, latest onset first.
func (a *API) ListIncidents(c *gin.Context, p api.ListIncidentsParams) {
	filter, err := a.incidentFilter(p)
	if err != nil {
		a.fail(c, err)
		return
	}
	page, next, err := a.Incidents.Incidents(c.Request.Context(), filter)
	if err != nil {
		a.fail(c, a.unread(err))
		return
	}
	list := api.IncidentList{AsOf: a.judged(), Incidents: make([]api.Incident, len(page)), Next: next, Simulated: a.Simulated}
	for i, inc := range page {
		inc = a.current(inc)
		list.AsOf = later(list.AsOf, moment(inc.Updated))
		list.Incidents[i] = incidentOf(inc)
	}
	a.answer(c, fresh, list)
}

func (a *API) incidentFilter(p api.ListIncidentsParams) (f archive.IncidentFilter, err error) {
	if p.Service != "" {
		if _, err := a.service(p.Service); err != nil {
			return f, err
		}
	}
	if err := a.checkCountry(p.Country); err != nil {
		return f, err
	}
	f.Service, f.Country = p.Service, p.Country
	for _, name := range p.State {
		if !slices.Contains(states, incident.State(name)) {
			return f, fault.Field("state", "must be one or more of suspected, confirmed, recovering, resolved, divided by commas")
		}
		f.States = append(f.States, incident.State(name))
	}
	if f.From, f.To, err = parseSpan(p.From, p.To); err != nil {
		return f, err
	}
	if _, err = parseCursor(p.Cursor); err != nil {
		return f, err
	}
	f.Before = p.Cursor // the archive writes cursors that are opaque already
	f.Limit, err = parseLimit(p.Limit)
	return f, err
}

// GetIncident tells one incident in full.
func (a *API) GetIncident(c *gin.Context, id string) {
	ctx := c.Request.Context()
	if !plausibleID(id) {
		a.fail(c, noIncident)
		return
	}
	inc, timeline, err := a.Incidents.Incident(ctx, id)
	if err != nil {
		a.fail(c, a.unread(err))
		return
	}
	inc = a.current(inc)
	now := later(a.judged(), moment(inc.Updated))
	breakdown, err := a.overTime(ctx, inc, now)
	if err != nil {
		a.fail(c, err)
		return
	}
	i := incidentOf(inc)
	detail := api.IncidentDetail{
		AsOf: now, Id: i.Id, Service: i.Service, State: i.State, Level: i.Level, Onset: i.Onset, SuspectedAt: i.SuspectedAt,
		DeclaredAt: i.DeclaredAt, RecoveringAt: i.RecoveringAt, ResolvedAt: i.ResolvedAt, UpdatedAt: i.UpdatedAt, Reports: i.Reports,
		Peak: i.Peak, Confidence: i.Confidence, Networks: i.Networks, Countries: i.Countries, Symptoms: i.Symptoms, Linked: i.Linked, EchoOf: i.EchoOf,
		Timeline: make([]api.Change, len(timeline)), Breakdown: breakdown, Simulated: a.Simulated,
	}
	for n, e := range timeline {
		detail.Timeline[n] = api.Change{Version: e.Version, At: moment(e.At), Change: string(e.Change), State: string(e.State),
			Window: window.Name(e.Window), Observed: e.Observed, Expected: publish.Rounded(e.Expected), Networks: e.Networks,
			Countries: list(e.Countries)}
	}
	cache := fresh
	if inc.State == incident.Resolved {
		// Nothing of it changes any more, except the time of asking.
		cache, detail.AsOf = settled, i.UpdatedAt
	}
	a.answer(c, cache, detail)
}

// current is inc as it is now.
func (a *API) current(inc incident.Incident) incident.Incident {
	if a.Live == nil {
		return inc
	}
	return status.Current(inc, a.Live.Live(inc.Service))
}

var noIncident = &fault.Error{Kind: fault.NotFound, Field: "id", Msg: "there is no such incident; GET " + Base + "/incidents lists them"}

// plausibleID keeps from the archive what cannot be the ID of an incident.
func plausibleID(id string) bool {
	const most = 40 + len("-2006-01-02-1504") // a slug and the onset
	return len(id) <= most && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// overTime splits an incident's reports by symptom, step by step.
func (a *API) overTime(ctx context.Context, inc incident.Incident, now time.Time) (api.BreakdownOverTime, error) {
	end := inc.Resolved
	if end.IsZero() {
		end = now
	}
	step := status.StepFor(inc.Onset, end, now)
	out := api.BreakdownOverTime{Step: window.Name(step), Starts: []time.Time{}, Symptoms: []api.SymptomCounts{}}
	service, ok := a.Catalog.Service(inc.Service)
	if !ok || !inc.Onset.Before(end) {
		return out, nil // the catalog no longer has it, or it has not begun to last
	}
	courses, err := status.ReadSeriesBySymptom(ctx, a.Board, service, inc.Onset, end, step)
	if err != nil {
		return out, err
	}
	for _, start := range courses.Starts {
		out.Starts = append(out.Starts, moment(start))
	}
	for _, c := range courses.Symptoms {
		counts := api.SymptomCounts{Symptom: c.Symptom, Counts: make([]*int64, len(c.Points))}
		for i, p := range c.Points {
			counts.Counts[i] = known(p)
		}
		out.Symptoms = append(out.Symptoms, counts)
	}
	return out, nil
}

func incidentOf(inc incident.Incident) api.Incident {
	out := api.Incident{
		Id: inc.ID, Service: inc.Service, State: string(inc.State), Level: inc.Level.String(), Onset: moment(inc.Onset),
		SuspectedAt: moment(inc.Suspected), DeclaredAt: moment(inc.Declared), RecoveringAt: moment(inc.Easing), ResolvedAt: moment(inc.Resolved),
		UpdatedAt: moment(inc.Updated), Reports: inc.Reports, Networks: inc.Verdict.Networks, Confidence: publish.Rounded(inc.Verdict.Confidence),
		Peak: api.Peak{At: moment(inc.Peak.At), Window: window.Name(inc.Peak.Window), Observed: inc.Peak.Observed,
			Expected: publish.Rounded(inc.Peak.Expected)},
		Countries: make([]api.IncidentCountry, len(inc.Countries)), Symptoms: make([]api.IncidentSymptom, len(inc.Symptoms)),
		Linked: list(inc.Linked),
	}
	if inc.EchoOf != "" {
		out.EchoOf = &inc.EchoOf
	}
	for i, s := range inc.Countries {
		out.Countries[i] = api.IncidentCountry{Country: s.ID, Level: s.Level.String(), Observed: s.Observed, Expected: publish.Rounded(s.Expected)}
	}
	for i, s := range inc.Symptoms {
		out.Symptoms[i] = api.IncidentSymptom{Symptom: s.ID, Level: s.Level.String(), Observed: s.Observed, Expected: publish.Rounded(s.Expected)}
	}
	return out
}

// list is s as JSON shows a list, which is never null.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
