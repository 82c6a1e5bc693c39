package web

import (
	"math"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Verdict is the band that answers "is it me or them?".
type Verdict struct {
	Level string // ok, warning, outage or unknown: the look of the band
	Shape string // the symbol in it
	Word  string
	When  []locale.Moment
}

// verdict words how a service is.
func verdict(l *locale.Locale, s status.Status) Verdict {
	v := Verdict{Level: look(s), Shape: look(s), Word: l.Say(levelKey(s))}
	switch {
	case s.Level == detect.Unknown && s.LastKnown.IsZero():
		v.When = append(v.When, locale.Moment{Parts: locale.Parts(l.Say("never_counted"))})
	case s.Level == detect.Unknown:
		v.When = append(v.When, l.Since(s.LastKnown, s.AsOf), locale.Moment{Parts: locale.Parts(l.Say("chart_gap"))})
	case !s.Since.IsZero():
		v.When = append(v.When, l.Since(s.Since, s.AsOf))
	}
	if s.Level != detect.Unknown {
		v.When = append(v.When, l.Moment("as_of", s.AsOf))
	}
	return v
}

// look is the level whose look a status has: while it recovers an outage looks
// like a warning.
func look(s status.Status) string {
	if s.State == incident.Recovering && s.Level == detect.Outage {
		return detect.Warning.String()
	}
	return s.Level.String()
}

// levelKey is the message for the level of s, standing alone.
func levelKey(s status.Status) string {
	switch {
	case s.Level == detect.Unknown:
		return "level_unknown"
	case s.State == incident.Recovering:
		return "level_recovering"
	case s.Level == detect.Outage:
		return "level_outage"
	case s.Level == detect.Warning:
		return "level_warning"
	case s.State == incident.Resolved:
		return "level_over"
	}
	return "level_ok"
}

// inlineKey is the message for the level of s within a sentence.
func inlineKey(s status.Status) string {
	switch {
	case s.Level == detect.Unknown:
		return "inline_unknown"
	case s.State == incident.Recovering:
		return "inline_recovering"
	case s.Level == detect.Outage:
		return "inline_outage"
	case s.Level == detect.Warning:
		return "inline_warning"
	}
	return "inline_ok"
}

// troubled tells whether s is a warning or an outage.
func troubled(s status.Status) bool { return s.Level == detect.Warning || s.Level == detect.Outage }

// sentence says how many people report how much more than usual, and from where
// most do. name returns the name of a country.
func sentence(l *locale.Locale, s status.Status, name func(code string) string) []locale.Part {
	if s.Level == detect.Unknown {
		if s.LastKnown.IsZero() {
			return locale.Parts(l.Say("why_never"))
		}
		return locale.Parts(l.Fill("why_unknown", locale.Values{"Time": l.Clock(s.LastKnown)}))
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
	if worst, ok := worstCountry(s); ok && troubled(s) {
		text += " " + locale.Capitalize(country(l, worst, name(worst.Code)))
	}
	return locale.Parts(locale.Capitalize(text))
}

// country says how much of the trouble is in one country.
func country(l *locale.Locale, c status.Country, name string) string {
	w := locale.Values{"Country": name, "N": l.Rounded(c.Count)}
	if c.Expected <= 0 {
		return l.Fill("why_country_new", w)
	}
	w["Usual"] = l.ExpectedPeople(c.Expected)
	return l.Fill("why_country", w)
}

// worstCountry is the known country with most reports.
func worstCountry(s status.Status) (status.Country, bool) {
	for _, c := range s.Countries {
		if c.Code != unknownCountry && c.Count > 0 {
			return c, true
		}
	}
	return status.Country{}, false
}

// reason says in words why the level is what it is, what is missing to the
// next one, and what ends it. An empty string says nothing.
func reason(l *locale.Locale, s status.Status) string {
	text := why(l, s)
	if s.Level == detect.Warning && s.State != incident.Recovering {
		text = locale.Join(text, missing(l, s.Reason))
	}
	if troubled(s) {
		if s.EchoOf == "" { // what is sure is that people report it
			text = locale.Join(text, sure(l, s.Confidence))
		}
		if s.Reason.Below > 0 {
			text = locale.Join(text, l.Fill("reason_ends", locale.Values{"N": l.Rounded(int64(math.Ceil(s.Reason.Below))), "Window": l.InLast(s.Window)}))
		}
	}
	return text
}

// echo says whose echo the trouble of a service may be, with a link to that.
// key is the message.
func echo(l *locale.Locale, key, name, of string, f Frame, names labels) []locale.Part {
	return locale.LinkStrong(l.Fill(key, locale.Values{"Service": name, "Other": names.service(of)}), f.To("/"+of))
}

// why words the reason of a level; that of an echo is for echo to word.
func why(l *locale.Locale, s status.Status) string {
	switch s.Reason.Code {
	case detect.ReasonUsual:
		return l.Say("reason_usual")
	case detect.ReasonFewSources:
		return l.Count("reason_few_sources", int64(s.Reason.Networks), locale.Values{"Have": l.Number(int64(s.Networks))})
	case detect.ReasonOneSource:
		return l.Fill("reason_one_source", locale.Values{"Share": l.Percent(s.Reason.Share, 0)})
	case detect.ReasonNoHistory:
		return l.Say("reason_no_history")
	case detect.ReasonBrief:
		return l.Say("reason_brief")
	case detect.ReasonUnusual:
		return l.Count("reason_unusual", int64(s.Networks), nil)
	case detect.ReasonEasing:
		return l.Say("reason_easing")
	case detect.ReasonNotCounted:
		return l.Say("reason_not_counted")
	}
	return ""
}

// missing says what an outage would take, where the reason has not said so.
func missing(l *locale.Locale, r detect.Reason) string {
	switch {
	case r.Networks > 0 && r.Code != detect.ReasonFewSources:
		return l.Count("reason_need_networks", int64(r.Networks), nil)
	case r.Share > 0 && r.Code != detect.ReasonOneSource:
		return l.Fill("reason_need_share", locale.Values{"Share": l.Percent(r.Share, 0)})
	}
	return ""
}

// sure says how likely it is that something is wrong, never as certain. It says
// nothing below one half: a level outlasts its evidence for a while.
func sure(l *locale.Locale, confidence float64) string {
	switch {
	case confidence > 0.99:
		return l.Say("reason_very_sure")
	case confidence >= 0.5:
		return l.Fill("reason_sure", locale.Values{"Share": l.Percent(math.Floor(100*confidence)/100, 0)})
	}
	return ""
}
