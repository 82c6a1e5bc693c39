package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// DefaultDistance is the shortest time between two messages about one incident, if
// the subscription does not say another one.
const DefaultDistance = 5 * time.Minute

// Stage is how an incident stands, as far as messages are concerned.
type Stage string

// All stages.
const (
	Quiet     Stage = "" // nothing was told yet
	Warned    Stage = "warning"
	Declared  Stage = "outage"
	Over      Stage = "over"
	TakenBack Stage = "retracted" // by an operator, or merged into another one
)

// Mark is what a message says of an incident. Two messages with the same Mark say
// the same, so the second one is not sent.
type Mark struct {
	Stage       Stage `json:"stage"`
	Corrections int   `json:"corrections,omitempty"` // how many an operator has made
	// Details is empty unless the subscription asks for details.
	Details string `json:"details,omitempty"`
}

// Told is what a subscription was told about one incident. The zero Told is that of
// one that was told nothing.
type Told struct {
	Mark Mark `json:"mark"` // of the last message, delivered or given up
	// Version of the incident in that message, and when it was made.
	Version int64     `json:"version"`
	At      time.Time `json:"at,omitzero"`
	// Begun means that a message was delivered that said that the incident goes on.
	Begun bool `json:"begun,omitempty"`
	// Alarmed means that one of the messages said that it is an outage.
	Alarmed bool `json:"alarmed,omitempty"`
}

// MarkOf returns what a message would tell s of in.
func MarkOf(s *Subscription, in *incident.Incident) Mark {
	m := Mark{Stage: stageOf(in), Corrections: len(in.Corrections)}
	if s.Details && (m.Stage == Warned || m.Stage == Declared) {
		m.Details = detailsOf(in)
	}
	return m
}

// stageOf returns the stage of in.
func stageOf(in *incident.Incident) Stage {
	switch {
	case in.IsRetracted():
		return TakenBack
	case in.State == incident.Resolved:
		return Over
	case in.Level == detect.Outage:
		return Declared
	}
	return Warned
}

// recoveringMark begins the details of an incident that recovers.
const recoveringMark = "recovering"

// detailsOf returns what Details add to the mark of in: whether it recovers, its
// countries, its links and what it echoes.
func detailsOf(in *incident.Incident) string {
	state := ""
	if in.State == incident.Recovering {
		state = recoveringMark
	}
	countries := make([]string, len(in.Countries))
	for i, c := range in.Countries {
		countries[i] = c.ID
	}
	slices.Sort(countries)
	return fmt.Sprintf("%s|%s|%s|%s", state, strings.Join(countries, ","), strings.Join(in.Linked, ","), in.EchoOf)
}

// Decision is what Decide finds.
type Decision struct {
	Kind Kind // of the message; empty if nothing is to be told
	Mark Mark
	Due  time.Time // when it may be sent
}

// Decide returns what s is to be told about in, a version later than the one it was
// told about last. The rules are:
//
//   - Nothing is told until an incident matches the filter of s and has its level.
//     From then on s follows it to its end, also if it matches no longer.
//   - The end, a retraction and everything else that comes later is told only to
//     who was told that it began.
//   - The beginning, the first outage and a retraction are told at once. All else
//     keeps the distance to the message before; what changes meanwhile is merged.
//   - What the last message said is not said again.
func Decide(s *Subscription, told Told, in *incident.Incident, about About, now time.Time) Decision {
	if in.Version <= told.Version {
		return Decision{}
	}
	mark := MarkOf(s, in)
	isLive := mark.Stage == Warned || mark.Stage == Declared
	if !told.Begun {
		if !isLive || in.Level < s.Filter.From || !s.Filter.Matches(in, about) || mark == told.Mark {
			return Decision{}
		}
		return Decision{Kind: beginning(mark), Mark: mark, Due: now}
	}
	if mark == told.Mark || mark.Stage == Over && !s.Filter.Over {
		return Decision{}
	}
	d := Decision{Kind: kindOf(told.Mark, mark, in), Mark: mark, Due: now}
	isUrgent := mark.Stage == TakenBack && told.Mark.Stage != TakenBack || mark.Stage == Declared && !told.Alarmed
	if distant := told.At.Add(s.LeastDistance()); !isUrgent && distant.After(now) {
		d.Due = distant
	}
	return d
}

// LeastDistance returns the shortest time between two messages to s about one incident.
func (s *Subscription) LeastDistance() time.Duration {
	if s.Distance == 0 {
		return DefaultDistance
	}
	return s.Distance
}

// beginning returns the kind of the first message about an incident.
func beginning(m Mark) Kind {
	if m.Stage == Declared {
		return Confirmed
	}
	return Suspected
}

// kindOf returns the kind of a message that follows another one.
func kindOf(before, after Mark, in *incident.Incident) Kind {
	wasLive := before.Stage == Warned || before.Stage == Declared
	switch {
	case after.Stage == TakenBack:
		if before.Stage == TakenBack {
			return Updated // a note
		}
		return Retracted
	case after.Stage == Over && wasLive:
		return Resolved
	case after.Stage != Over && !wasLive:
		return Reopened
	case after.Stage == Declared && before.Stage == Warned:
		return Confirmed
	case after.Corrections > before.Corrections:
		return correctionKind(in.Corrections[min(before.Corrections, len(in.Corrections)):])
	case strings.HasPrefix(after.Details, recoveringMark) && !strings.HasPrefix(before.Details, recoveringMark):
		return Recovering
	}
	return Updated
}

// correctionKind returns the kind of a message about what operators did.
func correctionKind(corrections []incident.Correction) Kind {
	for _, c := range corrections {
		if c.Change != incident.Annotated {
			return Corrected
		}
	}
	return Updated
}

// Note returns told after a message of a decision about a version of an incident,
// which was made at a time, was delivered or given up.
func (told Told) Note(d Decision, version int64, made time.Time, isDelivered bool) Told {
	told.Mark, told.Version, told.At = d.Mark, version, made
	if isDelivered && (d.Mark.Stage == Warned || d.Mark.Stage == Declared) {
		told.Begun = true
	}
	if d.Mark.Stage == Declared {
		told.Alarmed = true
	}
	return told
}

// Known returns what a subscription counts as told that is made while in goes on
// and shown to whoever makes it, so that it is told about its end.
func Known(s *Subscription, in *incident.Incident, at time.Time) Told {
	d := Decision{Mark: MarkOf(s, in)}
	return Told{}.Note(d, in.Version, at, true)
}
