package status

import "github.com/outcry/outcry/pkg/incident"

// Current is an archived incident as it is now. The archive learns of an
// incident when its state, its countries or its peak change; its other numbers
// grow meanwhile.
func Current(inc incident.Incident, live incident.Live) incident.Incident {
	now := live.Incident
	if inc.State == incident.Resolved || now == nil || now.ID != inc.ID || now.Version < inc.Version {
		return inc
	}
	return *now
}
