package publish

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// The bodies of events. api/openapi.yaml describes them, and a test of httpapi
// compares the two.
type (
	// numbers are the counts of a verdict.
	numbers struct {
		Window   string  `json:"window"`
		Observed int64   `json:"observed"`
		Expected float64 `json:"expected"`
	}
	// relations are the links of an incident to those of other services.
	relations struct {
		Event  string   `json:"event,omitempty"` // empty while the incident is alone
		Linked []string `json:"linked"`
		EchoOf *string  `json:"echo_of"` // a slug; null if this is not an echo
	}
	statusBody struct {
		Service string         `json:"service"`
		Level   string         `json:"level"`
		State   incident.State `json:"state,omitempty"`
		AsOf    time.Time      `json:"as_of"`
		numbers
		Networks   int     `json:"networks"`
		Confidence float64 `json:"confidence"`
		Incident   string  `json:"incident,omitempty"`
		relations
	}
	incidentBody struct {
		Incident string          `json:"incident"`
		Service  string          `json:"service"`
		Version  int64           `json:"version"`
		At       time.Time       `json:"at"`
		Change   incident.Change `json:"change"`
		State    incident.State  `json:"state"`
		Level    string          `json:"level"`
		Onset    time.Time       `json:"onset"`
		numbers
		Networks  int      `json:"networks"`
		Countries []string `json:"countries"`
		relations
	}
	countsBody struct {
		Service string    `json:"service"`
		AsOf    time.Time `json:"as_of"`
		numbers
		Level string `json:"level"`
	}
)

// NewStatusEvent returns the event of a change of level of inc's service. It
// concerns the incident's countries. The event of the end concerns all
// countries, so that it also reaches readers of a country that left the incident
// before. It has no ID; the event log assigns one.
func NewStatusEvent(inc incident.Incident) Event {
	v := inc.Verdict
	b := statusBody{
		Service: inc.Service, Level: inc.Level.String(), State: inc.State, AsOf: inc.Updated.UTC(), numbers: numbersOf(v),
		Networks: v.Networks, Confidence: Rounded(v.Confidence), Incident: inc.ID,
		relations: relationsOf(inc),
	}
	var concerned []string
	if inc.Level != detect.OK {
		concerned = countryCodes(inc)
	}
	return newEvent(Status, inc.Service, concerned, inc.Updated, b)
}

// NewIncidentEvent returns the event of e, an entry in the timeline of inc. It
// concerns the incident's countries. The end of the incident, a change of its
// countries and what an operator does concern all countries, because a country may
// have left. It has no ID; the event log assigns one.
func NewIncidentEvent(inc incident.Incident, e incident.Event) Event {
	b := incidentBody{
		Incident: inc.ID, Service: inc.Service, Version: e.Version, At: e.At.UTC(), Change: e.Change, State: e.State,
		Level: inc.Level.String(), Onset: inc.Onset.UTC(),
		numbers:  numbers{Window: window.Name(e.Window), Observed: e.Observed, Expected: Rounded(e.Expected)},
		Networks: e.Networks, Countries: append([]string{}, e.Countries...),
		relations: relationsOf(inc),
	}
	var concerned []string
	if e.Change != incident.BecameResolved && e.Change != incident.CountriesChanged && !e.Change.IsByHand() {
		concerned = countryCodes(inc)
	}
	return newEvent(Incident, inc.Service, concerned, e.At, b)
}

// NewCountsEvent returns the event with the running counts of a service.
func NewCountsEvent(service string, level detect.Level, v detect.Verdict) Event {
	b := countsBody{Service: service, AsOf: v.At.UTC(), numbers: numbersOf(v), Level: level.String()}
	return newEvent(Counts, service, nil, v.At, b)
}

// Rounded returns x rounded to four decimals, for answers and events. For NaN
// and infinities it returns 0.
func Rounded(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*1e4) / 1e4
}

// numbersOf returns the numbers of a verdict.
func numbersOf(v detect.Verdict) numbers {
	return numbers{Window: window.Name(v.Window), Observed: v.Observed, Expected: Rounded(v.Expected)}
}

// Conclusion is a version of an incident, with the new entries of its timeline and the
// events about it.
type Conclusion struct {
	Incident incident.Incident
	Timeline []incident.Event
	Events   []Event
}

// relationsOf returns the relations of an incident.
func relationsOf(inc incident.Incident) relations {
	r := relations{Event: inc.Event, Linked: append([]string{}, inc.Linked...)}
	if inc.EchoOf != "" {
		r.EchoOf = &inc.EchoOf
	}
	return r
}

// countryCodes returns the countries of an incident.
func countryCodes(inc incident.Incident) []string {
	codes := make([]string, len(inc.Countries))
	for i, c := range inc.Countries {
		codes[i] = c.ID
	}
	return codes
}

// newEvent returns an event with body as its data.
func newEvent(name, service string, countries []string, at time.Time, body any) Event {
	data, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("publish: encode a %s event: %v", name, err)) // the bodies hold only values that JSON can encode
	}
	return Event{Name: name, Service: service, Countries: countries, At: at.UTC(), Data: data}
}
