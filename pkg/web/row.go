package web

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
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
	Spark  *Spark
}

// entry is a row of names and levels only. prefix is the language's part of
// addresses.
func entry(l *locale.Locale, s status.Status, name, prefix string) Row {
	return Row{Name: name, Href: prefix + "/" + s.Service, Look: look(s), Level: l.Say(inlineKey(s))}
}

// row words a status for a list.
func row(l *locale.Locale, s status.Status, prefix string, names labels) Row {
	r := entry(l, s, names.service(s.Service), prefix)
	r.Word, r.Counts = l.Say(levelKey(s)), counts(l, s)
	switch {
	case s.Level == detect.Unknown && !s.LastKnown.IsZero():
		r.Since = l.Clock(s.LastKnown)
	case s.Level != detect.OK && !s.Since.IsZero():
		r.Since = l.Clock(s.Since)
	}
	if s.EchoOf != "" {
		r.Echo = l.Fill("row_echo", locale.Values{"Other": names.service(s.EchoOf)})
	}
	return r
}

// counts writes reports against usual.
func counts(l *locale.Locale, s status.Status) string {
	switch {
	case s.Level == detect.Unknown && s.LastKnown.IsZero():
		return l.Say("row_never")
	case s.Level == detect.Unknown:
		return l.Fill("row_unknown", locale.Values{"Time": l.Clock(s.LastKnown)})
	case s.Expected <= 0:
		return l.Fill("row_counts_new", locale.Values{"N": l.Number(s.Observed), "Minutes": l.Minutes(s.Window)})
	}
	return l.Fill("row_counts", locale.Values{"N": l.Number(s.Observed), "Minutes": l.Minutes(s.Window), "Usual": l.Expected(s.Expected)})
}

// severity orders statuses, worst first: outage, warning, unknown, ok.
func severity(s status.Status) int {
	switch s.Level {
	case detect.Outage:
		return 0
	case detect.Warning:
		return 1
	case detect.Unknown:
		return 2
	}
	return 3
}

// worse compares two statuses for a list that has the worst first; among equals
// the one with more reports against usual.
func worse(a, b status.Status) int {
	if d := severity(a) - severity(b); d != 0 {
		return d
	}
	x, y := a.Expected+1, b.Expected+1
	switch ra, rb := float64(a.Observed)/x, float64(b.Observed)/y; {
	case ra > rb:
		return -1
	case ra < rb:
		return 1
	}
	return 0
}

// latest is the end of what was counted last.
func latest(all []status.Status) (t time.Time) {
	for _, s := range all {
		if s.AsOf.After(t) {
			t = s.AsOf
		}
	}
	return t
}

// windowOf is the window that statuses count in.
func windowOf(all []status.Status) time.Duration {
	for _, s := range all {
		if s.Window > 0 {
			return s.Window
		}
	}
	return window.Default
}
