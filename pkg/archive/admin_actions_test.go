package archive

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
)

func TestTheAuditTrailKeepsEveryActionWithItsKey(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		want := admin.Entry{At: noon, Key: admin.Key{ID: "k1", Name: "desk", Prefix: "outcry_admin_abc"}, State: admin.Waiting, Action: admin.Action{
			Kind: admin.Correct, Incident: "acme-1", Text: map[string]string{"bn": "ভুল"}, Onset: noon, End: noon.Add(time.Hour), Countries: []string{"BD"}, Hours: 2,
		}}
		for i := range 3 {
			e, err := a.AddAction(t.Context(), want)
			if err != nil || e.ID != int64(i+1) {
				t.Fatalf("AddAction = %+v, %v; want the ID %d", e, err, i+1)
			}
		}
		want.ID, want.State, want.Done, want.Message = 2, admin.Refused, noon.Add(time.Second), "no"
		if err := a.FinishAction(t.Context(), 2, admin.Refused, "no", want.Done); err != nil {
			t.Fatal(err)
		}
		if err := a.FinishAction(t.Context(), 2, admin.Applied, "", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		got, err := a.Action(t.Context(), 2)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Action(2): %v (-want +got):\n%s", err, diff)
		}
		if _, err := a.Action(t.Context(), 9); fault.KindOf(err) != fault.NotFound {
			t.Errorf("Action(9): %v, want not found", err)
		}
		ids := func(entries []admin.Entry, err error) (list []int64) {
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				list = append(list, e.ID)
			}
			return list
		}
		if diff := cmp.Diff([]int64{1, 3}, ids(a.WaitingActions(t.Context()))); diff != "" {
			t.Errorf("WaitingActions (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int64{3, 2}, ids(a.Actions(t.Context(), 0, 2))); diff != "" {
			t.Errorf("Actions(0, 2) (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int64{1}, ids(a.Actions(t.Context(), 2, 2))); diff != "" {
			t.Errorf("Actions(2, 2) (-want +got):\n%s", diff)
		}
	})
}

func TestARetractedIncidentIsKeptAndNotListed(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		one := outage("acme-1", "acme", noon.Add(-2*time.Hour))
		one.State, one.Resolved = incident.Resolved, noon.Add(-time.Hour)
		gone, _, err := one.Retract(incident.Order{Action: 1, At: noon, Text: map[string]string{"en": "A test."}})
		if err != nil {
			t.Fatal(err)
		}
		save(t, a, *gone)
		save(t, a, outage("acme-0", "acme", noon.Add(-4*time.Hour)))
		save(t, a, outage("acme-2", "acme", noon))
		kept, _, err := a.Incident(t.Context(), "acme-1")
		if diff := cmp.Diff(*gone, kept); diff != "" || err != nil {
			t.Errorf("Incident: %v (-want +got):\n%s", err, diff)
		}
		listed, _, err := a.Incidents(t.Context(), IncidentFilter{Service: "acme"})
		if err != nil || len(listed) != 2 {
			t.Errorf("Incidents: %d, %v; want the two that were not retracted", len(listed), err)
		}
		listed, _, err = a.Incidents(t.Context(), IncidentFilter{States: []incident.State{Retracted}})
		if err != nil || len(listed) != 1 || listed[0].ID != "acme-1" {
			t.Errorf("Incidents that were retracted: %+v, %v", listed, err)
		}
		before, after, err := a.Neighbours(t.Context(), "acme", noon.Add(-2*time.Hour))
		if err != nil || before == nil || before.ID != "acme-0" || after == nil || after.ID != "acme-2" {
			t.Errorf("Neighbours = %v, %v, %v; want acme-0 and acme-2", before, after, err)
		}
		if before, after, err = a.Neighbours(t.Context(), "umbrella", noon); err != nil || before != nil || after != nil {
			t.Errorf("Neighbours of another service = %v, %v, %v; want none", before, after, err)
		}
	})
}

func TestMutesLastUntilTheirTime(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		set := func(service string, until time.Time) {
			t.Helper()
			m := admin.Mute{Service: service, Mute: incident.Mute{Until: until, Text: map[string]string{"bn": "প্রচার"}}}
			if err := a.SetMute(t.Context(), m, noon); err != nil {
				t.Fatal(err)
			}
		}
		set("acme", noon.Add(time.Hour))
		set("acme", noon.Add(2*time.Hour))
		set("umbrella", noon.Add(time.Hour))
		set("umbrella", noon)
		got, err := a.Mutes(t.Context(), noon)
		want := []admin.Mute{{Service: "acme", Mute: incident.Mute{Until: noon.Add(2 * time.Hour), Text: map[string]string{"bn": "প্রচার"}}}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Mutes: %v (-want +got):\n%s", err, diff)
		}
		if got, err = a.Mutes(t.Context(), noon.Add(2*time.Hour)); err != nil || len(got) != 0 {
			t.Errorf("Mutes two hours later = %+v, %v; want none", got, err)
		}
	})
}

func TestBlocksLastUntilTheirTime(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		one := report.Block{Day: 19290, V6: true, Bits: 48, Hash: 1<<63 + 7, Until: noon.Add(time.Hour)}
		other := report.Block{Day: 19290, Bits: 24, Hash: 5, Until: noon.Add(2 * time.Hour)}
		ended := other
		ended.Until = noon
		for _, b := range []report.Block{one, other} {
			if err := a.SetBlock(t.Context(), b, noon); err != nil {
				t.Fatal(err)
			}
		}
		got, err := a.Blocks(t.Context(), noon)
		if diff := cmp.Diff([]report.Block{other, one}, got); diff != "" || err != nil {
			t.Errorf("Blocks: %v (-want +got):\n%s", err, diff)
		}
		if err := a.SetBlock(t.Context(), ended, noon); err != nil {
			t.Fatal(err)
		}
		got, err = a.Blocks(t.Context(), noon)
		if diff := cmp.Diff([]report.Block{one}, got); diff != "" || err != nil {
			t.Errorf("Blocks after one was ended: %v (-want +got):\n%s", err, diff)
		}
	})
}
