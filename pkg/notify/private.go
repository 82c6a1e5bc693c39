package notify

import (
	"encoding/json"
	"time"

	"github.com/outcry/outcry/pkg/seal"
)

// Private is what a subscription has that is personal or secret. It is stored
// sealed.
type Private struct {
	Address string `json:"address"` // such as a URL, an e-mail address or a push endpoint with its keys
	Secret  string `json:"secret,omitempty"`
	// OldSecret is the secret before the last rotation, which is valid until OldUntil.
	OldSecret string    `json:"old_secret,omitempty"`
	OldUntil  time.Time `json:"old_until,omitzero"`
}

// place is what the sealed part of a subscription is bound to.
func place(s *Subscription) string { return "subscription " + s.ID }

// Seal sets the sealed part of a subscription, whose ID must be set.
func Seal(key *seal.Key, s *Subscription, p Private) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	s.Sealed = key.Seal(place(s), b)
	return nil
}

// Open returns the sealed part of a subscription.
func Open(key *seal.Key, s *Subscription) (p Private, err error) {
	b, err := key.Open(place(s), s.Sealed)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(b, &p)
}
