package view

import (
	"slices"

	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// UnknownCountry is where an address is that no database places.
	UnknownCountry = "ZZ"
	// shownCountries stand in the table at once; the rest unfolds.
	shownCountries = 10
)

// Countries is the table and the map of where reports come from.
type Countries struct {
	Title   string
	Note    string
	Caption string
	Metrics []Choice
	Windows []Choice
	Map     *Heatmap
	Rows    []CountryRow
	More    string // the summary of the rest
	Rest    []CountryRow
}

// CountryRow is one country of the table.
type CountryRow struct {
	Name, Count, Usual, Share, Times, Million string
	Level                                     string
}

// newCountries words where the reports of a window come from.
func newCountries(l *locale.Locale, c status.Countries, m heatmap.Metric, names Labels) *Countries {
	v := &Countries{
		Title:   countriesTitle(l, c.Countries, m, names.CountryInSentence),
		Caption: l.Fill("countries_caption", locale.Values{"Window": l.InLast(c.Window)}),
	}
	v.Note = locale.Capitalize(l.Fill("countries_note", locale.Values{
		"Reports":   l.Count("n_reports", c.Total, nil),
		"Countries": l.Count("n_countries", int64(len(c.Countries)), nil),
		"Window":    l.InLast(c.Window),
		"Time":      l.Time(c.AsOf),
	}))
	if c.Minutes < int(c.Window/window.Width) {
		v.Note = locale.Join(v.Note, CountedClause(l, c.Minutes, c.Window))
	}
	v.addRows(l, heatmap.Sorted(c.Countries, m), names)
	return v
}

// addRows adds rows for countries in their order.
func (v *Countries) addRows(l *locale.Locale, all []status.Country, names Labels) {
	for i, one := range all {
		row := CountryRow{Name: names.Country(one.Code), Count: l.Number(one.Count), Usual: l.Expected(one.Expected),
			Share: l.Percent(one.Share, 1), Times: l.TimesExpected(one.Count, one.Expected), Million: l.PerMillion(one.PerMillion), Level: one.Level.String()}
		if i < shownCountries {
			v.Rows = append(v.Rows, row)
		} else {
			v.Rest = append(v.Rest, row)
		}
	}
	if len(v.Rest) > 0 {
		v.More = l.Count("countries_more", int64(len(v.Rest)), nil)
	}
}

// countriesTitle names the country with most of a metric, if there is just one.
func countriesTitle(l *locale.Locale, all []status.Country, m heatmap.Metric, name func(code string) string) string {
	first, found := leader(all, m)
	if !found {
		return l.Say("countries_open")
	}
	w := locale.Values{"Country": name(first.Code)}
	person, known := leader(all, heatmap.Million)
	switch {
	case len(all) == 1:
		return l.Fill("countries_one", w)
	case m == heatmap.Usual:
		return l.Fill("countries_lead_usual", w)
	case m == heatmap.Million:
		return l.Fill("countries_lead_million", w)
	case known && person.Code != first.Code:
		w["Person"] = name(person.Code)
		return l.Fill("countries_lead_both", w)
	}
	return l.Fill("countries_lead", w)
}

// leader returns the country with most of a metric. It reports false if the
// first place is shared, or if the country is unknown. Ratios of few reports do
// not compete.
func leader(all []status.Country, m heatmap.Metric) (status.Country, bool) {
	sorted := heatmap.Sorted(all, m)
	if m != heatmap.Reports {
		sorted = slices.DeleteFunc(slices.Clone(sorted), func(c status.Country) bool { return m.Shade(c) <= 0 || c.Code == UnknownCountry })
	}
	if len(sorted) == 0 || sorted[0].Code == UnknownCountry {
		return status.Country{}, false
	}
	if len(sorted) > 1 {
		a, _ := m.Of(sorted[0])
		if b, _ := m.Of(sorted[1]); a == b {
			return status.Country{}, false
		}
	}
	return sorted[0], true
}
