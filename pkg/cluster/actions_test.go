package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/redisconn"
)

// archivedIncidents is the audit trail's archive, in which every incident is found.
type archivedIncidents struct{ monitor.Actions }

func (archivedIncidents) Incident(_ context.Context, id string) (incident.Incident, []incident.Event, error) {
	return incident.Incident{ID: id}, nil, nil
}

func TestAPastIncidentIsChangedWithoutReplacingTheLiveOne(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		leader := connectConclusions(connect, 1)
		save(t, leader, 1, incidentOf("acme", 1, incident.Confirmed), 0)
		past := incidentOf("acme", 7, incident.Resolved)
		past.ID = "acme-2022-10-20-0900"
		if events := save(t, leader, 1, past, 1); len(events) != 1 || events[0].ID == 0 {
			t.Errorf("events of the past incident: %+v, want one with an ID", events)
		}
		all, err := leader.Incidents(t.Context())
		if err != nil || len(all) != 1 || all[0].ID != "acme-2022-10-25-1200" {
			t.Errorf("Incidents = %+v, %v; want the live one", all, err)
		}

		actions := termActions{archivedIncidents{}, leader}
		if _, _, err := actions.Incident(t.Context(), past.ID); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("Incident on its way to the archive: %v, want unavailable", err)
		}
		waiting, err := leader.Unarchived(t.Context(), 10)
		if err != nil || len(waiting) != 2 || waiting[1].Incident.ID != past.ID {
			t.Fatalf("Unarchived = %+v, %v; want both incidents", waiting, err)
		}
		if err := leader.DropArchived(t.Context(), waiting); err != nil {
			t.Fatal(err)
		}
		if in, _, err := actions.Incident(t.Context(), past.ID); err != nil || in.ID != past.ID {
			t.Errorf("Incident in the archive = %+v, %v", in, err)
		}
	})
}

func TestWhatWasDismissedIsRememberedWhileItsCountsMayBeHigh(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		leader := connectConclusions(connect, 1)
		gone := incidentOf("acme", 2, incident.Resolved)
		gone.RetractedAt, gone.Dismissed, gone.Resolved = noon, noon, noon
		save(t, leader, 1, gone, 0)
		for _, step := range []struct {
			at   time.Duration
			want int
		}{{2 * time.Hour, 1}, {49 * time.Hour, 0}} {
			if err := leader.Forget(t.Context(), noon.Add(step.at)); err != nil {
				t.Fatal(err)
			}
			if all, err := leader.Incidents(t.Context()); err != nil || len(all) != step.want {
				t.Errorf("%s later there are %d incidents, %v; want %d", step.at, len(all), err, step.want)
			}
		}
	})
}
