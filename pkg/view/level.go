package view

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Look returns the level that decides the colour and shape of a status. An
// outage that recovers looks like a warning, and a muted service like one of which
// nothing is known.
func Look(s status.Status) string {
	if isMuted(s) {
		return detect.Unknown.String()
	}
	if s.State == incident.Recovering && s.Level == detect.Outage {
		return detect.Warning.String()
	}
	return s.Level.String()
}

// levelKey returns the key of the word for the level of s where it stands alone.
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
	case isMuted(s):
		return "level_muted"
	case s.State == incident.Resolved:
		return "level_over"
	case isAbove(s):
		return "level_above"
	}
	return "level_ok"
}

// SentenceKey returns the key of the word for the level of s within a sentence.
func SentenceKey(s status.Status) string {
	switch {
	case s.Level == detect.Unknown:
		return "inline_unknown"
	case s.State == incident.Recovering:
		return "inline_recovering"
	case s.Level == detect.Outage:
		return "inline_outage"
	case s.Level == detect.Warning:
		return "inline_warning"
	case isMuted(s):
		return "inline_muted"
	case s.State == incident.Resolved:
		return "inline_over"
	case isAbove(s):
		return "inline_above"
	}
	return "inline_ok"
}

// isMuted reports whether the operators let nothing of the service be judged.
func isMuted(s status.Status) bool { return s.Muted != nil && s.Level == detect.OK }

// isAbove reports whether s says that there are more reports than usual. It does
// not while what is usual is not known.
func isAbove(s status.Status) bool { return s.Above && s.Reason.Code != detect.ReasonNoHistory }

// InTrouble reports whether the level of s is a warning or an outage.
func InTrouble(s status.Status) bool { return s.Level == detect.Warning || s.Level == detect.Outage }

// severity returns the place of the level of s in a list that has the worst
// first.
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

// compareTrouble orders statuses, worst first. Of two with one level the first
// is the one with more reports in relation to its expected count.
func compareTrouble(a, b status.Status) int {
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

// latestAsOf returns the latest as-of time.
func latestAsOf(all []status.Status) (t time.Time) {
	for _, s := range all {
		if s.AsOf.After(t) {
			t = s.AsOf
		}
	}
	return t
}

// windowOf returns the window of statuses.
func windowOf(all []status.Status) time.Duration {
	for _, s := range all {
		if s.Window > 0 {
			return s.Window
		}
	}
	return window.Default
}

// allUnknown reports whether no service could be counted.
func allUnknown(all []status.Status) bool {
	return !slices.ContainsFunc(all, func(s status.Status) bool { return s.Level != detect.Unknown })
}

// incidentLook returns the look of the highest level of an incident.
func incidentLook(inc incident.Incident) string {
	if inc.Declared.IsZero() {
		return detect.Warning.String()
	}
	return detect.Outage.String()
}

// incidentLevelKey returns the key of the word for the highest level of an
// incident where it stands alone.
func incidentLevelKey(inc incident.Incident) string {
	if inc.Declared.IsZero() {
		return "level_warning"
	}
	return "level_outage"
}

// incidentSentenceKey returns the key of the word for the highest level of an
// incident within a sentence.
func incidentSentenceKey(inc incident.Incident) string {
	if inc.Declared.IsZero() {
		return "inline_warning"
	}
	return "inline_outage"
}
