package scenario

import (
	"strconv"
	"strings"

	"github.com/outcry/outcry/pkg/window"
)

// copyMark separates the slug of a copy from its number. No slug contains it.
const copyMark = "."

// Scaled returns a scenario of this many services and about this many reports,
// for load tests. It has the services of s and copies of them, with the same
// curves at other rates. It has no brigades and no printed figures.
func (s *Scenario) Scaled(services int, reports float64) *Scenario {
	scaled := *s
	scaled.Brigades, scaled.Press = nil, nil
	scaled.Services = make([]Service, services)
	var mean float64
	for i := range scaled.Services {
		sv := s.Services[i%len(s.Services)]
		if i < len(s.Services) {
			copies := (services - i + len(s.Services) - 1) / len(s.Services)
			mean += float64(copies) * s.mean(&sv)
		} else {
			sv.Slug += copyMark + strconv.Itoa(i/len(s.Services))
		}
		scaled.Services[i] = sv
	}
	for i := range scaled.Services {
		scaled.Services[i].multiply(reports / mean)
	}
	return &scaled
}

// CopyOf returns the slug of the original of a service that Scaled copied. The
// slug of an original is returned unchanged.
func CopyOf(slug string) string {
	of, _, _ := strings.Cut(slug, copyMark)
	return of
}

// mean returns the expected number of reports of a service.
func (s *Scenario) mean(sv *Service) (n float64) {
	for _, country := range sv.countries() {
		f := newFlow(nil, s, sv, country)
		for t := s.Start; t.Before(s.End); t = t.Add(window.Width) {
			quiet := f.quietRate(t.Truncate(quarter)) / perQuarter
			n += quiet
			for _, w := range f.surges {
				level := max(0, w.level(t.Add(window.Width/2)))
				if w.Times > 0 {
					n += quiet * (w.Times - 1) * level
				} else {
					n += w.rate / perQuarter * level
				}
			}
		}
	}
	return n
}

// multiply multiplies all rates of sv by a factor. It copies the slices first,
// because other services share them.
func (sv *Service) multiply(by float64) {
	rates := func(all []Rate) []Rate {
		out := make([]Rate, len(all))
		for i, r := range all {
			out[i] = Rate{Country: r.Country, PerQuarter: r.PerQuarter * by}
		}
		return out
	}
	sv.Quiet = rates(sv.Quiet)
	surges := make([]Surge, len(sv.Surges))
	for i, sg := range sv.Surges {
		sg.Rates = rates(sg.Rates)
		surges[i] = sg
	}
	sv.Surges = surges
}
