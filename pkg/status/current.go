package status

import "github.com/outcry/outcry/pkg/incident"

// Current returns the newer of an archived incident and its live state. An
// incident is archived when its state, its countries or its peak change; its
// other numbers grow in between.
func Current(archived incident.Incident, live incident.Live) incident.Incident {
	now := live.Incident
	if archived.State == incident.Resolved || now == nil || now.ID != archived.ID || now.Version < archived.Version {
		return archived
	}
	return *now
}
