// Package report defines what people send to Outcry: the submission of a client,
// the report it becomes, and the pseudonyms of its sender. It has no clock and
// no catalog: callers pass both.
package report

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Kind is what a report states.
type Kind uint8

// All kinds of reports.
const (
	Problem  Kind = iota // the service does not work
	Recovery             // "works for me", "it is back"
	Visit                // a person looked at the service's page; counted, never archived
)

// String returns the name of k in the API and in the archive.
func (k Kind) String() string {
	switch k {
	case Problem:
		return "problem"
	case Recovery:
		return "recovery"
	case Visit:
		return "visit"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Unknown is the country of an address that could not be located.
const Unknown = "ZZ"

// Report is one accepted statement about a service. Stores do not change it.
type Report struct {
	ID       uuid.UUID
	Service  string // slug
	Kind     Kind
	Symptom  string    // ID; empty for a visit, or a recovery that names none
	Country  string    // ISO 3166-1 alpha-2, or Unknown
	Minute   time.Time // start of its bucket, UTC
	Received time.Time // when it arrived, UTC
	Reporter Reporter
	// Yesterday is the pseudonym of the same sender under yesterday's key. It is
	// set only if Minute is less than a cool-down after the start of the UTC day
	// of Received. Otherwise it is zero.
	Yesterday Reporter
	Network   Network
	// Devices is how many devices at the address of Reporter count in a cool-down.
	// 0 is window.MaxDevices.
	Devices int
}
