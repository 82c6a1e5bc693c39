package status

import (
	"math"
	"slices"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// mostWhenOK is the highest confidence at level ok: while less than a quorum
// reports it, an outage is not likelier than not.
const mostWhenOK = 0.5

// explain sets the reason and the confidence of s, so that they agree with its
// level and its window. The verdict v is about the last minutes; readers see it
// beside the counts of a quarter of an hour.
func (s *Status) explain(v detect.Verdict) {
	s.Reason = v.Reason
	if s.Reason.Code == "" {
		s.Reason.Code = detect.ReasonUsual
	}
	if v.Window > 0 { // Below is for the verdict's window; readers see the default one
		s.Reason.Below *= float64(s.Window) / float64(v.Window)
	}
	if s.Muted != nil && s.Level == detect.OK {
		s.Reason, s.Confidence = detect.Reason{Code: detect.ReasonMuted}, 0
		return
	}
	if s.Level == detect.OK {
		s.Confidence = min(s.Confidence, mostWhenOK)
		s.Reason.Code, s.Reason.Below = s.calmReason(), 0
		return
	}
	if float64(s.Observed) < math.Ceil(s.Reason.Below) {
		// Of a window that begins before the trouble, the end takes no less.
		s.Reason.Below, s.Ebbing = 0, !s.From.Before(s.Onset)
	}
	switch s.Reason.Code {
	case detect.ReasonBrief, detect.ReasonFewSources, detect.ReasonFewHolders, detect.ReasonOneSource, detect.ReasonUnusual, detect.ReasonEasing, detect.ReasonUsual:
		switch {
		case !s.Above:
			s.Reason.Code = s.reasonWithin()
		case s.Reason.Code == detect.ReasonUsual: // explains no trouble
			s.Reason.Code = detect.ReasonUnusual
		}
	}
}

// calmReasons are the reasons of verdicts that explain why a window above its usual
// range is no trouble.
var calmReasons = []detect.ReasonCode{
	detect.ReasonFewSources, detect.ReasonFewHolders, detect.ReasonOneSource, detect.ReasonCommonRise, detect.ReasonDismissed,
}

// calmReason returns the reason without trouble.
func (s *Status) calmReason() detect.ReasonCode {
	code := s.Reason.Code
	switch {
	case code == detect.ReasonNoHistory || code == detect.ReasonNotCounted:
		return code
	case !s.Above:
		return detect.ReasonUsual
	case s.State == incident.Resolved && s.From.Before(s.Since):
		return detect.ReasonEnded
	case slices.Contains(calmReasons, code):
		return code
	}
	return s.reasonAbove()
}

// reasonAbove returns the reason without trouble of a window above its usual range.
func (s *Status) reasonAbove() detect.ReasonCode {
	if s.IsNew {
		return detect.ReasonNoHistory
	}
	return detect.ReasonAbove
}

// reasonWithin returns the reason of trouble while the window is within its usual
// range.
func (s *Status) reasonWithin() detect.ReasonCode {
	switch {
	case slices.ContainsFunc(s.Countries, isLocalTrouble):
		return detect.ReasonLocal
	case s.State != incident.Recovering && s.From.Before(s.Onset):
		return detect.ReasonSudden
	}
	return detect.ReasonSettling
}

// isLocalTrouble reports whether c is in trouble and above its usual range.
func isLocalTrouble(c Country) bool {
	return c.Above && (c.Level == detect.Warning || c.Level == detect.Outage)
}

// Local returns the countries that explain the reason local, most reports first.
func (s Status) Local() []Country {
	var all []Country
	for _, c := range s.Countries {
		if isLocalTrouble(c) {
			all = append(all, c)
		}
	}
	return all
}
