package view

import (
	"strings"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/notify"
)

// Notice words a message in the language of names. The public URL of the site, which may
// be empty, begins the address of the incident's page. A message of kind
// notify.Consent is worded by its channel.
func Notice(m notify.Message, home string, names Labels) notify.Text {
	l := names.Locale
	if m.Kind == notify.Test || m.Kind == notify.Consent {
		return notify.Text{Title: l.Fill("notice_test", locale.Values{"Brand": l.Say("brand")}), Body: l.Say("notice_test_body"), URL: home}
	}
	in, name := m.Incident, names.Service(m.Incident.Service)
	t := notify.Text{Title: l.Fill(noticeKey(m), locale.Values{"Service": name})}
	if home != "" {
		t.URL = home + "/incidents/" + in.ID
	}
	sentences := []string{noticeTimes(l, in)}
	if !in.IsRetracted() {
		if in.Peak.Observed > 0 {
			sentences = append(sentences, l.CountRounded("incident_peak", in.Peak.Observed,
				locale.Values{"Time": l.Time(in.Peak.At), "Window": l.InWindow(in.Peak.Window), "Usual": l.ExpectedPeople(in.Peak.Expected)}))
		}
		if in.EchoOf != "" && in.State != incident.Resolved {
			sentences = append(sentences, l.Fill("reason_echo", locale.Values{"Service": name, "Other": names.Service(in.EchoOf)}))
		}
	}
	if n := len(in.Corrections); n > 0 {
		sentences = append(sentences, correctionLines(l, in, in.Corrections[n-1], name, names)...)
		said, _ := textFor(l.Code, in.Corrections[n-1].Text)
		sentences = append(sentences, said)
	}
	if m.Simulated {
		t.Title = l.Say("simulated") + ": " + t.Title
		sentences = append(sentences, l.Say("quote_simulated"))
	}
	for _, s := range sentences {
		t.Body = locale.Join(t.Body, strings.ReplaceAll(s, "**", ""))
	}
	return t
}

// noticeKey returns the key of the title of a message.
func noticeKey(m notify.Message) string {
	switch {
	case m.Kind == notify.Retracted && m.Incident.MergedInto != "":
		return "incident_merged"
	case m.Kind == notify.Retracted:
		return "incident_retracted"
	}
	return noticeKeys[m.Kind]
}

// noticeKeys are the keys of the titles by kind.
var noticeKeys = map[notify.Kind]string{
	notify.Suspected: "notice_suspected", notify.Confirmed: "notice_confirmed", notify.Recovering: "notice_recovering", notify.Updated: "notice_updated",
	notify.Corrected: "notice_corrected", notify.Reopened: "notice_reopened", notify.Resolved: "notice_resolved",
}

// noticeTimes words since when an incident has gone on, or how long it lasted.
func noticeTimes(l *locale.Locale, in incident.Incident) string {
	w := locale.Values{"Date": l.Date(in.Onset), "Time": l.ZonedTime(in.Onset)}
	if in.Resolved.IsZero() {
		return l.Fill("notice_since", w)
	}
	w["Length"] = l.Duration(in.Resolved.Sub(in.Onset))
	return l.Fill("notice_lasted", w)
}
