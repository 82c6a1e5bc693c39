package incident

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// State is the stage of an incident.
type State string

// All states, in the order of an incident's life.
const (
	Suspected  State = "suspected"  // shown as level warning
	Confirmed  State = "confirmed"  // shown as level outage
	Recovering State = "recovering" // keeps its level
	Resolved   State = "resolved"   // over; the service is ok
)

// Segment is one country or symptom of a service, with its counts in the window of
// a verdict.
type Segment struct {
	ID       string       `json:"id"` // country code or symptom ID
	Level    detect.Level `json:"-"`
	Observed int64        `json:"observed"` // reports
	Expected float64      `json:"expected"` // reports by the baseline
}

// Peak is the window with most reports within an incident: 15 minutes, or all of
// it while it is shorter. Its reports are part of those of the incident.
type Peak struct {
	At       time.Time // its end; not after the end of the incident
	Window   time.Duration
	Observed int64
	Expected float64
}

// Split is the reports of an incident by symptom and by country, from its onset
// to its end. Nothing in it is left out.
type Split struct {
	Symptoms, Countries []Segment // most reports first; expectations of countries only
}

// Incident is one stretch of trouble of one service.
//
// Incidents are stored under the names of their fields (archive, cluster), so a
// new name needs a migration.
type Incident struct {
	ID        string // SERVICE-YYYY-MM-DD-HHMM of the first onset; unique and final
	Service   string
	Version   int64 // grows with every change that readers learn of
	State     State
	Level     detect.Level // Warning or Outage; OK once resolved
	Onset     time.Time    // start of the first anomalous bucket, as estimated when it was first suspected; final
	Suspected time.Time    // when it was first suspected
	Declared  time.Time    // when it was first confirmed; zero if never
	Easing    time.Time    // since when it has been recovering; zero before
	Resolved  time.Time    // when it ended; zero before
	Reopened  time.Time    // when it last began again after an end; zero if never
	Updated   time.Time    // the last tick
	Peak      Peak
	Reports   int64 // from Onset to Updated, or to Resolved
	Countries []Segment
	Symptoms  []Segment
	// Split is Reports in parts. It is nil until the incident is over.
	Split   *Split
	Verdict detect.Verdict // the leading verdict of the last tick with trouble, with the counts of the whole service
	// Event is the ID of the first incident of the event that this one belongs to; ""
	// while it is alone. The incidents of an event are those of one provider, of a
	// service and one that it needs, or of a common onset, and what such pairs
	// connect.
	Event string
	// Linked are the IDs of at most MaxLinked other incidents of the event, sorted:
	// those of the same provider first, and then the first ones. Links are never
	// removed.
	Linked []string
	// EchoOf is the service whose outage may cause the reports: people report this
	// service while that one is down. It is empty once the incident is confirmed.
	EchoOf string
	// EchoShare is how many reports come with each excess report of EchoOf, and
	// EchoFit how well the courses of the two agree, in [0, 1].
	EchoShare float64
	EchoFit   float64
	// Echoed is when the evidence first supported an outage while EchoOf explained
	// it; zero before.
	Echoed time.Time
	// Held is since when the evidence has supported an outage without a break; zero
	// while it does not. Confirmation waits for it to last.
	Held time.Time
	// After is the earliest possible Onset: the minute after the end of the incident
	// before; zero without one.
	After time.Time
	// Quiet is since when there has been no evidence; zero while there is some. The
	// end waits for it to last.
	Quiet time.Time
	// Members are the countries that are or may soon be in Countries. Moved is when
	// the set last changed.
	Members []Member
	Moved   time.Time

	// What operators did. Corrections are in the order of their actions.
	Corrections []Correction
	RetractedAt time.Time // when it was taken back or merged into another; zero otherwise
	MergedInto  string    // the ID of the incident that it was merged into
	// Dismissed is until when trouble must have begun to be dismissed: an operator
	// found that it is none, or that it is over.
	Dismissed time.Time
	ByHand    bool      // an operator declared it, and the counts have not supported an outage since
	Until     time.Time // of one declared by hand: silence does not end it before
	// Named are the codes of the countries that an operator named, sorted; nil while
	// the counts decide.
	Named []string
}

// Change is the kind of an event.
type Change string

// All kinds of events.
const (
	BecameSuspected  Change = "suspected"
	BecameConfirmed  Change = "confirmed"
	BecameRecovering Change = "recovering"
	Reopened         Change = "reopened"
	BecameResolved   Change = "resolved"
	CountriesChanged Change = "spread" // countries joined or left
)

// Event is one entry in the timeline of an incident.
type Event struct {
	Incident  string // ID
	Version   int64  // of the incident after the change
	At        time.Time
	Change    Change
	State     State // after the change
	Observed  int64 // reports in Window
	Expected  float64
	Window    time.Duration
	Networks  int
	Countries []string // codes, after the change
}
