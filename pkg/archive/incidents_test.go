package archive

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
)

// outage returns an incident with every field set.
func outage(id, service string, onset time.Time) incident.Incident {
	return incident.Incident{
		ID: id, Service: service, Version: 3, State: incident.Recovering, Level: detect.Outage,
		Onset: onset, Suspected: onset.Add(time.Minute), Declared: onset.Add(2 * time.Minute), Easing: onset.Add(time.Hour),
		Updated: onset.Add(time.Hour + 123*time.Millisecond), Held: onset.Add(90 * time.Second),
		Peak:    incident.Peak{At: onset.Add(10 * time.Minute), Window: 15 * time.Minute, Observed: 400, Expected: 3.25},
		Reports: 1234,
		Countries: []incident.Segment{
			{ID: "IN", Level: detect.Outage, Observed: 300, Expected: 2}, {ID: "BD", Level: detect.Warning, Observed: 40, Expected: 0.5},
		},
		Symptoms: []incident.Segment{{ID: "connection", Level: detect.Outage, Observed: 200, Expected: 1.5}},
		Linked:   []string{"umbrella-2026-03-04-1200"},
		EchoOf:   "umbrella",
		Echoed:   onset.Add(time.Minute),
		Verdict: detect.Verdict{
			At: onset.Add(time.Hour), Level: detect.Outage, Score: 88.125, Threshold: 12, Window: 5 * time.Minute, Observed: 90,
			Expected: 2.5, Networks: 40, Largest: 0.125, Confidence: 0.999, Anomalous: true, Easing: true, Onset: onset,
			Reason: detect.Reason{Code: detect.ReasonEasing, Networks: 10, Share: 0.4, Below: 12},
		},
	}
}

// save saves an incident without timeline and events.
func save(t *testing.T, a *Archive, inc incident.Incident) {
	t.Helper()
	if _, err := a.SaveIncident(t.Context(), inc, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAnIncidentComesBackAsItWasSaved(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		want := outage("acme-2026-03-04-1200", "acme", noon)
		timeline := []incident.Event{
			{Incident: want.ID, Version: 1, At: noon, Change: incident.BecameSuspected, State: incident.Suspected, Observed: 9, Expected: 0.5, Window: 5 * time.Minute, Networks: 3, Countries: []string{"IN"}},
			{Incident: want.ID, Version: 3, At: noon.Add(time.Hour), Change: incident.BecameRecovering, State: incident.Recovering},
		}
		save(t, a, want)
		next := want
		next.Version++
		if _, err := a.SaveIncident(t.Context(), next, append(timeline, timeline[0]), nil); err != nil {
			t.Fatal(err)
		}
		inc, events, err := a.Incident(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(next, inc); diff != "" {
			t.Errorf("Incident: incident (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(timeline, events); diff != "" {
			t.Errorf("Incident: timeline (-want +got):\n%s", diff)
		}
		if _, _, err := a.Incident(t.Context(), "none"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("Incident(none): %v, want an error of kind not found", err)
		}
	})
}

func TestAnOldVersionChangesNothingAndHasNoEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		inc := outage("acme-1", "acme", noon)
		events := []publish.Event{{Name: publish.Incident, Service: "acme", Countries: []string{"IN"}, At: noon, Data: json.RawMessage(`{"a":1}`)}}
		entry := []incident.Event{{Incident: inc.ID, Version: 3, At: noon, Change: incident.CountriesChanged}}
		saved, err := a.SaveIncident(t.Context(), inc, entry, events)
		if err != nil || len(saved) != 1 || saved[0].ID != 1 {
			t.Fatalf("SaveIncident = %+v, %v; want the event with ID 1", saved, err)
		}
		for _, version := range []int64{3, 2} {
			old := outage("acme-1", "acme", noon)
			old.Version, old.State, old.Countries = version, incident.Suspected, nil
			stale := []incident.Event{{Incident: inc.ID, Version: version, At: noon, Change: incident.Reopened}}
			if saved, err := a.SaveIncident(t.Context(), old, stale, events); err != nil || len(saved) != 0 {
				t.Errorf("SaveIncident of version %d = %v, %v; want no events", version, saved, err)
			}
		}
		got, timeline, err := a.Incident(t.Context(), "acme-1")
		if err != nil || got.State != incident.Recovering || len(got.Countries) != 2 || len(timeline) != 1 {
			t.Errorf("Incident = %+v with %d entries, %v; want what was saved first", got, len(timeline), err)
		}
		if events, _, err := a.Events(t.Context(), 0, 2); err != nil || len(events) != 1 {
			t.Errorf("Events(0) = %+v, %v; want the one that was saved first", events, err)
		}
	})
}

func TestIncidentsAreFilteredAndPaged(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		for i := range 7 {
			inc := outage(fmt.Sprintf("acme-%d", i), "acme", noon.Add(time.Duration(i/2)*time.Hour)) // two with each onset
			if i%2 == 0 {
				inc.State = incident.Resolved
			}
			if i == 3 {
				inc.Countries = []incident.Segment{{ID: "DE"}}
			}
			save(t, a, inc)
		}
		save(t, a, outage("umbrella-1", "umbrella", noon.Add(-time.Hour)))
		moved := outage("umbrella-1", "umbrella", noon.Add(-time.Hour))
		moved.Version, moved.Countries = 9, []incident.Segment{{ID: "FR"}}
		save(t, a, moved)

		for _, c := range []struct {
			name   string
			filter IncidentFilter
			want   []string
		}{
			{"all", IncidentFilter{}, []string{"acme-6", "acme-5", "acme-4", "acme-3", "acme-2", "acme-1", "acme-0", "umbrella-1"}},
			{"of a service", IncidentFilter{Service: "umbrella"}, []string{"umbrella-1"}},
			{"of a country", IncidentFilter{Country: "DE"}, []string{"acme-3"}},
			{"of a country that no longer explains it", IncidentFilter{Country: "IN", Service: "umbrella"}, nil},
			{"in a state", IncidentFilter{States: []incident.State{incident.Resolved}}, []string{"acme-6", "acme-4", "acme-2", "acme-0"}},
			{"in two states", IncidentFilter{States: []incident.State{incident.Resolved, incident.Recovering}, Service: "umbrella"}, []string{"umbrella-1"}},
			{"of a time", IncidentFilter{From: noon, To: noon.Add(time.Hour)}, []string{"acme-1", "acme-0"}},
		} {
			for _, limit := range []int{0, 1, 3} {
				c.filter.Limit, c.filter.Before = limit, ""
				var got []string
				for pages := 0; ; pages++ {
					page, next, err := a.Incidents(t.Context(), c.filter)
					if err != nil || pages > 10 {
						t.Fatalf("%s: Incidents, page %d: %v", c.name, pages, err)
					}
					for _, inc := range page {
						got = append(got, inc.ID)
					}
					if next == "" {
						break
					}
					if limit > 0 && len(page) != limit {
						t.Errorf("%s: Incidents: a page of %d, want %d", c.name, len(page), limit)
					}
					c.filter.Before = next
				}
				if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s, %d a page: Incidents (-want +got):\n%s", c.name, limit, diff)
				}
			}
		}
		for _, bad := range []string{"?", "bm9uZQ", "eCB5"} {
			if _, _, err := a.Incidents(t.Context(), IncidentFilter{Before: bad}); fault.KindOf(err) != fault.Invalid {
				t.Errorf("Incidents with cursor %q: %v, want an error of kind invalid", bad, err)
			}
		}
	})
}
