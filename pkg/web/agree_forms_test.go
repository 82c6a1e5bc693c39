package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/embed"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/window"
)

// rig is a server over one world after the other.
type rig struct {
	*world
	pages  *Pages
	engine *gin.Engine // of the API and the embeds
}

// newRig returns a server without a world.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{engine: gin.New()}
	now := func() time.Time { return r.now }
	shared, err := site.New(site.Options{Catalog: catalog.Default(), PublicURL: "https://outcry.example", Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	embeds, err := embed.New(shared, r, &pagetest.Ingester{}, embed.Gates{})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := httpapi.New(httpapi.Options{Catalog: catalog.Default(), Board: r, Incidents: r, Live: r, Log: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	embeds.Mount(r.engine)
	answers.Mount(r.engine)
	r.pages = &Pages{Site: shared, Options: Options{Site: shared, Board: r, Incidents: r, Live: r}}
	return r
}

func (r *rig) Status(ctx context.Context, slug string) (status.Status, error) {
	return r.board.Status(ctx, slug)
}

func (r *rig) Statuses(ctx context.Context) ([]status.Status, error) {
	return oneService{r.board}.Statuses(ctx)
}

func (r *rig) Breakdown(ctx context.Context, slug string, w time.Duration, country string) (status.Breakdown, error) {
	return r.board.Breakdown(ctx, slug, w, country)
}

func (r *rig) Countries(ctx context.Context, slug string, w time.Duration, symptom string) (status.Countries, error) {
	return r.board.Countries(ctx, slug, w, symptom)
}

func (r *rig) Series(ctx context.Context, slug string, q status.SeriesQuery) (status.Series, error) {
	return r.board.Series(ctx, slug, q)
}

func (r *rig) Export(ctx context.Context, slug string, q status.ExportQuery, admit func(func() error) error, emit func([]status.ExportRow) error) error {
	return r.board.Export(ctx, slug, q, admit, emit)
}

func (r *rig) Totals(ctx context.Context, slug string, from, to time.Time, country string) (status.Totals, error) {
	return r.board.Totals(ctx, slug, from, to, country)
}

func (r *rig) IncidentTotals(ctx context.Context, inc incident.Incident) (status.Totals, error) {
	return r.board.IncidentTotals(ctx, inc)
}

func (r *rig) Live(service string) incident.Live { return r.monitor.Live(service) }

// get decodes the JSON answer to a call.
func (r *rig) get(path string, answer any) error {
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		return fmt.Errorf("GET %s: %d %s", path, w.Code, w.Body)
	}
	if text, ok := answer.(*string); ok {
		*text = w.Body.String()
		return nil
	}
	return json.Unmarshal(w.Body.Bytes(), answer)
}

// forms is everything that shows the service of a world at one time.
type forms struct {
	status    api.Status
	heatmap   api.Heatmap
	split     api.Breakdown
	incidents []api.IncidentDetail
	badge     string
	widget    embed.Widget
	chart     embed.Widget
	pages     map[string]languageForms // by language
}

// languageForms are the pages in one language.
type languageForms struct {
	l         *locale.Locale
	service   view.ServicePage
	home      view.HomePage
	history   view.HistoryPage
	incidents []view.IncidentPage
}

// forms renders the world of r in every form.
func (r *rig) forms() (f forms, err error) {
	var detail api.ServiceDetail
	answers := map[string]any{"/api/v1/services/whatsapp": &detail, "/api/v1/services/whatsapp/countries": &f.heatmap,
		"/api/v1/services/whatsapp/breakdown": &f.split, "/badge/whatsapp.svg?lang=en": &f.badge,
		"/widget/v1/heatmap/whatsapp?lang=en": &f.widget, "/widget/v1/chart/whatsapp?lang=en": &f.chart}
	f.incidents = make([]api.IncidentDetail, len(r.saved))
	for i, inc := range r.saved {
		answers["/api/v1/incidents/"+inc.ID] = &f.incidents[i]
	}
	for path, answer := range answers {
		if err := r.get(path, answer); err != nil {
			return f, err
		}
	}
	f.status, f.pages = detail.Status, map[string]languageForms{}
	for _, code := range []string{"en", "bn"} {
		if f.pages[code], err = r.languageForms(code); err != nil {
			return f, err
		}
	}
	return f, nil
}

// languageForms makes the pages in a language.
func (r *rig) languageForms(code string) (languageForms, error) {
	ctx, to := context.Background(), site.Reader{Locale: r.pages.Languages.Match(code), Home: publicurl.URL{Origin: "https://outcry.example"}, Prefix: publicurl.Prefix{Language: "/" + code}}
	f, names := languageForms{l: to.Locale}, r.pages.Labels(to.Locale)
	service, _ := catalog.Default().Service(worldService)
	choices := view.Choices{Window: window.Default}
	frame := func(path string) view.Frame { return r.pages.frame(to, path, r.now) }
	f.service = view.NewServicePage(frame("/whatsapp"), service, r.pages.read(ctx, service, choices, r.now), choices, view.Answer{}, names)
	all, err := r.Statuses(ctx)
	if err != nil {
		return f, err
	}
	f.home = view.NewHomePage(frame("/"), all, view.NewSparks(names, r.now), names)
	var current []incident.Incident
	for _, inc := range r.saved {
		live, timeline, err := r.pages.story(ctx, inc.ID)
		if err != nil {
			return f, err
		}
		current = append(current, live)
		d := r.pages.readIncident(ctx, service, view.IncidentData{Incident: live, Timeline: timeline}, r.now)
		f.incidents = append(f.incidents, view.NewIncidentPage(frame("/incidents/"+inc.ID), service, d, heatmap.Reports, r.now, names))
	}
	f.history = view.NewHistoryPage(frame("/whatsapp/history"), service, r.pages.readTotals(ctx, current), r.now, names)
	return f, nil
}
