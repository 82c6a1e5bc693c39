package view

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Sentence writes how many people report a problem, how many usually do, and the
// country with most reports. name returns the name of a country.
func Sentence(l *locale.Locale, s status.Status, name func(code string) string) []locale.Part {
	if s.Level == detect.Unknown {
		if s.LastKnown.IsZero() {
			return locale.Parts(l.Say("why_never"))
		}
		return locale.Parts(l.Fill("why_unknown", locale.Values{"Time": l.Time(s.LastKnown)}))
	}
	w := locale.Values{"Window": l.InLast(s.Window), "Usual": l.ExpectedPeople(s.Expected)}
	known := s.Expected > 0 && s.Reason.Code != detect.ReasonNoHistory
	var text string
	switch {
	case s.Observed == 0 && known:
		text = l.Fill("why_none", w)
	case s.Observed == 0:
		text = l.Fill("why_none_new", w)
	case known:
		text = l.CountRounded("why_some", s.Observed, w)
	default:
		text = l.CountRounded("why_some_new", s.Observed, w)
	}
	if s.IsPartial() {
		text = locale.Join(text, CountedClause(l, s.Minutes, s.Window))
	}
	if worst, ok := MostReports(s); ok && InTrouble(s) {
		text += " " + locale.Capitalize(CountryClause(l, worst, name(worst.Code)))
	}
	return locale.Parts(locale.Capitalize(text))
}

// CountedClause writes how much of a window could be counted.
func CountedClause(l *locale.Locale, minutes int, window time.Duration) string {
	return l.Fill("why_counted", locale.Values{"N": l.Number(int64(minutes)), "Of": l.Minutes(window)})
}

// CountryClause writes how many people of one country report a problem.
func CountryClause(l *locale.Locale, c status.Country, name string) string {
	w := locale.Values{"Country": name, "N": l.Rounded(c.Count)}
	if c.Expected <= 0 {
		return l.Fill("why_country_new", w)
	}
	w["Usual"] = l.ExpectedPeople(c.Expected)
	return l.Fill("why_country", w)
}

// MostReports returns the country with most reports, except the unknown one.
func MostReports(s status.Status) (status.Country, bool) {
	for _, c := range s.Countries {
		if c.Code != UnknownCountry && c.Count > 0 {
			return c, true
		}
	}
	return status.Country{}, false
}
