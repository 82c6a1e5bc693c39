package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/incident"
)

// Kind is what a message says.
type Kind string

// All kinds of messages. The first ones are about an incident.
const (
	Suspected  Kind = "suspected"  // it has begun, as a warning
	Confirmed  Kind = "confirmed"  // it is an outage now
	Recovering Kind = "recovering" // the reports become fewer
	Updated    Kind = "updated"    // an operator added a note, or its countries or links changed
	Corrected  Kind = "corrected"  // an operator changed its onset, its end or its countries, or merged another one into it
	Reopened   Kind = "reopened"   // it goes on after its end
	Resolved   Kind = "resolved"   // it is over
	Retracted  Kind = "retracted"  // it was none, or it was merged into another one

	Test    Kind = "test"    // somebody tries whether messages arrive
	Consent Kind = "consent" // asks the receiver to confirm the subscription
)

// Message is one thing that a subscription is told. It never changes, however
// often its delivery is tried.
type Message struct {
	ID       string // the same at every attempt
	Kind     Kind
	Incident incident.Incident // one version of it; the zero Incident in Test and Consent
	Created  time.Time
	// Simulated means that the incident is part of a simulation. Whoever is told
	// must learn that.
	Simulated bool
}

// MessageID returns the ID of the message that tells a subscription of one thing,
// such as a version of an incident. It is the same for the same arguments, so that
// a message that is made again after a crash has the same ID.
func MessageID(subscription, thing string) string {
	const length = 16 // bytes: enough that no two messages share an ID
	sum := sha256.Sum256([]byte(subscription + "\x00" + thing))
	return "msg_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:length]))
}

// VersionOf returns the thing that MessageID needs for a version of an incident.
func VersionOf(in *incident.Incident) string { return fmt.Sprintf("%s@%d", in.ID, in.Version) }
