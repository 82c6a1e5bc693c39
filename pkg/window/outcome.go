package window

import "github.com/outcry/outcry/pkg/report"

// Status is the decision about a report.
type Status uint8

// All decisions.
const (
	Failed  Status = iota // not counted and not remembered; may be sent again
	Counted               // counted, and remembered as durably as the store promises
	Repeat                // its reporter was already counted within the cool-down
	Limited               // too many devices at one address within the cool-down
)

// String returns the name of s as it is written in the API.
func (s Status) String() string {
	return [...]string{"failed", "counted", "repeat", "limited"}[s]
}

// Outcome is a store's answer for one report.
type Outcome struct {
	Status Status
	Resent bool  // the ID was answered before: Status is the first answer
	Err    error // the reason of Failed; nil for any other Status

	// Kind and Cell are those of the first report with the ID. They are set
	// exactly when Resent is.
	Kind report.Kind
	Cell
}
