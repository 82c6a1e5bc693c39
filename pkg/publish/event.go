package publish

import (
	"encoding/json"
	"time"
)

// Names of events. Status and incident events have IDs and can be resumed;
// counts are for the moment only.
const (
	Status   = "status"   // a service's level changed
	Incident = "incident" // an incident changed
	Counts   = "counts"   // the running numbers of a service
)

// Event is one message to subscribers.
type Event struct {
	ID        int64 // grows without end; 0 for events that cannot be resumed
	Name      string
	Service   string
	Countries []string // countries it concerns; empty concerns all
	At        time.Time
	Data      json.RawMessage // the body, as the API describes it
}
