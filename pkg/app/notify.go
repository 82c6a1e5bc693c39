package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/dispatch"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/mail"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/push"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/version"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/webhook"
)

// SealKey returns the key of the installation: that of OUTCRY_SECRET, or in the
// embedded mode the one in the data folder, which is made if it is missing. In the
// distributed mode it is nil without the setting.
func SealKey(cfg config.Config) (*seal.Key, error) {
	switch {
	case cfg.Secret != "":
		k, err := seal.New(cfg.Secret)
		if err != nil {
			return nil, fmt.Errorf("OUTCRY_SECRET: %w", err)
		}
		return k, nil
	case cfg.Distributed():
		return nil, nil
	}
	return seal.OpenFile(cfg.Data)
}

// openKey sets the key of the installation, and checks that it opens what is stored.
func (p *Parts) openKey(ctx context.Context) (err error) {
	if p.key, err = SealKey(p.config); err != nil {
		return err
	}
	if err := errors.Join(p.openPush(), p.openMail()); err != nil {
		return err
	}
	stored, err := p.Archive.Subscriptions(ctx, archive.SubscriptionFilter{})
	if err != nil || len(stored) == 0 {
		return err
	}
	if p.key == nil {
		return errors.New("OUTCRY_SECRET is not set, and the database holds subscriptions whose addresses are encrypted with it; set it to the same value in every process")
	}
	hasAddress := func(s notify.Subscription) bool { return len(s.Sealed) > 0 } // others have ended
	i := slices.IndexFunc(stored, hasAddress)
	if i < 0 {
		return nil
	}
	if _, err := notify.Open(p.key, &stored[i]); err != nil {
		return fmt.Errorf("OUTCRY_SECRET (or the file named secret in the data folder) is not the one that the addresses of subscriptions were encrypted with: %w", err)
	}
	return nil
}

// channels returns the channels that the settings allow, by their names. names gives
// the names in a language.
func (p *Parts) channels(names func(language string) view.Labels) map[string]notify.Channel {
	agent := "Outcry/" + version.Current().Version
	channels := map[string]notify.Channel{
		webhook.Channel: webhook.New(webhook.Options{Incident: httpapi.Incident, Agent: agent, Allow: p.config.WebhookAllow}),
	}
	if p.identity != nil {
		channels[push.Channel] = push.NewSender(push.Options{Identity: p.identity, Agent: agent})
	}
	if desk := p.mailDesk(); desk != nil {
		channels[mail.Channel] = p.mailSender(desk, names)
	}
	return channels
}

// webhooks returns what keeps webhooks.
func (p *Parts) webhooks() *webhook.Desk { return WebhookDesk(p.config, p.Catalog, p.Archive, p.key) }

// WebhookDesk returns what keeps webhooks in an archive. The key may be nil.
func WebhookDesk(cfg config.Config, c *catalog.Catalog, a *archive.Archive, key *seal.Key) *webhook.Desk {
	return &webhook.Desk{Rules: webhook.Rules{Catalog: c, Languages: locale.Codes(), Allow: cfg.WebhookAllow}, Store: a, Key: key}
}

// newDispatcher returns what brings messages to subscribers.
func (p *Parts) newDispatcher() *dispatch.Dispatcher {
	names := func(language string) view.Labels {
		languages := *p.languages.Load()
		l, known := languages.ByCode(language)
		if !known {
			l = languages[0]
		}
		return view.NewLabels(p.Catalog, l)
	}
	word := func(m notify.Message, language string) notify.Text {
		return view.Notice(m, p.config.PublicURL, names(language))
	}
	about := func(service string) notify.About {
		provider, _ := p.Catalog.DependenciesOf(service)
		return notify.About{Provider: provider, Category: p.Catalog.CategoryOf(service)}
	}
	o := dispatch.Options{
		Outbox: p.Archive, Channels: p.channels(names), Key: p.key, About: about, Word: word, Leads: p.mode.dispatches(),
		Simulated: p.config.Simulated, Log: p.log, Now: time.Now,
	}
	if p.instruments != nil {
		o.Attempted = p.instruments.Attempted
	}
	return dispatch.New(o)
}
