package archive

import (
	"testing"

	"github.com/outcry/outcry/pkg/incident"
)

func TestWhatIsOverMovesToTheEventThatItsOwnBecomesAPartOf(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		store := func(id, service, event string, state incident.State, version int64) {
			t.Helper()
			in := outage(id, service, noon)
			in.Event, in.State, in.Version = event, state, version
			if _, err := a.SaveIncident(t.Context(), in, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		store("over-2026-03-04-1200", "over", "late-2026-03-04-1200", incident.Resolved, 1)
		store("late-2026-03-04-1200", "late", "late-2026-03-04-1200", incident.Confirmed, 1)
		store("early-2026-03-04-1100", "early", "early-2026-03-04-1100", incident.Confirmed, 1)
		store("alone-2026-03-04-1200", "alone", "", incident.Confirmed, 1)
		store("late-2026-03-04-1200", "late", "early-2026-03-04-1100", incident.Confirmed, 2)
		all, _, err := a.Incidents(t.Context(), IncidentFilter{Event: "early-2026-03-04-1100"})
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range all {
			if in.Event != "early-2026-03-04-1100" {
				t.Errorf("%s says that it belongs to %s", in.ID, in.Event)
			}
		}
		if len(all) != 3 {
			t.Errorf("%d incidents in the event, want 3", len(all))
		}
		if page, next, err := a.Incidents(t.Context(), IncidentFilter{Event: "early-2026-03-04-1100", Limit: 2}); err != nil || len(page) != 2 || next == "" {
			t.Errorf("a page has %d incidents and the cursor %q, %v; want 2 and a cursor", len(page), next, err)
		}
	})
}
