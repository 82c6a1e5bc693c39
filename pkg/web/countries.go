package web

import "github.com/outcry/outcry/pkg/status"

const (
	// unknownCountry is where an address is that no database places.
	unknownCountry = "ZZ"
	// shownCountries stand in the table at once; the rest unfolds.
	shownCountries = 10
)

// Countries is the table of where reports come from.
type Countries struct {
	Title   string
	Note    string
	Caption string
	Windows []Choice
	Rows    []CountryRow
	More    string // the summary of the rest
	Rest    []CountryRow
}

// CountryRow is one country of the table.
type CountryRow struct {
	Name, Count, Usual, Share, Times string
	Level                            string
}

// countries draws where the reports of a window come from.
func countries(l *Locale, c status.Countries, names labels) *Countries {
	v := &Countries{
		Title:   countriesTitle(l, c, names.countryWithin),
		Caption: l.fill("countries_caption", words{"Window": l.within(c.Window)}),
	}
	v.Note = capital(l.fill("countries_note", words{
		"Reports":   l.count("n_reports", c.Total, nil),
		"Countries": l.count("n_countries", int64(len(c.Countries)), nil),
		"Window":    l.within(c.Window),
		"Time":      l.clock(c.AsOf),
	}))
	for i, one := range c.Countries {
		row := CountryRow{Name: names.country(one.Code), Count: l.Number(one.Count), Usual: l.usual(one.Expected),
			Share: l.percent(one.Share, 1), Times: l.times(one.Count, one.Expected), Level: one.Level.String()}
		if i < shownCountries {
			v.Rows = append(v.Rows, row)
		} else {
			v.Rest = append(v.Rest, row)
		}
	}
	if len(v.Rest) > 0 {
		v.More = l.count("countries_more", int64(len(v.Rest)), nil)
	}
	return v
}

func countriesTitle(l *Locale, c status.Countries, name func(code string) string) string {
	switch {
	case len(c.Countries) == 0 || c.Countries[0].Code == unknownCountry:
		return l.Say("countries_open")
	case len(c.Countries) == 1:
		return l.fill("countries_one", words{"Country": name(c.Countries[0].Code)})
	case c.Countries[0].Count > c.Countries[1].Count:
		return l.fill("countries_lead", words{"Country": name(c.Countries[0].Code)})
	}
	return l.Say("countries_open")
}
