package incident

import "slices"

// Timeline returns events of in with times that fit it. The end is found by
// looking back, so the last of them may have been noticed after it.
func (in *Incident) Timeline(events []Event) []Event {
	fitting := slices.Clone(events)
	for i := range fitting {
		if e := &fitting[i]; !in.Resolved.IsZero() && in.Resolved.Before(e.At) {
			e.At = in.Resolved
		}
	}
	return fitting
}
