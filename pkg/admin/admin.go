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
)

// Kinds are all kinds of actions.
var Kinds = []Kind{Note, Retract, Correct, Confirm, Declare, Merge, MuteService, UnmuteService, BlockNetwork, UnblockNetwork}

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

// Change is what an action changes of one incident.
type Change struct {
	Before   *incident.Incident // nil if the incident is new
	After    *incident.Incident
	Timeline []incident.Event // new entries; none if the action was applied before
	Replaces string           // the ID of an incident that this one takes the place of; or empty
}
