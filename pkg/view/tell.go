package view

import (
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
)

// Tell is what the page of a service offers to who wants to be told. The script shows
// its button where the browser can show notifications.
type Tell struct {
	Service string
	Key     string // public key for push services; empty: there is no button
	Words   TellWords
}

// TellWords are the texts of the button and its answers. The server puts them into the
// page, and the script chooses.
type TellWords struct {
	Over, Breaks         string // the button
	Ask                  string
	ToldOver, ToldBreaks string
	Stop, Stopped        string
	Refused, Ended       string
	Many, Failed         string
}

// Bounds of the subscriptions of a browser, as package push has them. A test of
// package web compares them.
const (
	TellDays     = 30
	TellServices = 20
)

// newTell returns the offer for a service.
func newTell(l *locale.Locale, service, key string) *Tell {
	w := locale.Values{"Days": l.Number(TellDays), "N": l.Number(TellServices)}
	return &Tell{Service: service, Key: key, Words: TellWords{
		Over: l.Say("tell_over"), Breaks: l.Say("tell_breaks"), Ask: l.Say("tell_ask"), ToldOver: l.Say("told_over"), ToldBreaks: l.Fill("told_breaks", w),
		Stop: l.Say("tell_stop"), Stopped: l.Say("tell_stopped"), Refused: l.Say("tell_refused"), Ended: l.Say("tell_ended"),
		Many: l.Fill("tell_many", w), Failed: l.Say("tell_failed"),
	}}
}

// runningID returns the ID of the incident that goes on; empty without one.
func runningID(in *incident.Incident) string {
	if in == nil {
		return ""
	}
	return in.ID
}
