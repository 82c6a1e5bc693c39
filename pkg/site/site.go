// Package site holds what the pages and the embeds of one site share: its
// languages and static files, who a page is made for, and what a press of a
// report button means. It serves nothing itself.
package site

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/view"
)

// Options are the settings of a Site.
type Options struct {
	Catalog *catalog.Catalog
	// Languages are the words of the site. Without them it has the built-in ones.
	Languages locale.Set
	// PublicURL is where others reach the site. Without it, each request says so.
	PublicURL string
	// Brand is what the operator calls the site.
	Brand Brand
	// Simulated marks everything that is shown: the reports are not real.
	Simulated bool
	Now       func() time.Time
	Log       *slog.Logger
}

// Site is what pages and embeds have in common. It is safe for concurrent use.
type Site struct {
	Options
	Assets  *Assets
	origins *publicurl.Origins
}

// New reads the messages and the static files.
func New(o Options) (*Site, error) {
	s := &Site{Options: o}
	var err error
	if s.origins, err = publicurl.NewOrigins(o.PublicURL, o.Log); err != nil {
		return nil, err
	}
	if s.Languages == nil {
		if s.Languages, err = locale.Load(frontend.Files); err != nil {
			return nil, err
		}
	}
	if s.Assets, err = readAssets(frontend.Files); err != nil {
		return nil, err
	}
	if err := s.Assets.useBrand(o.Brand); err != nil {
		return nil, err
	}
	return s, nil
}

// Labels returns the names of the catalog in the language of l.
func (s *Site) Labels(l *locale.Locale) view.Labels { return view.NewLabels(s.Catalog, l) }

// Country returns the code of the country that a query names, or "" for
// everywhere.
func (s *Site) Country(query string) string {
	country, ok := s.Catalog.Country(strings.ToUpper(query))
	if !ok || country.Code == view.UnknownCountry {
		return ""
	}
	return country.Code
}

// LogUnread logs that a part of the status of a service could not be read. A
// visitor who went away is no news, and refusals of gates are counted.
func (s *Site) LogUnread(err error, part, service string) {
	if errors.Is(err, context.Canceled) || gate.IsRefusal(err) {
		return
	}
	s.Log.Warn("the state of services cannot be read for a page", slog.String("part", part), slog.String("service", service), slog.Any("error", err))
}
