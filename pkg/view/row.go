package view

import (
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
)

// Row is a service in a list.
type Row struct {
	Name   string
	Href   string
	Look   string // ok, warning, outage or unknown
	Level  string // the word for it, within a sentence
	Word   string // the word for it, alone
	Since  string
	Counts string // the line below
	From   string // the countries that most reports come from
	Echo   string // whose echo it may be; empty: nobody's
	Below  bool   // it is listed below the outage whose echo it may be
	Spark  *Spark
}

// newEntry returns a row with the name and the level only. prefix is the part of
// addresses that fixes the language.
func newEntry(l *locale.Locale, s status.Status, name string, prefix publicurl.Prefix) Row {
	return Row{Name: name, Href: prefix.To("/" + s.Service), Look: Look(s), Level: l.Say(SentenceKey(s))}
}

// newRow words a status for a list.
func newRow(l *locale.Locale, s status.Status, prefix publicurl.Prefix, names Labels) Row {
	r := newEntry(l, s, names.Service(s.Service), prefix)
	r.Word, r.Counts = l.Say(levelKey(s)), rowCounts(l, s)
	switch {
	case s.Level == detect.Unknown && !s.LastKnown.IsZero():
		r.Since = l.Clock(s.LastKnown)
	case s.Level != detect.OK && !Began(s).IsZero():
		r.Since = l.Clock(Began(s))
	}
	if s.EchoOf != "" {
		r.Echo = l.Fill("row_echo", locale.Values{"Other": names.Service(s.EchoOf)})
	}
	return r
}

// rowCounts writes the count beside the expected count.
func rowCounts(l *locale.Locale, s status.Status) string {
	switch {
	case s.Level == detect.Unknown && s.LastKnown.IsZero():
		return l.Say("row_never")
	case s.Level == detect.Unknown:
		return l.Fill("row_unknown", locale.Values{"Time": l.Time(s.LastKnown)})
	case s.Expected <= 0:
		return l.Fill("row_counts_new", locale.Values{"N": l.Number(s.Observed), "Minutes": l.Minutes(s.Window)})
	}
	return l.Fill("row_counts", locale.Values{"N": l.Number(s.Observed), "Minutes": l.Minutes(s.Window), "Usual": l.Expected(s.Expected)})
}
