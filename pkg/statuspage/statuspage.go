// Package statuspage gives what Outcry knows the shape of Atlassian Statuspage's
// public JSON, so that programs that read such pages can read Outcry. A service
// is a component. It is pure: all it needs are its arguments.
//
// Texts are English, because the programs are. See
// docs/decisions/0076-services-are-the-components-of-a-statuspage.md.
package statuspage

import (
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
)

// Time is a time as Statuspage writes it.
type Time struct{ time.Time }

// MarshalJSON returns the time in UTC with milliseconds, or null if it is zero.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// Page is what all answers begin with.
type Page struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"`
	TimeZone  string `json:"time_zone"`
	UpdatedAt Time   `json:"updated_at"`
}

// Status is the state of the whole page.
type Status struct {
	Indicator   string `json:"indicator"` // none, minor, major, critical or maintenance
	Description string `json:"description"`
}

// Component is a service.
type Component struct {
	ID                 string   `json:"id"` // its slug
	Name               string   `json:"name"`
	Status             string   `json:"status"`
	CreatedAt          Time     `json:"created_at"`
	UpdatedAt          Time     `json:"updated_at"` // when it took its level
	Position           int      `json:"position"`
	Description        *string  `json:"description"`
	Showcase           bool     `json:"showcase"`
	StartDate          *string  `json:"start_date"`
	GroupID            *string  `json:"group_id"`
	PageID             string   `json:"page_id"`
	Group              bool     `json:"group"`
	OnlyShowIfDegraded bool     `json:"only_show_if_degraded"`
	Components         []string `json:"components,omitempty"`
}

// Incident is an incident of a service.
type Incident struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Status       string      `json:"status"` // investigating, identified, monitoring or resolved
	CreatedAt    Time        `json:"created_at"`
	UpdatedAt    Time        `json:"updated_at"`
	MonitoringAt Time        `json:"monitoring_at"`
	ResolvedAt   Time        `json:"resolved_at"`
	Impact       string      `json:"impact"` // minor or major
	Shortlink    string      `json:"shortlink"`
	StartedAt    Time        `json:"started_at"`
	PageID       string      `json:"page_id"`
	Updates      []Update    `json:"incident_updates"` // latest first
	Components   []Component `json:"components"`
}

// Update is an entry of an incident's story.
type Update struct {
	ID                   string     `json:"id"`
	Status               string     `json:"status"`
	Body                 string     `json:"body"`
	IncidentID           string     `json:"incident_id"`
	CreatedAt            Time       `json:"created_at"`
	UpdatedAt            Time       `json:"updated_at"`
	DisplayAt            Time       `json:"display_at"`
	AffectedComponents   []Affected `json:"affected_components"`
	DeliverNotifications bool       `json:"deliver_notifications"`
	CustomTweet          *string    `json:"custom_tweet"`
	TweetID              *string    `json:"tweet_id"`
}

// Affected is how an update changed a component.
type Affected struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	OldStatus string `json:"old_status"`
	NewStatus string `json:"new_status"`
}

// The states of a component.
const (
	operational   = "operational"
	degraded      = "degraded_performance"
	majorOutage   = "major_outage"
	noOneCanJudge = "under_maintenance"
)

// componentStatus returns the state of a component at a level. Statuspage has no
// word for what nobody can judge. The one for maintenance claims neither that the
// service is down nor that it works.
func componentStatus(l detect.Level) string {
	switch l {
	case detect.OK:
		return operational
	case detect.Warning:
		return degraded
	case detect.Outage:
		return majorOutage
	}
	return noOneCanJudge
}

// View is what the answers of one page have in common.
type View struct {
	Home      string // scheme and host of the site
	Service   string // the slug of the only service of the page; "" for all
	Simulated bool
	NameOf    func(slug string) string
}

// link returns the address of a page of the site.
func (v View) link(path string) string { return v.Home + path }

// pageID returns the ID of the page.
func (v View) pageID() string {
	if v.Service != "" {
		return v.Service
	}
	return "outcry"
}

// Page returns the page as of a time.
func (v View) Page(asOf time.Time) Page {
	p := Page{ID: v.pageID(), Name: "Outcry", URL: v.link("/" + v.Service), TimeZone: "Etc/UTC", UpdatedAt: Time{asOf}}
	if v.Service != "" {
		p.Name = v.NameOf(v.Service)
	}
	if v.Simulated {
		p.Name += " (simulated)"
	}
	return p
}

// Status returns the state of the page.
func (v View) Status(all []status.Status) Status {
	counts := map[detect.Level]int{}
	for _, s := range all {
		counts[levelOf(s)]++
	}
	suffix := ""
	if v.Simulated {
		suffix = " (simulated)"
	}
	name := func(n int, verb, verbs string) string {
		if v.Service != "" {
			return v.NameOf(v.Service) + " " + verb + suffix
		}
		if n == 1 {
			return "1 service " + verb + suffix
		}
		return fmt.Sprintf("%d services %s%s", n, verbs, suffix)
	}
	switch {
	case counts[detect.Outage] > 0 && v.Service != "":
		return Status{"critical", name(1, "is down", "")}
	case counts[detect.Outage] > 0:
		return Status{"major", name(counts[detect.Outage], "is down", "are down")}
	case counts[detect.Warning] > 0:
		return Status{"minor", name(counts[detect.Warning], "may be in trouble", "may be in trouble")}
	case counts[detect.Unknown] > 0:
		return Status{"maintenance", name(counts[detect.Unknown], "cannot be judged now", "cannot be judged now")}
	}
	return Status{"none", "No sign of trouble" + suffix}
}

