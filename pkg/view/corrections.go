package view

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/window"
)

// Correction is one change of an incident by the operators of the site.
type Correction struct {
	When  locale.Moment
	Lines []string // what was changed
	Text  string   // what the operators say; empty if they say nothing
	Lang  string   // the language of Text, if it is not that of the page
}

// Corrections lists what the operators changed, latest first.
type Corrections struct {
	Title string
	List  []Correction
}

// newCorrections returns what the operators changed of an incident, or nil.
func newCorrections(l *locale.Locale, inc incident.Incident, name string, names Labels) *Corrections {
	if len(inc.Corrections) == 0 {
		return nil
	}
	v := &Corrections{Title: l.Say("by_hand_title")}
	for _, c := range slices.Backward(inc.Corrections) {
		one := Correction{When: datedMoment(l, c), Lines: correctionLines(l, inc, c, name, names)}
		one.Text, one.Lang = textFor(l.Code, c.Text)
		v.List = append(v.List, one)
	}
	return v
}

// datedMoment words when a correction was made, with its date.
func datedMoment(l *locale.Locale, c incident.Correction) locale.Moment {
	text := l.Fill("by_hand_when", locale.Values{"Date": l.Date(c.At), "Time": l.Time(c.At)})
	return locale.Moment{Parts: locale.Parts("**" + text + "**"), Stamp: locale.Stamp(c.At)}
}

// correctionLines words what a correction changed.
func correctionLines(l *locale.Locale, inc incident.Incident, c incident.Correction, name string, names Labels) (lines []string) {
	switch c.Change {
	case incident.Retracted:
		lines = append(lines, l.Fill("by_hand_retracted", locale.Values{"Service": name}))
	case incident.Declared:
		lines = append(lines, l.Say("by_hand_declared"))
	case incident.Muted:
		lines = append(lines, l.Say("by_hand_muted"))
	case incident.Recounted:
		lines = append(lines, l.Say("by_hand_recounted"))
	case incident.Merged:
		key := "by_hand_merged"
		if inc.MergedInto != "" && c.Other == inc.MergedInto {
			key = "by_hand_merged_into"
		}
		lines = append(lines, l.Fill(key, locale.Values{"Incident": c.Other}))
	}
	if m := c.Onset; m != nil {
		lines = append(lines, l.Fill("by_hand_onset", locale.Values{"From": l.Time(m.From), "To": l.Time(m.To)}))
	}
	if m := c.End; m != nil {
		key, w := "by_hand_end", locale.Values{"To": l.Time(m.To)}
		if m.From.IsZero() {
			key = "by_hand_ended"
		} else {
			w["From"] = l.Time(m.From)
		}
		lines = append(lines, l.Fill(key, w))
	}
	if m := c.Countries; m != nil {
		named := make([]string, len(m.To))
		for i, code := range m.To {
			named[i] = names.Country(code)
		}
		lines = append(lines, l.Fill("by_hand_countries", locale.Values{"Countries": strings.Join(named, l.Say("list_comma"))}))
	}
	return lines
}

// Excluded is what operators took out of the counts of a service.
type Excluded struct {
	What string
	Text string // what the operators say
	Lang string // the language of Text, if it is not that of the page
}

// newExcluded words what was taken out, latest first.
func newExcluded(l *locale.Locale, all []window.Exclusion) []Excluded {
	var out []Excluded
	for _, e := range slices.Backward(all) {
		one := Excluded{What: l.Count("excluded", e.Reports, locale.Values{"Date": l.Date(e.From), "From": l.Time(e.From), "To": l.Time(e.To)})}
		one.Text, one.Lang = textFor(l.Code, e.Text)
		out = append(out, one)
	}
	return out
}

// textFor returns the text for readers of a language: in that language, in
// English, or in the first one that there is; and its language, if it is another.
func textFor(code string, texts map[string]string) (text, lang string) {
	for _, have := range append([]string{code, "en"}, slices.Sorted(maps.Keys(texts))...) {
		if text = texts[have]; text != "" {
			if have == code {
				return text, ""
			}
			return text, have
		}
	}
	return "", ""
}

// changeOf returns the correction that an event of the timeline is about.
func changeOf(inc incident.Incident, e incident.Event) (incident.Correction, bool) {
	for _, c := range inc.Corrections {
		if c.Version == e.Version && c.Change == e.Change {
			return c, true
		}
	}
	return incident.Correction{}, false
}

// wordByHand words an event that an operator made.
func wordByHand(l *locale.Locale, inc incident.Incident, e incident.Event) unwordedEntry {
	text := l.Say(changes[e.Change].key)
	if c, known := changeOf(inc, e); known {
		said, _ := textFor(l.Code, c.Text)
		text = locale.Join(text, strings.ReplaceAll(said, "**", ""))
	}
	return unwordedEntry{e.At, cmp.Or(changes[e.Change].look, "unknown"), text}
}
