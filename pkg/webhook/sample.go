package webhook

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// sample returns the incident of a test message, which looks like a real one of a
// service that does not exist.
func sample(at time.Time) incident.Incident {
	onset := at.UTC().Truncate(time.Minute).Add(-10 * time.Minute)
	return incident.Incident{
		ID: "example" + onset.Format("-2006-01-02-1504"), Service: "example", Version: 2, State: incident.Confirmed, Level: detect.Outage,
		Onset: onset, Suspected: onset.Add(2 * time.Minute), Declared: onset.Add(4 * time.Minute), Updated: at.UTC(),
		Peak: incident.Peak{At: onset.Add(10 * time.Minute), Window: 10 * time.Minute, Observed: 210, Expected: 4}, Reports: 210,
		Countries: []incident.Segment{{ID: "BD", Level: detect.Outage, Observed: 150, Expected: 2.5}},
		Symptoms:  []incident.Segment{{ID: "connection", Level: detect.Outage, Observed: 120, Expected: 2}},
		Verdict:   detect.Verdict{Networks: 64, Confidence: 0.99},
	}
}
