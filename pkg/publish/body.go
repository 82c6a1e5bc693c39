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

// The bodies of events, as api/openapi.yaml describes them; a test of httpapi
// compares the two.
type (
	numbers struct {
		Window   string  `json:"window"`
		Observed int64   `json:"observed"`
		Expected float64 `json:"expected"`
	}
	// related is what the incidents of other services say of one.
	related struct {
		Linked []string `json:"linked"`
		EchoOf *string  `json:"echo_of"` // a slug; null where the trouble is the service's own
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
		related
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
		related
	}
	countsBody struct {
		Service string    `json:"service"`
		AsOf    time.Time `json:"as_of"`
		numbers
		Level string `json:"level"`
	}
)

// NewStatusEvent is the event that tells the level of inc's service, and what else
// belongs to its trouble. It concerns
// the incident's countries; its end concerns all, so that nobody goes on showing
// an outage because a country left the incident before. It has no ID yet; the
// event log gives it one.
func NewStatusEvent(inc incident.Incident) Event {
	v := inc.Verdict
	b := statusBody{
		Service: inc.Service, Level: inc.Level.String(), State: inc.State, AsOf: inc.Updated.UTC(), numbers: numbersOf(v),
		Networks: v.Networks, Confidence: Rounded(v.Confidence), Incident: inc.ID,
		related: relatedOf(inc),
	}
	var concerned []string
	if inc.Level != detect.OK {
		concerned = countryCodes(inc)
	}
	return newEvent(Status, inc.Service, concerned, inc.Updated, b)
}

// NewIncidentEvent is the event that tells e, which happened to inc. It concerns
// the incident's countries; its end and its spread, after which a country may
// have left, concern all. It has no ID yet; the event log gives it one.
func NewIncidentEvent(inc incident.Incident, e incident.Event) Event {
	b := incidentBody{
		Incident: inc.ID, Service: inc.Service, Version: e.Version, At: e.At.UTC(), Change: e.Change, State: e.State,
		Level: inc.Level.String(), Onset: inc.Onset.UTC(),
		numbers:  numbers{Window: window.Name(e.Window), Observed: e.Observed, Expected: Rounded(e.Expected)},
		Networks: e.Networks, Countries: append([]string{}, e.Countries...),
		related: relatedOf(inc),
	}
	var concerned []string
	if e.Change != incident.BecameResolved && e.Change != incident.CountriesChanged {
		concerned = countryCodes(inc)
	}
	return newEvent(Incident, inc.Service, concerned, e.At, b)
}

// NewCountsEvent is the event with the running numbers of a service at a level.
func NewCountsEvent(service string, level detect.Level, v detect.Verdict) Event {
	b := countsBody{Service: service, AsOf: v.At.UTC(), numbers: numbersOf(v), Level: level.String()}
	return newEvent(Counts, service, nil, v.At, b)
}

// Rounded returns x with four decimals, as numbers are shown. What is not a
// number is 0.
func Rounded(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*1e4) / 1e4
}

func numbersOf(v detect.Verdict) numbers {
	return numbers{Window: window.Name(v.Window), Observed: v.Observed, Expected: Rounded(v.Expected)}
}

func relatedOf(inc incident.Incident) related {
	r := related{Linked: append([]string{}, inc.Linked...)}
	if inc.EchoOf != "" {
		r.EchoOf = &inc.EchoOf
	}
	return r
}

func countryCodes(inc incident.Incident) []string {
	codes := make([]string, len(inc.Countries))
	for i, c := range inc.Countries {
		codes[i] = c.ID
	}
	return codes
}

func newEvent(name, service string, countries []string, at time.Time, body any) Event {
	data, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("publish: encode a %s event: %v", name, err)) // the bodies hold only what JSON can say
	}
	return Event{Name: name, Service: service, Countries: countries, At: at.UTC(), Data: data}
}
