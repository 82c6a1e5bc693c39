package view

import (
	"math"
	"strings"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// levelSentences explains the level: why it is what it is, what an outage would
// take, and what ends it. It may be empty.
func levelSentences(l *locale.Locale, s status.Status, names Labels) string {
	text := levelReason(l, s, names)
	if s.Aside >= max(1, s.Observed/leastAside) {
		text = locale.Join(text, l.CountRounded("reason_aside", s.Aside, nil))
	}
	if s.Level == detect.Warning && s.State != incident.Recovering {
		text = locale.Join(text, missingForOutage(l, s.Reason))
	}
	if InTrouble(s) {
		if s.EchoOf == "" { // what is sure is that people report it
			text = locale.Join(text, confidenceSentence(l, s.Confidence))
		}
		text = locale.Join(text, endSentence(l, s))
	}
	return text
}

// leastAside is the part of the reports, one in so many, that must be set aside for a
// sentence about it.
const leastAside = 10

// endSentence words what ends the trouble. It is empty where the reason says so.
func endSentence(l *locale.Locale, s status.Status) string {
	switch {
	case s.Reason.Code == detect.ReasonSettling:
		return ""
	case s.Reason.Below > 0:
		return l.Fill("reason_ends", locale.Values{"N": l.Rounded(int64(math.Ceil(s.Reason.Below))), "Window": l.InLast(s.Window)})
	case s.Ebbing:
		return l.Say("reason_ends_soon")
	}
	return ""
}

// echoing is the service whose echo some trouble may be, and how it follows that.
type echoing struct {
	of         string
	share, fit float64
}

// goodFit is the fit from which on a page says that the rise follows the other.
const goodFit = 0.6

// echoSentence fills the message with this key with the service whose echo the
// trouble may be, as a link. With a good fit it fills the one with the key follows,
// which says how the one follows the other.
func echoSentence(l *locale.Locale, key, follows, name string, e echoing, f Frame, names Labels) []locale.Part {
	values := locale.Values{"Service": name, "Other": names.Service(e.of)}
	if e.fit >= goodFit && e.share > 0 {
		key = follows
		digits := 0
		if e.share < 0.01 {
			digits = 1
		}
		values["Share"] = l.Percent(max(e.share, 0.001), digits)
	}
	return locale.LinkStrong(l.Fill(key, values), f.To("/"+e.of))
}

// levelReason words the reason of a level. It returns "" for an echo: see
// echoSentence.
func levelReason(l *locale.Locale, s status.Status, names Labels) string {
	switch s.Reason.Code {
	case detect.ReasonUsual:
		return l.Say("reason_usual")
	case detect.ReasonFewSources:
		return l.Count("reason_few_sources", int64(s.Reason.Networks), locale.Values{"Have": l.Number(int64(s.Networks))})
	case detect.ReasonFewHolders:
		return l.Count("reason_few_holders", int64(s.Reason.Holders), nil)
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
	case detect.ReasonAbove:
		return l.Say("reason_above")
	case detect.ReasonCommonRise:
		return l.Say("reason_common_rise")
	case detect.ReasonEnded:
		return l.Fill("reason_ended", locale.Values{"Window": l.InLast(s.Window)})
	case detect.ReasonSudden:
		return l.Fill("reason_sudden", locale.Values{"Window": l.InLast(s.Window)})
	case detect.ReasonLocal:
		return l.Fill("reason_local", locale.Values{"Countries": mostCountries(l, s.Local(), names)})
	case detect.ReasonSettling:
		return l.Say("reason_settling")
	case detect.ReasonByHand:
		return l.Say("reason_by_hand")
	case detect.ReasonDismissed:
		return l.Say("reason_dismissed")
	case detect.ReasonMuted:
		return mutedSentence(l, s)
	case detect.ReasonNotCounted:
		return l.Say("reason_not_counted")
	}
	return ""
}

// missingForOutage words what is missing for an outage, unless levelReason words
// it.
func missingForOutage(l *locale.Locale, r detect.Reason) string {
	switch {
	case r.Networks > 0 && r.Code != detect.ReasonFewSources:
		return l.Count("reason_need_networks", int64(r.Networks), nil)
	case r.Holders > 0 && r.Code != detect.ReasonFewHolders:
		return l.Count("reason_need_holders", int64(r.Holders), nil)
	case r.Share > 0 && r.Code != detect.ReasonOneSource:
		return l.Fill("reason_need_share", locale.Values{"Share": l.Percent(r.Share, 0)})
	}
	return ""
}

// confidenceSentence words the confidence, never as certainty. It returns ""
// below one half, because a level outlasts its evidence for a while.
func confidenceSentence(l *locale.Locale, confidence float64) string {
	switch {
	case confidence > 0.99:
		return l.Say("reason_very_sure")
	case confidence >= 0.5:
		return l.Fill("reason_sure", locale.Values{"Share": l.Percent(math.Floor(100*confidence)/100, 0)})
	}
	return ""
}

// mutedSentence words until when a service is muted, and why.
func mutedSentence(l *locale.Locale, s status.Status) string {
	if s.Muted == nil {
		return ""
	}
	until := locale.Values{"Date": l.Date(s.Muted.Until), "Time": l.Time(s.Muted.Until)}
	said, _ := textFor(l.Code, s.Muted.Text)
	return locale.Join(l.Fill("reason_muted", until), strings.ReplaceAll(said, "**", ""))
}
