package admin

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
)

const (
	maxText      = 600            // characters of one language
	maxCountries = 60             // that an operator names
	maxHours     = 48             // for which an operator's word keeps an incident open, or a service muted
	defaultHours = 6              // the same for one without evidence, if the operator does not say
	oldestOnset  = 24 * time.Hour // before now, of an incident that is declared by hand
)

// Catalog knows the services and countries that an action may name.
type Catalog interface {
	HasService(slug string) bool
	HasCountry(code string) bool
	HasSymptom(service, id string) bool
}

// Rules say what an action may name.
type Rules struct {
	Catalog   Catalog
	Languages []string // codes of the languages that texts may be in
	// Retention is how long single reports are kept. Those that are older cannot be
	// taken out of the counts.
	Retention time.Duration
}

// fields are the fields that an action of a kind takes, apart from its text.
var fields = map[Kind][]string{
	Note:    {"incident"},
	Retract: {"incident"},
	Correct: {"incident", "onset", "end", "countries"},
	Confirm: {"incident", "hours"},
	Declare: {"service", "onset", "countries", "hours"},
	Merge:   {"incident", "into"},

	MuteService:   {"service", "hours"},
	UnmuteService: {"service"},

	BlockNetwork:   {"network"},
	UnblockNetwork: {"network"},

	Exclude: {"service", "from", "to", "symptom", "countries", "sender", "network"},
	Include: {"exclusion"},
}

// required are those of them that it must have.
var required = map[Kind][]string{
	Note:    {"incident", "text"},
	Retract: {"incident", "text"},
	Correct: {"incident"},
	Confirm: {"incident"},
	Declare: {"service", "onset"},
	Merge:   {"incident", "into"},

	MuteService:   {"service", "hours", "text"},
	UnmuteService: {"service"},

	BlockNetwork:   {"network"},
	UnblockNetwork: {"network"},

	Exclude: {"service", "from", "to", "text"},
	Include: {"exclusion"},
}

// Takes returns the names of the fields that an action of a kind takes.
func Takes(k Kind) []string { return append(slices.Clone(fields[k]), "text") }

// Check returns an error of kind fault.Invalid that names the first field of a
// that is missing, wrong or too much.
func (r Rules) Check(a Action) error {
	takes, known := fields[a.Kind]
	if !known {
		names := make([]string, len(Kinds))
		for i, k := range Kinds {
			names[i] = string(k)
		}
		return fault.Field("action", "must be one of %s", strings.Join(names, ", "))
	}
	given := a.given()
	for _, name := range required[a.Kind] {
		if !slices.Contains(given, name) {
			return fault.Field(name, "is missing; the action %s needs it", a.Kind)
		}
	}
	for _, name := range given {
		if name != "text" && !slices.Contains(takes, name) {
			return fault.Field(name, "is not for the action %s; leave it out", a.Kind)
		}
	}
	return r.checkValues(a)
}

// given returns the names of the fields that a has.
func (a Action) given() []string {
	var names []string
	for name, has := range map[string]bool{
		"service": a.Service != "", "incident": a.Incident != "", "into": a.Into != "", "text": len(a.Text) > 0,
		"onset": !a.Onset.IsZero(), "end": !a.End.IsZero(), "countries": len(a.Countries) > 0, "hours": a.Hours != 0,
		"network": a.Network != "", "from": !a.From.IsZero(), "to": !a.To.IsZero(), "symptom": a.Symptom != "",
		"sender": a.Sender != nil, "exclusion": a.Exclusion != 0,
	} {
		if has {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// checkValues returns the error of the first wrong value.
func (r Rules) checkValues(a Action) error {
	if a.Service != "" && !r.Catalog.HasService(a.Service) {
		return fault.Field("service", "is not a service of the catalog; GET /api/v1/services lists them")
	}
	if len(a.Countries) > maxCountries {
		return fault.Field("countries", "may hold %d codes", maxCountries)
	}
	for _, code := range a.Countries {
		if !r.Catalog.HasCountry(code) {
			return fault.Field("countries", "holds %q, which is not an ISO 3166-1 alpha-2 code such as IN", code)
		}
	}
	if a.Hours < 0 || a.Hours > maxHours {
		return fault.Field("hours", "must be from 1 to %d", maxHours)
	}
	if a.Network != "" && a.Kind != Exclude {
		if _, err := parseNetwork(a.Network); err != nil {
			return err
		}
	}
	return r.checkText(a.Text)
}

// The longest and shortest prefixes that can be blocked, in bits. Shorter ones are
// countries.
const (
	least4, most4 = 12, 32
	least6, most6 = 19, 64
)

// parseNetwork returns the network that an operator names: a prefix, an IPv4
// address, or the /64 of an IPv6 address. The error does not repeat it.
func parseNetwork(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	network, err := netip.ParsePrefix(text)
	if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
		addr = addr.Unmap().WithZone("")
		bits := most6
		if addr.Is4() {
			bits = most4
		}
		network, err = addr.Prefix(bits)
	}
	wrong := fault.Field("network", "must be an address or a prefix, of IPv4 from /%d to /%d, of IPv6 from /%d to /%d", least4, most4, least6, most6)
	switch {
	case err != nil:
		return netip.Prefix{}, wrong
	case network.Addr().Is4() && (network.Bits() < least4 || network.Bits() > most4):
		return netip.Prefix{}, wrong
	case !network.Addr().Is4() && (network.Bits() < least6 || network.Bits() > most6 || !report.IsV6(network.Addr())):
		return netip.Prefix{}, wrong
	}
	return network.Masked(), nil
}

// checkText returns the error of the first wrong text.
func (r Rules) checkText(texts map[string]string) error {
	for _, code := range slices.Sorted(maps.Keys(texts)) {
		text := texts[code]
		switch {
		case !slices.Contains(r.Languages, code):
			return fault.Field("text", "has the language %q; it may have %s", code, strings.Join(r.Languages, ", "))
		case strings.TrimSpace(text) == "":
			return fault.Field("text", "is empty in %s; leave the language out", code)
		case len([]rune(text)) > maxText:
			return fault.Field("text", "in %s is longer than %d characters", code, maxText)
		case strings.ContainsFunc(text, isUnprintable):
			return fault.Field("text", "in %s has characters that cannot be shown; write it on one line", code)
		}
	}
	return nil
}

// isUnprintable reports whether r cannot be shown on one line. Joiners are parts of
// words.
func isUnprintable(r rune) bool {
	const nonJoiner, joiner = 0x200c, 0x200d
	return !unicode.IsPrint(r) && r != nonJoiner && r != joiner
}
