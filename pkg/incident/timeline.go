package incident

import "slices"

// Timeline returns events of in with times that fit it. The end is found by
// looking back, so the last of them may have been noticed after it. What an
// operator did keeps its time.
func (in *Incident) Timeline(events []Event) []Event {
	fitting := slices.Clone(events)
	for i := range fitting {
		if e := &fitting[i]; !e.Change.IsByHand() && !in.Resolved.IsZero() && in.Resolved.Before(e.At) {
			e.At = in.Resolved
		}
	}
	return fitting
}

// IsByHand reports whether an operator makes c.
func (c Change) IsByHand() bool {
	switch c {
	case Annotated, Retracted, Corrected, Declared, Merged, Muted:
		return true
	}
	return false
}
