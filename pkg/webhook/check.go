package webhook

import (
	"cmp"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/outbound"
)

const (
	maxURL  = 2048 // bytes
	maxName = 100  // characters
	maxList = 100  // elements of one list of a filter
	// minDistance and maxDistance bound the time between two messages about one
	// incident.
	minDistance, maxDistance = time.Minute, 24 * time.Hour
)

// Wish is a webhook that somebody asks for.
type Wish struct {
	URL                                        string
	Format                                     string // empty: Standard
	Name                                       string
	Services, Providers, Categories, Countries []string
	From                                       string // "warning" or "outage"; empty: "outage"
	NoEnd                                      bool   // no message when an incident is over
	Details                                    bool
	Language                                   string // empty: English
	Distance                                   time.Duration
}

func (w Wish) formatName() string { return cmp.Or(w.Format, Standard) }

// Catalog says which values a filter may have.
type Catalog interface {
	HasService(slug string) bool
	HasProvider(id string) bool
	HasCategory(id string) bool
	HasCountry(code string) bool
}

// Rules are what a Wish is checked against.
type Rules struct {
	Catalog   Catalog
	Languages []string       // codes; the first one is the default
	Allow     []netip.Prefix // networks that may be posted to though they are not public
}

// Check returns the webhook of a wish without an ID. The error is of kind
// fault.Invalid and names the field.
func (r Rules) Check(w Wish) (s notify.Subscription, err error) {
	u, err := r.checkURL(w)
	if err != nil {
		return s, err
	}
	filter, err := r.filterOf(w)
	if err != nil {
		return s, err
	}
	language := cmp.Or(w.Language, r.Languages[0])
	switch {
	case !slices.Contains(r.Languages, language):
		return s, fault.Field("language", "must be one of %s", strings.Join(r.Languages, ", "))
	case utf8.RuneCountInString(w.Name) > maxName || !utf8.ValidString(w.Name):
		return s, fault.Field("name", "must have at most %d characters", maxName)
	case strings.ContainsFunc(w.Name, unicode.IsControl):
		return s, fault.Field("name", "must be one line of text")
	case w.Distance != 0 && (w.Distance < minDistance || w.Distance > maxDistance):
		return s, fault.Field("distance", "must be from 1m to 24h")
	}
	return notify.Subscription{
		Channel: Channel, Name: w.Name, Filter: filter, Language: language, Distance: w.Distance, Details: w.Details,
		Settings: map[string]string{formatSetting: w.formatName()}, Hint: hint(u),
	}, nil
}

// checkURL returns the URL of a wish.
func (r Rules) checkURL(w Wish) (*url.URL, error) {
	f, known := formats[w.formatName()]
	if !known {
		return nil, fault.Field("format", "must be one of %s", strings.Join(FormatNames, ", "))
	}
	u, err := url.Parse(w.URL)
	switch {
	case w.URL == "":
		return nil, fault.Field("url", "is missing; it is where messages are posted to, such as https://hooks.example/outcry")
	case len(w.URL) > maxURL:
		return nil, fault.Field("url", "must have at most %d bytes", maxURL)
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, fault.Field("url", "is not a URL such as https://hooks.example/outcry")
	case u.User != nil || u.Fragment != "":
		return nil, fault.Field("url", "must not have a user, a password or a fragment; a secret may be in its path or query")
	case u.Scheme != "https" && (u.Scheme != "http" || len(r.Allow) == 0):
		return nil, fault.Field("url", "must begin with https://")
	}
	if err := r.checkAddress(u); err != nil {
		return nil, err
	}
	if f.check != nil {
		return u, f.check(u)
	}
	return u, nil
}

// checkAddress refuses at once what no delivery could connect to, as far as the URL
// shows it. What its name resolves to is checked at each connection.
func (r Rules) checkAddress(u *url.URL) error {
	port := uint64(443)
	if u.Scheme == "http" {
		port = 80
	}
	if text := u.Port(); text != "" {
		var err error
		if port, err = strconv.ParseUint(text, 10, 16); err != nil {
			return fault.Field("url", "has no usable port")
		}
	}
	err := outbound.NewGuard(r.Allow).CheckHost(u.Hostname(), uint16(port), u.Scheme == "http")
	switch {
	case errors.Is(err, outbound.ErrNotPublic), errors.Is(err, outbound.ErrPlain):
		return fault.Field("url", "cannot be posted to: %v; the operator can allow its network with OUTCRY_WEBHOOK_ALLOW", err)
	case err != nil:
		return fault.Field("url", "cannot be posted to: %v", err)
	}
	return nil
}

// hint returns a URL shortened to its scheme and host: paths and queries of such
// URLs hold secrets.
func hint(u *url.URL) string { return u.Scheme + "://" + u.Host + "/…" }

// filterOf returns the filter of a wish.
func (r Rules) filterOf(w Wish) (f notify.Filter, err error) {
	for _, list := range []struct {
		field  string
		values []string
		has    func(string) bool
		to     *[]string
	}{
		{"services", w.Services, r.Catalog.HasService, &f.Services},
		{"providers", w.Providers, r.Catalog.HasProvider, &f.Providers},
		{"categories", w.Categories, r.Catalog.HasCategory, &f.Categories},
		{"countries", w.Countries, r.Catalog.HasCountry, &f.Countries},
	} {
		if len(list.values) > maxList {
			return f, fault.Field(list.field, "must have at most %d elements", maxList)
		}
		for _, v := range list.values {
			if !list.has(v) {
				return f, fault.Field(list.field, "has %q, which is not in the catalog", shorten(v, maxName))
			}
		}
		*list.to = slices.Compact(slices.Sorted(slices.Values(list.values)))
	}
	switch cmp.Or(w.From, detect.Outage.String()) {
	case detect.Warning.String():
		f.From = detect.Warning
	case detect.Outage.String():
		f.From = detect.Outage
	default:
		return f, fault.Field("from", "must be warning or outage")
	}
	f.Over = !w.NoEnd
	return f, nil
}
