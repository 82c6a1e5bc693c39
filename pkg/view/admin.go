package view

import (
	"strings"

	"github.com/outcry/outcry/pkg/locale"
)

// AdminPage is the page of operators. It holds no data: its script asks the API
// for them, with the key that the operator types.
type AdminPage struct {
	Frame
	Head       string
	Note       string
	OfIncident []Named // buttons of an incident that goes on
	OfService  []Named // buttons of a service that is withheld
	OfSender   []Named // buttons of a sender
	Reasons    []Named // why something is withheld
	Actions    []AdminAction
	Fields     []AdminField
	Texts      []Language // in which the operators may say something
}

// Named is an ID with the words for it.
type Named struct{ ID, Name string }

// AdminAction is a kind of action, with the fields that its form has.
type AdminAction struct {
	Named
	Takes string // IDs, divided by spaces
}

// AdminField is a field of an action.
type AdminField struct {
	Named
	Example string
	Most    int // characters
}

// withheldFor holds the messages of the reasons for which a service with many
// reports is not declared.
var withheldFor = [][2]string{
	{"few_sources", "admin_for_few_sources"},
	{"one_source", "admin_for_one_source"},
	{"few_holders", "admin_for_few_holders"},
	{"no_history", "admin_for_no_history"},
	{"common_rise", "admin_for_common_rise"},
	{"dismissed", "admin_for_dismissed"},
	{"muted", "admin_for_muted"},
	{"above", "admin_for_above"},
	{"brief", "admin_for_brief"},
	{"echo", "admin_for_echo"},
	{"unusual", "admin_for_unusual"},
	{"easing", "admin_for_easing"},
	{"sudden", "admin_for_sudden"},
	{"local", "admin_for_local"},
	{"settling", "admin_for_settling"},
}

// actionKeys holds the message of each kind of action.
var actionKeys = map[string]string{
	"note":    "admin_do_note",
	"retract": "admin_do_retract",
	"correct": "admin_do_correct",
	"confirm": "admin_do_confirm",
	"declare": "admin_do_declare",
	"merge":   "admin_do_merge",
	"mute":    "admin_do_mute",
	"block":   "admin_do_block",
	"unblock": "admin_do_unblock",
	"exclude": "admin_do_exclude",
	"include": "admin_do_include",
	"senders": "admin_do_senders", // shows them, and changes nothing
	"unmute":  "admin_do_unmute",
}

// NewAdminPage words the page of operators. Takes returns the fields of a kind of
// action.
func NewAdminPage(f Frame, languages locale.Set, kinds []string, takes func(kind string) []string) AdminPage {
	l := f.Locale
	f.Title, f.Description = l.Fill("admin_page", locale.Values{"Brand": l.Say("brand")}), l.Say("admin_why")
	p := AdminPage{Frame: f, Head: l.Say("admin_title"), Note: l.Say("admin_why")}
	named := func(kinds ...string) (all []Named) {
		for _, kind := range kinds {
			all = append(all, Named{kind, l.Say(actionKeys[kind])})
		}
		return all
	}
	p.OfIncident = named("note", "retract", "correct", "confirm", "merge", "senders")
	p.OfService = named("declare", "mute", "unmute", "senders")
	p.OfSender = named("exclude")
	for _, one := range withheldFor {
		p.Reasons = append(p.Reasons, Named{one[0], l.Say(one[1])})
	}
	for _, one := range named(kinds...) {
		p.Actions = append(p.Actions, AdminAction{one, strings.Join(takes(one.ID), " ")})
	}
	const id, moment = 60, 25
	p.Fields = []AdminField{
		{Named{"incident", l.Say("admin_field_incident")}, "whatsapp-2022-10-25-0712", id}, {Named{"into", l.Say("admin_field_into")}, "whatsapp-2022-10-25-0650", id},
		{Named{"service", l.Say("admin_field_service")}, "whatsapp", id}, {Named{"onset", l.Say("admin_field_onset")}, "2022-10-25T07:12:00Z", moment},
		{Named{"end", l.Say("admin_field_end")}, "2022-10-25T09:05:00Z", moment}, {Named{"countries", l.Say("admin_field_countries")}, "BD, IN", 300},
		{Named{"network", l.Say("admin_field_network")}, "203.0.113.0/24", id},
		{Named{"hours", l.Say("admin_field_hours")}, "6", 2},
		{Named{"from", l.Say("admin_field_from")}, "2022-10-25T07:12:00Z", moment}, {Named{"to", l.Say("admin_field_to")}, "2022-10-25T07:40:00Z", moment},
		{Named{"symptom", l.Say("admin_field_symptom")}, "login", id}, {Named{"sender", l.Say("admin_field_sender")}, "0a1b2c3", 9},
		{Named{"exclusion", l.Say("admin_field_exclusion")}, "17", 18},
	}
	for _, one := range languages {
		p.Texts = append(p.Texts, Language{Code: one.Code, Name: one.Say("language_name")})
	}
	return p
}
