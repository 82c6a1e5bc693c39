package view

import (
	"cmp"
	"slices"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
)

// CountryTrouble is what is in trouble in one country, with the list of
// countries to choose from.
type CountryTrouble struct {
	Countries []Place
	Title     string // empty: no country is chosen
	Note      string
	Rows      []Row
}

// Place is a country to choose.
type Place struct {
	Code, Name string
	Chosen     bool
}

// maxWhere bounds the services listed for a country.
const maxWhere = 12

// NewCountryTrouble lists the countries by name, and the services in trouble in
// the one with this code, if any.
func NewCountryTrouble(l *locale.Locale, code string, all []status.Status, prefix publicurl.Prefix, names Labels) CountryTrouble {
	var v CountryTrouble
	for _, place := range countryOrder()[l.Code] {
		if c, ok := names.Catalog.Country(place); ok {
			v.Countries = append(v.Countries, Place{Code: c.Code, Name: c.Names.In(l.Code), Chosen: c.Code == code})
		}
	}
	if code == "" {
		return v
	}
	type local struct {
		status  status.Status
		country status.Country
	}
	var unusual []local
	for _, s := range all {
		if i := slices.IndexFunc(s.Countries, func(c status.Country) bool { return c.Code == code }); i >= 0 && inTroubleThere(s, s.Countries[i]) {
			unusual = append(unusual, local{s, s.Countries[i]})
		}
	}
	slices.SortStableFunc(unusual, func(a, b local) int {
		return cmp.Or(cmp.Compare(b.country.Level, a.country.Level), cmp.Compare(b.country.Count, a.country.Count))
	})
	name := names.CountryInSentence(code)
	v.Title = locale.Capitalize(l.Count("where_some", int64(len(unusual)), locale.Values{"Country": name}))
	v.Note = l.Fill("where_note", locale.Values{"Window": l.InLast(windowOf(all)), "Time": l.Time(latestAsOf(all))})
	switch {
	case allUnknown(all):
		v.Title = l.Say("home_unknown")
	case len(unusual) == 0:
		v.Title = l.Fill("where_none", locale.Values{"Country": name})
	}
	for _, one := range unusual[:min(len(unusual), maxWhere)] {
		s := one.status
		s.Observed, s.Expected, s.Level = one.country.Count, one.country.Expected, one.country.Level
		r := newEntry(l, s, names.Service(s.Service), prefix)
		r.Counts = rowCounts(l, s)
		v.Rows = append(v.Rows, r)
	}
	return v
}

// inTroubleThere reports whether a service is in trouble as a whole and in this
// country.
func inTroubleThere(s status.Status, c status.Country) bool {
	return InTrouble(s) && (c.Level == detect.Warning || c.Level == detect.Outage)
}
