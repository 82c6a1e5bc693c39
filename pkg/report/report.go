// Package report is the vocabulary of what people tell Outcry: the submission
// a client sends, the report it becomes, and the pseudonyms that stand in for
// the sender. It holds no clock and no catalog; both are passed in.
package report

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Kind says what a report states.
type Kind uint8

const (
	Problem  Kind = iota // the service does not work
	Recovery             // "works for me", "it is back"
	Visit                // a person looked at the service's page; counted, never archived
)

// String returns the name of k as it is written in the API and the archive.
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

// Unknown is the country of an address that no database places.
const Unknown = "ZZ"

// Report is one accepted statement about a service. It is frozen when it is
// built: a store counts it, or does not, exactly as it stands.
type Report struct {
	ID       uuid.UUID
	Service  string // slug
	Kind     Kind
	Symptom  string    // ID; empty for a visit, or a recovery that names none
	Country  string    // ISO 3166-1 alpha-2, or Unknown
	Minute   time.Time // UTC start of the bucket it counts in
	Received time.Time // UTC time of its arrival
	Reporter Reporter
	// Yesterday is the same sender under yesterday's key. It is set only where
	// Minute is less than a cool-down after the start of Received's UTC day, and
	// zero otherwise.
	Yesterday Reporter
	Network   Network
}
