package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
)

// The types of a program that imports pages of Statuspage, as their public
// description has the fields.
type (
	importedPage struct {
		ID        string    `json:"id"`
		Name      string    `json:"name"`
		URL       string    `json:"url"`
		TimeZone  string    `json:"time_zone"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	importedComponent struct {
		ID                 string    `json:"id"`
		Name               string    `json:"name"`
		Status             string    `json:"status"`
		CreatedAt          time.Time `json:"created_at"`
		UpdatedAt          time.Time `json:"updated_at"`
		Position           int       `json:"position"`
		Description        *string   `json:"description"`
		Showcase           bool      `json:"showcase"`
		StartDate          *string   `json:"start_date"`
		GroupID            *string   `json:"group_id"`
		PageID             string    `json:"page_id"`
		Group              bool      `json:"group"`
		OnlyShowIfDegraded bool      `json:"only_show_if_degraded"`
	}
	importedUpdate struct {
		ID                   string    `json:"id"`
		Status               string    `json:"status"`
		Body                 string    `json:"body"`
		IncidentID           string    `json:"incident_id"`
		CreatedAt            time.Time `json:"created_at"`
		UpdatedAt            time.Time `json:"updated_at"`
		DisplayAt            time.Time `json:"display_at"`
		DeliverNotifications bool      `json:"deliver_notifications"`
		CustomTweet          *string   `json:"custom_tweet"`
		TweetID              *string   `json:"tweet_id"`
		AffectedComponents   []struct {
			Code      string `json:"code"`
			Name      string `json:"name"`
			OldStatus string `json:"old_status"`
			NewStatus string `json:"new_status"`
		} `json:"affected_components"`
	}
	importedIncident struct {
		ID              string              `json:"id"`
		Name            string              `json:"name"`
		Status          string              `json:"status"`
		CreatedAt       time.Time           `json:"created_at"`
		UpdatedAt       time.Time           `json:"updated_at"`
		MonitoringAt    *time.Time          `json:"monitoring_at"`
		ResolvedAt      *time.Time          `json:"resolved_at"`
		Impact          string              `json:"impact"`
		Shortlink       string              `json:"shortlink"`
		StartedAt       time.Time           `json:"started_at"`
		PageID          string              `json:"page_id"`
		IncidentUpdates []importedUpdate    `json:"incident_updates"`
		Components      []importedComponent `json:"components"`
	}
	importedSummary struct {
		Page                  *importedPage       `json:"page"`
		Components            []importedComponent `json:"components"`
		Incidents             []importedIncident  `json:"incidents"`
		ScheduledMaintenances []importedIncident  `json:"scheduled_maintenances"`
		Status                *struct {
			Indicator   string `json:"indicator"`
			Description string `json:"description"`
		} `json:"status"`
	}
)

// importPage reads an answer as such a program does, and refuses fields that it
// does not know.
func importPage(t *testing.T, s *site, path string) (got importedSummary) {
	t.Helper()
	w := s.do("GET", path, "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("GET %s answered %d with %v", path, w.Code, w.Header())
	}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("GET %s cannot be imported: %v\n%s", path, err, w.Body)
	}
	if p := got.Page; p == nil || p.ID == "" || p.Name == "" || !strings.HasPrefix(p.URL, "https://outcry.example/") || p.TimeZone != "Etc/UTC" || p.UpdatedAt.After(now) || p.UpdatedAt.Before(now.Add(-time.Hour-time.Second)) {
		t.Errorf("GET %s has the page %+v", path, p)
	}
	for _, c := range got.Components {
		if !slices.Contains([]string{"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}, c.Status) || c.PageID != got.Page.ID {
			t.Errorf("GET %s has the component %+v", path, c)
		}
	}
	for _, i := range got.Incidents {
		if !slices.Contains([]string{"investigating", "identified", "monitoring", "resolved", "postmortem"}, i.Status) || len(i.IncidentUpdates) == 0 || i.IncidentUpdates[0].Status != i.Status {
			t.Errorf("GET %s has the incident %+v", path, i)
		}
		if !slices.IsSortedFunc(i.IncidentUpdates, func(a, b importedUpdate) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
			t.Errorf("the updates of %s are not in order, latest first: %+v", i.ID, i.IncidentUpdates)
		}
	}
	if s := got.Status; s != nil && !slices.Contains([]string{"none", "minor", "major", "critical", "maintenance"}, s.Indicator) {
		t.Errorf("GET %s has the status %+v", path, s)
	}
	return got
}

func withHome(o *Options) { o.PublicURL = "https://outcry.example" }

func TestAnImporterOfStatuspageReadsAllServices(t *testing.T) {
	s := newSite(t, withHome)
	got := importPage(t, s, "/api/v2/summary.json")
	states := map[string]string{}
	for _, c := range got.Components {
		states[c.ID] = c.Name + " " + c.Status
	}
	for id, want := range map[string]string{"whatsapp": "WhatsApp major_outage", "messenger": "Messenger operational", "grameen": "Grameen under_maintenance"} {
		if states[id] != want {
			t.Errorf("the component %s is %s, want %s", id, states[id], want)
		}
	}
	if got.Status.Indicator != "major" || got.Status.Description != "1 service is down" || got.ScheduledMaintenances == nil {
		t.Errorf("the page is %+v, want major", got.Status)
	}
	if i := got.Incidents[0]; i.Name != "WhatsApp is down" || i.Status != "identified" || i.Impact != "major" || i.ResolvedAt != nil ||
		i.Shortlink != "https://outcry.example/incidents/whatsapp-2022-10-25-0712" || len(i.IncidentUpdates) != 2 || len(i.Components) != 1 {
		t.Errorf("the incident is %+v", i)
	}
	if one := importPage(t, s, "/api/v2/status.json"); *one.Status != *got.Status || one.Components != nil {
		t.Errorf("status.json is %+v, want the status of the summary and no components", one)
	}
	if one := importPage(t, s, "/api/v2/components.json"); len(one.Components) != 3 || one.Status != nil {
		t.Errorf("components.json is %+v, want three components", one)
	}
	s.past.state = incident.Resolved
	if one := importPage(t, s, "/api/v2/incidents/unresolved.json"); one.Incidents == nil || len(one.Incidents) != 0 {
		t.Errorf("an incident that is over is among the unresolved ones: %+v", one.Incidents)
	}
	if one := importPage(t, s, "/api/v2/incidents.json").Incidents[0]; one.Status != "resolved" || one.ResolvedAt == nil || one.Name != "Trouble with WhatsApp" {
		t.Errorf("an incident that is over is %+v", one)
	}
	for _, path := range []string{"", "/upcoming", "/active"} {
		if one := importPage(t, s, "/api/v2/scheduled-maintenances"+path+".json"); one.ScheduledMaintenances == nil {
			t.Errorf("scheduled-maintenances%s.json has no list", path)
		}
	}
}

func TestAnImporterOfStatuspageReadsOneService(t *testing.T) {
	s := newSite(t, withHome, simulatedSite)
	got := importPage(t, s, "/whatsapp/api/v2/summary.json?lang=bn")
	if len(got.Components) != 1 || got.Status.Indicator != "critical" || !strings.HasSuffix(got.Page.Name, "(simulated)") || !strings.HasSuffix(got.Status.Description, "(simulated)") ||
		!strings.HasSuffix(got.Incidents[0].Name, "(simulated)") || !strings.Contains(got.Incidents[0].IncidentUpdates[0].Body, "simulated") || got.Page.ID != "whatsapp" {
		t.Errorf("the page of a service on a simulated server is %+v", got)
	}
	if s.past.filter.Service != "whatsapp" {
		t.Errorf("the archive was asked for %+v", s.past.filter)
	}
	if got := importPage(t, s, "/grameen/api/v2/status.json"); got.Status.Indicator != "maintenance" {
		t.Errorf("a service that nobody can judge is %+v", got.Status)
	}
	if got := importPage(t, s, "/messenger/api/v2/status.json"); got.Status.Indicator != "none" {
		t.Errorf("a quiet service is %+v", got.Status)
	}
	if w := s.do("GET", "/nosuch/api/v2/status.json", ""); w.Code != http.StatusNotFound {
		t.Errorf("the page of no service answered %d, want 404", w.Code)
	}
	s.board.err = fault.New(fault.Unavailable, "later")
	if w := s.do("GET", "/api/v2/summary.json", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without the store the page answered %d, want 503", w.Code)
	}
}
