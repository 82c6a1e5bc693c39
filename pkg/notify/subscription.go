package notify

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// State is how far a subscription has come.
type State string

// All states of a subscription.
const (
	Pending State = "pending" // its owner has not confirmed it yet; it is told nothing of incidents
	Active  State = "active"
	Ended   State = "ended" // its receiver is gone; it is told nothing, and its address is deleted
)

// Subscription is somebody's wish to be told about incidents.
type Subscription struct {
	ID      string
	Channel string // the name of the channel, such as "webhook"
	Owner   string // the ID of the API key that made it; empty for one without a key
	Name    string // what its owner calls it; may be empty
	State   State
	Filter  Filter
	// Language is the code of the language of the texts.
	Language string
	// Distance is the shortest time between two messages about one incident. Zero
	// stands for DefaultDistance.
	Distance time.Duration
	// Details asks for messages also when an incident recovers, spreads or is
	// linked. Without it, messages are about levels and what operators correct.
	Details bool
	// EndsWithIncident ends the subscription with the first incident that is over.
	EndsWithIncident bool
	// Settings are choices of the channel that are neither personal nor secret.
	Settings map[string]string
	// Hint is the address in a shortened form that betrays nothing. It may be shown
	// to the owner and logged.
	Hint string
	// Lookup finds a subscription by its address: a keyed hash, or empty.
	Lookup string
	// Sealed is the encrypted Private. It is empty once the subscription has ended.
	Sealed []byte

	Created time.Time
	Expires time.Time // when it is deleted; zero is never
	EndedAt time.Time // zero while it has not ended
	Why     string    // why it ended
}

// Filter selects incidents. Lists that are empty select all; of one list any
// element suffices, and every list must match.
type Filter struct {
	Services   []string // slugs
	Providers  []string // IDs
	Categories []string // IDs
	Countries  []string // ISO 3166-1 alpha-2
	// From is the level from which on an incident matters: detect.Warning or
	// detect.Outage.
	From detect.Level
	// Over asks for a message when an incident is over.
	Over bool
}

// Service returns the one service that f selects, or an empty text if it may
// select others.
func (f Filter) Service() string {
	if len(f.Services) == 1 {
		return f.Services[0]
	}
	return ""
}

// About is what a Filter must know of the service of an incident.
type About struct{ Provider, Category string }

// Matches reports whether f selects in, an incident of a service with the given
// provider and category. It does not look at the level.
func (f Filter) Matches(in *incident.Incident, about About) bool {
	return contains(f.Services, in.Service) && contains(f.Providers, about.Provider) && contains(f.Categories, about.Category) &&
		(len(f.Countries) == 0 || slices.ContainsFunc(in.Countries, func(s incident.Segment) bool { return slices.Contains(f.Countries, s.ID) }))
}

// contains reports whether list is empty or holds value.
func contains(list []string, value string) bool {
	return len(list) == 0 || slices.Contains(list, value)
}
