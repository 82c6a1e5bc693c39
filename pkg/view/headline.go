package view

import (
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// headline returns the headline of the front page, by line. The services are
// sorted, worst first.
func headline(l *locale.Locale, sorted []status.Status, names Labels) []string {
	var down, recovering, warnings []string
	owner, isOwned := "", true // whether one provider runs all that are down
	for _, s := range sorted {
		name := names.Service(s.Service)
		switch {
		case s.State == incident.Recovering && InTrouble(s):
			recovering = append(recovering, name)
		case s.Level == detect.Outage:
			down = append(down, name)
			provider := names.providerOf(s.Service)
			isOwned = isOwned && provider != "" && (owner == "" || owner == provider)
			owner = provider
		case s.Level == detect.Warning:
			warnings = append(warnings, name)
		}
	}
	var lines []string
	switch n := len(down); {
	case n == 0:
	case n > 2 && isOwned:
		lines = append(lines, l.Fill("home_provider_down", locale.Values{"Provider": names.provider(owner), "N": l.Number(int64(n))}))
	case n == 1:
		lines = append(lines, l.Fill("home_one_down", locale.Values{"Service": down[0]}))
	case n == 2:
		lines = append(lines, l.Fill("home_two_down", locale.Values{"First": down[0], "Second": down[1]}))
	default:
		lines = append(lines, l.Count("home_many_down", int64(len(down)), nil))
	}
	if len(recovering) > 0 && len(lines) == 0 {
		lines = append(lines, l.Fill("home_one_recovering", locale.Values{"Service": recovering[0]}))
	}
	switch n := int64(len(warnings)); {
	case n == 0:
	case len(lines) > 0:
		lines = append(lines, l.Count("home_more_warnings", n, nil))
	case n == 1:
		lines = append(lines, l.Fill("home_one_warning", locale.Values{"Service": warnings[0]}))
	default:
		lines = append(lines, l.Count("home_many_warnings", n, nil))
	}
	switch {
	case len(lines) > 0:
	case allUnknown(sorted):
		lines = append(lines, l.Say("home_unknown"))
	default:
		lines = append(lines, l.Say("home_calm"))
	}
	return lines
}

// summary counts the services by level.
func summary(l *locale.Locale, all []status.Status) []locale.Part {
	var outages, warnings, recovering, unknown int64
	for _, s := range all {
		switch {
		case s.Level == detect.Unknown:
			unknown++
		case s.State == incident.Recovering:
			recovering++
		case s.Level == detect.Outage:
			outages++
		case s.Level == detect.Warning:
			warnings++
		}
	}
	if allUnknown(all) {
		return locale.Parts(l.Say("why_unread"))
	}
	w := locale.Values{"Services": l.Count("n_services", int64(len(all)), nil), "Time": l.Time(latestAsOf(all)),
		"Outages": l.Count("n_outages", outages, nil), "Warnings": l.Count("n_warnings", warnings, nil)}
	text := l.Fill("home_why_calm", w)
	if outages+warnings+recovering > 0 {
		text = l.Fill("home_why", w)
	}
	if recovering > 0 {
		text = locale.Join(text, l.Count("home_recovering", recovering, nil))
	}
	if unknown > 0 {
		text = locale.Join(text, l.Count("home_unknowns", unknown, nil))
	}
	return locale.Parts(text)
}
