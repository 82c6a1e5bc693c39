package view

import (
	"slices"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
)

// Related lists other services: those in trouble and those of the same provider.
type Related struct {
	Title         string
	Now           []Row // in trouble
	ProviderTitle string
	Provider      []Row
}

// maxRelated bounds each list of related services.
const maxRelated = 6

// newRelated returns the services related to service, or nil if there are none.
func newRelated(l *locale.Locale, service *catalog.Service, all []status.Status, prefix publicurl.Prefix, names Labels) *Related {
	v := &Related{Title: l.Say("related_calm"), ProviderTitle: l.Fill("related_provider", locale.Values{"Provider": names.provider(service.Provider)})}
	sorted := slices.SortedStableFunc(slices.Values(all), compareTrouble)
	siblings := map[string]bool{}
	for _, other := range names.Catalog.ByProvider(service.Provider) {
		siblings[other.Slug] = true
	}
	var inTrouble int64
	for _, s := range sorted {
		if s.Service == service.Slug {
			continue
		}
		if InTrouble(s) {
			inTrouble++
			if len(v.Now) < maxRelated {
				v.Now = append(v.Now, newRow(l, s, prefix, names))
			}
		}
		if siblings[s.Service] && len(v.Provider) < maxRelated {
			v.Provider = append(v.Provider, newRow(l, s, prefix, names))
		}
	}
	if inTrouble > 0 {
		v.Title = l.Count("related_trouble", inTrouble, nil)
	}
	if len(v.Now)+len(v.Provider) == 0 {
		return nil
	}
	return v
}
