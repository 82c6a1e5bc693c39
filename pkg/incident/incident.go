// Package incident turns verdicts into incidents: suspected, confirmed,
// recovering, resolved. It is pure: time and the present incident are passed
// in, the next incident and what changed come out.
package incident

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// State is where an incident stands.
type State string

const (
	Suspected  State = "suspected"  // shown as level warning
	Confirmed  State = "confirmed"  // shown as level outage
	Recovering State = "recovering" // keeps its level
	Resolved   State = "resolved"   // over; the service is ok
)

// Slice is one country or symptom that explains part of the excess.
type Segment struct {
	ID       string       `json:"id"` // country code or symptom ID
	Level    detect.Level `json:"-"`
	Observed int64        `json:"observed"` // reports in the window of the verdict
	Expected float64      `json:"expected"`
}

// Peak is the largest window of an incident so far.
type Peak struct {
	At       time.Time
	Window   time.Duration
	Observed int64
	Expected float64
}

// Incident is one stretch of trouble of one service.
type Incident struct {
	ID        string // SERVICE-YYYY-MM-DD-HHMM of its onset, unique for ever
	Service   string
	Version   int64 // grows with every change
	State     State
	Level     detect.Level // Warning or Outage; OK once resolved
	Onset     time.Time    // start of the first anomalous bucket
	Suspected time.Time    // when it became a warning
	Declared  time.Time    // when it was confirmed; zero if it never was
	Easing    time.Time    // when it began to recover; zero before
	Resolved  time.Time    // when it was over; zero before
	Updated   time.Time
	Peak      Peak
	Reports   int64 // problems from onset to Updated or Resolved
	Countries []Segment
	Symptoms  []Segment
	Verdict   detect.Verdict // the latest one
	// Linked are the other incidents of the same event, by ID, sorted: of the same
	// provider, of what it needs or what needs it, or of a common onset. What was
	// linked once stays linked.
	Linked []string
	// EchoOf is the service whose echo this may be: people report this one though
	// that one is what is down. It is empty once the incident is confirmed.
	EchoOf string
	// Echoed is since when it would have been confirmed but for that; zero before.
	Echoed time.Time
	// Held is what confirmation waits for: since when the evidence has
	// supported an outage without a break.
	Held time.Time
	// After is the earliest its onset may be: the incident before it was over
	// then.
	After time.Time
	// Quiet is what the end waits for: since when there has been no evidence.
	Quiet time.Time
	// Members are the countries that are or may soon be in Countries; Moved is
	// when the set last changed.
	Members []Member
	Moved   time.Time
}

// Change names what an event tells.
type Change string

const (
	BecameSuspected  Change = "suspected"
	BecameConfirmed  Change = "confirmed"
	BecameRecovering Change = "recovering"
	Reopened         Change = "reopened"
	BecameResolved   Change = "resolved"
	CountriesChanged Change = "spread" // countries or symptoms joined or left
)

// Event is one entry of an incident's timeline.
type Event struct {
	Incident  string
	Version   int64
	At        time.Time
	Change    Change
	State     State
	Observed  int64
	Expected  float64
	Window    time.Duration
	Networks  int
	Countries []string // those of the incident after the change
}
