package view

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
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

// NewVerdict words the level of a service.
func NewVerdict(l *locale.Locale, s status.Status) Verdict {
	v := Verdict{Level: Look(s), Shape: Look(s), Word: l.Say(levelKey(s))}
	switch {
	case s.Level == detect.Unknown && s.LastKnown.IsZero():
		v.When = append(v.When, locale.Moment{Parts: locale.Parts(l.Say("never_counted"))})
	case s.Level == detect.Unknown:
		v.When = append(v.When, l.Since(s.LastKnown, s.AsOf), locale.Moment{Parts: locale.Parts(l.Say("chart_gap"))})
	case !Began(s).IsZero():
		v.When = append(v.When, l.Since(Began(s), s.AsOf))
	}
	if s.Level != detect.Unknown {
		v.When = append(v.When, l.Moment("as_of", s.AsOf))
	}
	return v
}

// Began returns since when a service is as it is: in trouble since the onset of its
// incident, which the chart and the timeline mark too.
func Began(s status.Status) time.Time {
	if InTrouble(s) && !s.Onset.IsZero() {
		return s.Onset
	}
	return s.Since
}
