// Package admin holds what an operator decides: the actions, their checks, and
// what they change.
//
// An action passes three steps. Desk.Request checks it and writes it into the
// audit trail, with the key of the operator. The next tick of the monitor, which
// alone changes incidents, asks Action.Changes what is to change, saves that, and
// writes into the trail that the action was applied, or why it was refused. So the
// API, the command and the page do the same, on one machine or on many.
//
// The package holds no clock and no storage. Times are UTC.
package admin

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Kind is what an action does.
type Kind string

// All kinds of actions.
const (
	Note    Kind = "note"    // add a public note to an incident
	Retract Kind = "retract" // take an incident back: there was no trouble
	Correct Kind = "correct" // change the onset, the end or the countries of an incident
	Confirm Kind = "confirm" // declare an incident that is suspected
	Declare Kind = "declare" // declare an incident of a service that has none
	Merge   Kind = "merge"   // join an incident into another one of the service

	MuteService   Kind = "mute"   // judge nothing of a service for some hours; it is counted on
	UnmuteService Kind = "unmute" // end that

	BlockNetwork   Kind = "block"   // take no reports from a network for a day
	UnblockNetwork Kind = "unblock" // end that

	Exclude Kind = "exclude" // take reports of a time out of the counts, and count again
	Include Kind = "include" // put them back
)

// Kinds are all kinds of actions.
var Kinds = []Kind{Note, Retract, Correct, Confirm, Declare, Merge, MuteService, UnmuteService, BlockNetwork, UnblockNetwork, Exclude, Include}

// Action is what an operator asks for. The audit trail stores it as JSON.
type Action struct {
	Kind      Kind              `json:"action"`
	Service   string            `json:"service,omitempty"`  // slug
	Incident  string            `json:"incident,omitempty"` // ID
	Into      string            `json:"into,omitempty"`     // ID of the incident that it is merged into
	Text      map[string]string `json:"text,omitempty"`     // what is said in public, by language code
	Onset     time.Time         `json:"onset,omitzero"`
	End       time.Time         `json:"end,omitzero"`
	Countries []string          `json:"countries,omitempty"` // ISO 3166-1 alpha-2
	// Network is the address or the prefix that the operator names. It is never stored:
	// the Desk replaces it by Block.
	Network string        `json:"-"`
	Block   *report.Block `json:"block,omitempty"`
	Hours   int           `json:"hours,omitempty"` // for how long silence does not end a declared incident, or a service is muted

	// What is excluded: the reports of a service that match all of these, and Countries.
	From    time.Time      `json:"from,omitzero"`
	To      time.Time      `json:"to,omitzero"`
	Symptom string         `json:"symptom,omitempty"`
	Sender  *report.Sender `json:"sender,omitempty"`
	// Exclusion is the action that excluded what is included again.
	Exclusion int64 `json:"exclusion,omitempty"`
}

// Key is the API key that an action was asked with.
type Key struct {
	ID     string
	Name   string
	Prefix string // the first characters of its secret
}

// State is how far an action has come.
type State string

// All states of an action.
const (
	Waiting State = "waiting" // for the next tick
	Applied State = "applied"
	Refused State = "refused"
)

// Entry is one line of the audit trail.
type Entry struct {
	ID      int64 // rises from entry to entry
	At      time.Time
	Key     Key
	Action  Action
	State   State
	Done    time.Time // when it was applied or refused; zero before
	Message string    // why it was refused
}

// Sender is a holder of addresses with what it sent of a service.
type Sender struct {
	Sender      report.Sender
	Reports     int64
	Networks    int64     // distinct networks
	First, Last time.Time // the minutes of its first and last report
	Countries   map[string]int64
	Symptoms    map[string]int64 // by ID; empty for none
}

// Senders knows who sent what.
type Senders interface {
	// Senders returns the holders that sent most problems of a service in the minutes
	// of [from, to), loudest first and at most limit, and how many problems all sent.
	Senders(ctx context.Context, service string, from, to time.Time, limit int) (senders []Sender, total int64, err error)
}

// Trail is the audit trail.
type Trail interface {
	// AddAction stores an entry and returns it with its ID.
	AddAction(ctx context.Context, e Entry) (Entry, error)
	// Action returns an entry. The error is fault.NotFound if there is none.
	Action(ctx context.Context, id int64) (Entry, error)
	// Actions returns up to limit entries with IDs below before, latest first; 0
	// stands for no bound.
	Actions(ctx context.Context, before int64, limit int) ([]Entry, error)
}

// Incidents are the incidents that an action may change, as they are now.
type Incidents interface {
	// Incident returns the incident with this ID. The error is fault.NotFound if
	// there is none.
	Incident(ctx context.Context, id string) (incident.Incident, error)
	// Neighbours returns the incidents of a service with the latest onset before a
	// time and with the earliest one after it, leaving out retracted ones; nil
	// without one.
	Neighbours(ctx context.Context, service string, onset time.Time) (before, after *incident.Incident, err error)
	// Exclusion returns what an action excluded, also if it was put back. The error is
	// fault.NotFound if that is nothing.
	Exclusion(ctx context.Context, id int64) (window.Exclusion, error)
}

// Mute is the mute of a service.
type Mute struct {
	Service string
	incident.Mute
}

// Mute returns the mute that a, which mutes a service or ends that, begins or ends
// at a time.
func (a Action) Mute(at time.Time) Mute {
	return Mute{Service: a.Service, Mute: incident.Mute{Until: at.Add(time.Duration(a.Hours) * time.Hour), Text: a.Text}}
}

// Excluded returns what a, the action number id that excludes reports, takes out of
// the counts.
func (a Action) Excluded(id int64) window.Exclusion {
	e := window.Exclusion{ID: id, Service: a.Service, From: a.From, To: a.To, Countries: a.Countries, Symptom: a.Symptom, Text: a.Text}
	if a.Sender != nil {
		e.Sender = *a.Sender
	}
	return e
}

// Change is what an action changes of one incident.
type Change struct {
	Before   *incident.Incident // nil if the incident is new
	After    *incident.Incident
	Timeline []incident.Event // new entries; none if the action was applied before
	Recount  bool             // its reports are counted again
	Replaces string           // the ID of an incident that this one takes the place of; or empty
}
