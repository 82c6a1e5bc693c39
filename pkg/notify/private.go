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
	// Old are the secrets before the last rotations, which are valid for some time.
	Old []OldSecret `json:"old,omitempty"`
}

// OldSecret is a secret before a rotation, which is valid until a time.
type OldSecret struct {
	Secret string    `json:"secret"`
	Until  time.Time `json:"until"`
}

// Rotate makes secret the one that is valid, and the one before valid until a time.
func (p *Private) Rotate(secret string, now, until time.Time) {
	p.Old = append(p.ValidOld(now), OldSecret{p.Secret, until})
	p.Secret = secret
}

// ValidOld returns the old secrets that are valid at now.
func (p *Private) ValidOld(now time.Time) (valid []OldSecret) {
	for _, old := range p.Old {
		if now.Before(old.Until) {
			valid = append(valid, old)
		}
	}
	return valid
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
