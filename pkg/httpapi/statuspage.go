package httpapi

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/statuspage"
)

const (
	// statuspageBase is where programs look for the JSON of a Statuspage, below
	// the address of the page.
	statuspageBase = "/api/v2"
	// statuspageIncidents is the most incidents of an answer, as Statuspage has it.
	statuspageIncidents = 50
)

var (
	anyState   []incident.State // all but the retracted ones
	unresolved = []incident.State{incident.Suspected, incident.Confirmed, incident.Recovering}
)

// mountStatuspage adds the calls of a Statuspage: for all services below the
// root, and for one below its page, so that programs take either address.
func (a *API) mountStatuspage(r gin.IRouter) {
	for _, base := range []string{statuspageBase, "/:service" + statuspageBase} {
		group := withHead{r.Group(base, a.withCommon)}
		group.GET("/summary.json", a.statuspage(func(ctx context.Context, v statuspage.View, all []status.Status) (gin.H, error) {
			live, err := a.statuspageIncidents(ctx, v, unresolved)
			return gin.H{"components": v.Components(all), "incidents": live, "scheduled_maintenances": []any{}, "status": v.Status(all)}, err
		}))
		group.GET("/status.json", a.statuspage(func(_ context.Context, v statuspage.View, all []status.Status) (gin.H, error) {
			return gin.H{"status": v.Status(all)}, nil
		}))
		group.GET("/components.json", a.statuspage(func(_ context.Context, v statuspage.View, all []status.Status) (gin.H, error) {
			return gin.H{"components": v.Components(all)}, nil
		}))
		for path, states := range map[string][]incident.State{"/incidents.json": anyState, "/incidents/unresolved.json": unresolved} {
			group.GET(path, a.statuspage(func(ctx context.Context, v statuspage.View, _ []status.Status) (gin.H, error) {
				some, err := a.statuspageIncidents(ctx, v, states)
				return gin.H{"incidents": some}, err
			}))
		}
		for _, path := range []string{"/scheduled-maintenances.json", "/scheduled-maintenances/upcoming.json", "/scheduled-maintenances/active.json"} {
			group.GET(path, a.statuspage(func(context.Context, statuspage.View, []status.Status) (gin.H, error) {
				return gin.H{"scheduled_maintenances": []any{}}, nil
			}))
		}
	}
}

// statuspage returns a handler that answers with the page and what fill returns.
func (a *API) statuspage(fill func(context.Context, statuspage.View, []status.Status) (gin.H, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		lang := c.Query("lang")
		v := statuspage.View{Home: publicurl.Of(c.Request).String(), Service: c.Param("service"), Simulated: a.Simulated, NameOf: func(slug string) string {
			if s, ok := a.Catalog.Service(slug); ok {
				return s.Names.In(lang)
			}
			return slug
		}}
		answer, err := a.statuspageAnswer(c.Request.Context(), v, lang, fill)
		a.answer(c, fresh, answer, err)
	}
}

func (a *API) statuspageAnswer(ctx context.Context, v statuspage.View, lang string, fill func(context.Context, statuspage.View, []status.Status) (gin.H, error)) (gin.H, error) {
	if err := checkLanguage(lang); err != nil {
		return nil, err
	}
	all, err := a.statuspageStatuses(ctx, v.Service)
	if err != nil {
		return nil, err
	}
	answer, err := fill(ctx, v, all)
	if err != nil {
		return nil, err
	}
	var asOf time.Time
	for _, s := range all {
		asOf = later(asOf, s.AsOf)
	}
	answer["page"] = v.Page(asOf)
	return answer, nil
}

// statuspageStatuses returns the status of a service, or of all for "".
func (a *API) statuspageStatuses(ctx context.Context, slug string) ([]status.Status, error) {
	if slug == "" {
		return a.Board.Statuses(ctx)
	}
	if _, err := a.service(slug); err != nil {
		return nil, err
	}
	one, err := a.Board.Status(ctx, slug)
	return []status.Status{one}, err
}

// statuspageIncidents returns the latest incidents in some states.
func (a *API) statuspageIncidents(ctx context.Context, v statuspage.View, states []incident.State) ([]statuspage.Incident, error) {
	filter := archive.IncidentFilter{Service: v.Service, States: states, Limit: statuspageIncidents}
	return gate.Do(ctx, a.Reading, func() ([]statuspage.Incident, error) {
		page, _, err := a.Incidents.Incidents(ctx, filter)
		if err != nil {
			return nil, a.archiveError(err)
		}
		some := page[:0]
		for _, inc := range page {
			if inc = a.current(inc); states == nil || inc.State != incident.Resolved {
				some = append(some, inc)
			}
		}
		return v.Incidents(some), nil
	})
}
