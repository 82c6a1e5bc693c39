package archive

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/publish"
)

func TestEventsAreResumedOrReportedMissed(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		wantMissed := func(after int64, want bool) {
			t.Helper()
			if _, missed, err := a.Events(t.Context(), after, 10); err != nil || missed != want {
				t.Errorf("Events(%d): missed %v, error %v; want missed %v", after, missed, err, want)
			}
		}
		wantMissed(0, false)
		wantMissed(1, true) // the ID of another archive

		var events []publish.Event
		for range KeptEvents + 5 {
			events = append(events, publish.Event{Name: publish.Status, Service: "acme", At: noon})
		}
		events[1].Countries, events[1].Data = []string{"IN", "BD"}, json.RawMessage(`{"level":"outage"}`)
		kept, err := a.SaveIncident(t.Context(), outage("acme-2026-03-04-1200", "acme", noon), nil, events)
		if err != nil {
			t.Fatal(err)
		}
		got, missed, err := a.Events(t.Context(), 1, 2)
		if err != nil || missed {
			t.Fatalf("Events(1): missed %v, error %v; want none missed", missed, err)
		}
		if diff := cmp.Diff(kept[1:3], got); diff != "" {
			t.Errorf("Events(1) (-want +got):\n%s", diff)
		}
		if kept[1].ID != 2 || events[1].ID != 0 {
			t.Errorf("SaveIncident: ID %d in the result and %d in the argument; want 2 and 0", kept[1].ID, events[1].ID)
		}

		if err := a.Retain(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		got, _, err = a.Events(t.Context(), 0, 1)
		if err != nil || len(got) != 1 || got[0].ID != 6 {
			t.Fatalf("Events(0) after Retain = %+v, %v; want ID 6 first", got, err)
		}
		wantMissed(4, true)
		wantMissed(5, false)
		wantMissed(KeptEvents+5, false)
		wantMissed(KeptEvents+6, true)
	})
}
