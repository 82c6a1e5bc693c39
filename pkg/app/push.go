package app

import (
	"fmt"
	"strings"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/push"
)

// openPush sets the key by which push services know this installation. Without a key
// of the installation there is none.
func (p *Parts) openPush() error {
	if p.key == nil {
		return nil
	}
	contact := ""
	if strings.HasPrefix(p.config.PublicURL, "https://") {
		contact = p.config.PublicURL
	}
	identity, err := push.NewIdentity(p.key, contact)
	if err != nil {
		return fmt.Errorf("OUTCRY_SECRET: %w", err)
	}
	p.identity = identity
	return nil
}

// pushDesk returns what keeps the subscriptions of browsers.
func (p *Parts) pushDesk() *push.Desk {
	return &push.Desk{
		Store: p.Archive, Key: p.key, Identity: p.identity, Languages: locale.Codes(), HasService: p.Catalog.HasService,
		Live: func(service string) *incident.Incident { return p.Monitor.Live(service).Incident },
	}
}

// pushKey returns the public key for push services; empty if nobody can subscribe.
func (p *Parts) pushKey() string {
	if p.identity == nil {
		return ""
	}
	return p.identity.PublicKey()
}