// levelOf returns the level of a service, unknown for one that is muted: nobody judges
// it.
func levelOf(s status.Status) detect.Level {
	if s.Muted != nil && s.Level == detect.OK {
		return detect.Unknown
	}
	return s.Level
}

// Components returns the services in their order.
func (v View) Components(all []status.Status) []Component {
	out := make([]Component, 0, len(all))
	for i, s := range all {
		c := v.component(s.Service, levelOf(s))
		c.Position, c.UpdatedAt, c.CreatedAt = i+1, Time{s.Since}, Time{time.Unix(0, 0)} // services have no date of their own
		if s.Since.IsZero() {
			c.UpdatedAt = c.CreatedAt
		}
		out = append(out, c)
	}
	return out
}

func (v View) component(slug string, l detect.Level) Component {
	return Component{ID: slug, Name: v.NameOf(slug), Status: componentStatus(l), PageID: v.pageID(), CreatedAt: Time{time.Unix(0, 0)}, UpdatedAt: Time{time.Unix(0, 0)}}
}

// Incidents returns incidents in their order.
func (v View) Incidents(all []incident.Incident) []Incident {
	out := make([]Incident, 0, len(all))
	for _, in := range all {
		out = append(out, v.incident(in))
	}
	return out
}

func (v View) incident(in incident.Incident) Incident {
	name := v.NameOf(in.Service)
	out := Incident{ID: in.ID, Status: stateWord(in.State), CreatedAt: Time{in.Suspected}, UpdatedAt: Time{in.Updated}, MonitoringAt: Time{in.Easing},
		ResolvedAt: Time{in.Resolved}, Impact: "minor", Shortlink: v.link("/incidents/" + in.ID), StartedAt: Time{in.Onset}, PageID: v.pageID()}
	out.Name = name + " may be in trouble"
	if !in.Declared.IsZero() {
		out.Name, out.Impact = name+" is down", "major"
	}
	if in.State == incident.Resolved {
		out.Name = "Trouble with " + name
	}
	if v.Simulated {
		out.Name += " (simulated)"
	}
	c := v.component(in.Service, in.Level)
	c.UpdatedAt = Time{in.Updated}
	out.Components = []Component{c}
	out.Updates = v.updates(in, name)
	if in.Updated.IsZero() && len(out.Updates) > 0 {
		out.UpdatedAt = out.Updates[0].CreatedAt
	}
	return out
}

// stateWord returns the state of an incident as Statuspage calls it.
func stateWord(s incident.State) string {
	switch s {
	case incident.Suspected:
		return "investigating"
	case incident.Confirmed:
		return "identified"
	case incident.Recovering:
		return "monitoring"
	}
	return "resolved"
}

// updates tells the story of an incident, latest first.
func (v View) updates(in incident.Incident, name string) []Update {
	old, level := operational, degraded
	var all []Update
	add := func(state incident.State, at time.Time, body string) {
		if at.IsZero() {
			return
		}
		if v.Simulated {
			body += " This is simulated; the reports are not real."
		}
		word := stateWord(state)
		all = append([]Update{{ID: in.ID + "-" + word, Status: word, Body: body, IncidentID: in.ID, CreatedAt: Time{at}, UpdatedAt: Time{at}, DisplayAt: Time{at},
			AffectedComponents: []Affected{{in.Service, name, old, level}}}}, all...)
		old = level
	}
	begun, declared := "More people than usual report a problem.", "An outage is declared: independent people in many networks report it."+v.peak(in)
	if in.ByHand {
		begun, declared = "The operators of Outcry look into it.", "The operators of Outcry declared an outage."
		for _, c := range in.Corrections {
			if text := c.Text["en"]; c.Change == incident.Declared && text != "" {
				declared += " " + text
			}
		}
	}
	add(incident.Suspected, in.Suspected, begun)
	level = majorOutage
	add(incident.Confirmed, in.Declared, declared)
	if in.State == incident.Recovering || in.State == incident.Resolved {
		level = old
		add(incident.Recovering, in.Easing, "Fewer people report it.")
	}
	if in.State == incident.Resolved {
		level = operational
		add(incident.Resolved, in.Resolved, fmt.Sprintf("It is over. %d reports in all.", in.Reports))
	}
	return all
}

// peak words the largest window of an incident.
func (v View) peak(in incident.Incident) string {
	if in.Peak.Observed == 0 {
		return ""
	}
	return fmt.Sprintf(" Up to now at most %d reports in %d minutes, usual are %.0f.", in.Peak.Observed, int(in.Peak.Window.Minutes()), in.Peak.Expected)
}
