package publish

import (
	"encoding/json"
	"time"
)

// Names of events. Status and incident events have IDs and can be replayed.
// Counts have none: the next ones replace them.
const (
	Status   = "status"   // a service's level changed
	Incident = "incident" // an incident changed
	Counts   = "counts"   // the running numbers of a service
)

// Event is one message to subscribers.
type Event struct {
	ID        int64 // increases from event to event; 0 for events that cannot be replayed
	Name      string
	Service   string
	Countries []string // the countries it concerns; empty means all
	At        time.Time
	Data      json.RawMessage // the body, as the API describes it
}
