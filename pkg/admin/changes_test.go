package admin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

// past is the incidents of one service, oldest first.
type past []*incident.Incident

func (p past) Incident(_ context.Context, id string) (incident.Incident, error) {
	for _, in := range p {
		if in.ID == id {
			return *in, nil
		}
	}
	return incident.Incident{}, fault.New(fault.NotFound, "there is no such incident")
}

func (p past) Neighbours(_ context.Context, _ string, onset time.Time) (before, after *incident.Incident, err error) {
	for _, in := range p {
		switch {
		case in.IsRetracted():
		case in.Onset.Before(onset):
			before = in
		case in.Onset.After(onset) && after == nil:
			after = in
		}
	}
	return before, after, nil
}

func (p past) Exclusion(context.Context, int64) (window.Exclusion, error) {
	return window.Exclusion{}, fault.New(fault.NotFound, "nothing is excluded")
}

// lasting returns an incident that began some minutes after noon and lasted for
// others; none means that it goes on.
func lasting(t *testing.T, begins, lasts int) *incident.Incident {
	t.Helper()
	onset := noon.Add(time.Duration(begins) * time.Minute)
	in, _ := incident.Declare("whatsapp", onset, time.Time{}, nil, incident.Order{Action: 1000, At: onset.Add(time.Minute)})
	if lasts == 0 {
		return in
	}
	end := onset.Add(time.Duration(lasts) * time.Minute)
	over, _, err := in.Correct(incident.Order{Action: 1001, At: end}, incident.Fix{End: end})
	if err != nil {
		t.Fatal(err)
	}
	return over
}

func TestIncidentsOfAServiceNeverOverlap(t *testing.T) {
	now := noon.Add(5 * time.Hour)
	all := past{lasting(t, 0, 30), lasting(t, 60, 30), lasting(t, 120, 30)}
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct {
		name        string
		action      Action
		field, says string // of the error; "" for none
	}{
		{"an onset before the end of the one before", Action{Kind: Correct, Incident: all[1].ID, Onset: at(20)}, "onset", all[0].ID},
		{"an onset after it", Action{Kind: Correct, Incident: all[1].ID, Onset: at(40)}, "", ""},
		{"an end after the onset of the next one", Action{Kind: Correct, Incident: all[1].ID, End: at(125)}, "end", all[2].ID},
		{"an end before it", Action{Kind: Correct, Incident: all[1].ID, End: at(110)}, "", ""},
		{"one declared within another", Action{Kind: Declare, Service: "whatsapp", Onset: at(130)}, "onset", all[2].ID},
		{"one declared before another", Action{Kind: Declare, Service: "whatsapp", Onset: at(45)}, "onset", all[1].ID},
		{"one declared after all", Action{Kind: Declare, Service: "whatsapp", Onset: at(200)}, "", ""},
		{"neighbours that are merged", Action{Kind: Merge, Incident: all[1].ID, Into: all[0].ID}, "", ""},
		{"others that are merged", Action{Kind: Merge, Incident: all[2].ID, Into: all[0].ID}, "into", all[1].ID},
	} {
		changes, err := c.action.Changes(t.Context(), 7, now, all)
		var f *fault.Error
		errors.As(err, &f)
		switch {
		case c.field == "" && (err != nil || len(changes) == 0):
			t.Errorf("%s: %v, %v; want it changed", c.name, changes, err)
		case c.field != "" && (f == nil || f.Kind != fault.Invalid || f.Field != c.field || !strings.Contains(f.Msg, c.says)):
			t.Errorf("%s: %v; want an error of the field %s that names %s", c.name, err, c.field, c.says)
		}
	}
}

func TestAnActionChangesEachIncidentOnce(t *testing.T) {
	now := noon.Add(5 * time.Hour)
	all := past{lasting(t, 0, 30), lasting(t, 60, 0)}
	merge := Action{Kind: Merge, Incident: all[1].ID, Into: all[0].ID}
	first, err := merge.Changes(t.Context(), 7, now, all)
	if err != nil || len(first) != 2 || first[0].Replaces != all[1].ID || len(first[1].Timeline) != 1 {
		t.Fatalf("merge: %+v, %v; want both changed", first, err)
	}
	all[0] = first[0].After // saved; then the process died
	rest, err := merge.Changes(t.Context(), 7, now, all)
	if err != nil || len(rest) != 2 || len(rest[0].Timeline) != 0 || rest[0].After.Version != all[0].Version || len(rest[1].Timeline) != 1 {
		t.Fatalf("merge again: %+v, %v; want only the other one changed", rest, err)
	}
	all[1] = rest[1].After
	if again, err := merge.Changes(t.Context(), 7, now, all); err != nil || len(again) != 1 || len(again[0].Timeline) != 0 {
		t.Errorf("merge a third time: %+v, %v; want nothing changed", again, err)
	}
	note := Action{Kind: Note, Incident: all[0].ID, Text: map[string]string{"en": "a"}}
	noted, err := note.Changes(t.Context(), 8, now, all)
	if err != nil || len(noted) != 1 {
		t.Fatalf("note: %+v, %v", noted, err)
	}
	all[0] = noted[0].After
	if again, err := note.Changes(t.Context(), 8, now, all); err != nil || len(again) != 0 {
		t.Errorf("note again: %+v, %v; want nothing changed", again, err)
	}
}

func TestAMuteEndsTheIncidentThatGoesOn(t *testing.T) {
	mute := Action{Kind: MuteService, Service: "whatsapp", Hours: 2, Text: map[string]string{"en": "a"}}
	now := noon.Add(5 * time.Hour)
	changes, err := mute.Changes(t.Context(), 7, now, past{lasting(t, 60, 0)})
	if err != nil || len(changes) != 1 || changes[0].After.State != incident.Resolved || !changes[0].After.EndedByHand() {
		t.Errorf("with an incident: %+v, %v", changes, err)
	}
	if changes, err = mute.Changes(t.Context(), 7, now, past{lasting(t, 60, 30)}); err != nil || len(changes) != 0 {
		t.Errorf("without one: %+v, %v; want no change", changes, err)
	}
	if got := mute.Mute(now).Until; !got.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("it lasts until %s, want two hours", got)
	}
}
