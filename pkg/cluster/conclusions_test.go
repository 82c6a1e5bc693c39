package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/redisconn"
)

// incidentOf is a version of a service's incident with something in every kind
// of field.
func incidentOf(service string, version int64, state incident.State) incident.Incident {
	inc := incident.Incident{
		ID: service + "-2022-10-25-1200", Service: service, Version: version, State: state, Level: detect.Outage,
		Onset: noon, Updated: noon.Add(time.Duration(version) * time.Minute), Reports: 100 * version,
		Peak:      incident.Peak{At: noon, Window: time.Minute, Observed: 5, Expected: 0.5},
		Countries: []incident.Segment{{ID: "IN", Level: detect.Warning, Observed: 3, Expected: 0.25}},
		Members:   []incident.Member{{Country: "IN", In: true, Level: detect.Outage, Since: noon}},
		Verdict:   detect.Verdict{At: noon, Score: 12.5, Anomalous: true, Reason: detect.Reason{Code: detect.ReasonUnusual}},
	}
	if state == incident.Resolved {
		inc.Resolved = inc.Updated
	}
	return inc
}

func changeOf(inc incident.Incident) []incident.Event {
	return []incident.Event{{Incident: inc.ID, Version: inc.Version, At: inc.Updated, Change: incident.BecameConfirmed, Countries: []string{"IN"}}}
}

func eventsOf(inc incident.Incident, n int) []publish.Event {
	events := make([]publish.Event, n)
	for i := range events {
		events[i] = publish.Event{Name: publish.Incident, Service: inc.Service, Countries: []string{"IN"}, At: inc.Updated,
			Data: json.RawMessage(fmt.Sprintf(`{"version":%d,"n":%d}`, inc.Version, i))}
	}
	return events
}

// connectConclusions returns the conclusions of one more process, which leads in a
// term, or follows in term 0.
func connectConclusions(connect func() *redisconn.Conn, term int64) *Conclusions {
	return &Conclusions{conn: connect(), term: func() int64 { return term }}
}

// save saves a version with a number of events and returns these.
func save(t *testing.T, c *Conclusions, term int64, inc incident.Incident, events int) []publish.Event {
	t.Helper()
	all, err := c.SaveIncidents(t.Context(), term, []publish.Conclusion{{Incident: inc, Timeline: changeOf(inc), Events: eventsOf(inc, events)}})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func TestEveryProcessReadsTheConclusions(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		leader, follower := connectConclusions(connect, 1), connectConclusions(connect, 0)
		acme := incidentOf("acme", 1, incident.Confirmed)
		first := save(t, leader, 1, acme, 2)
		save(t, leader, 1, incidentOf("umbrella", 1, incident.Resolved), 0)
		acme = incidentOf("acme", 2, incident.Recovering)
		second := save(t, leader, 1, acme, 1)
		saved := append(first, second...)
		if !slices.IsSortedFunc(saved, func(a, b publish.Event) int { return int(a.ID - b.ID) }) || saved[0].ID == 0 {
			t.Errorf("events have IDs %d, %d, %d; want them to rise", saved[0].ID, saved[1].ID, saved[2].ID)
		}
		if again := save(t, leader, 1, incidentOf("acme", 2, incident.Confirmed), 1); again != nil {
			t.Errorf("a version that is not new returns events %+v, want none", again)
		}

		all, err := follower.Incidents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		byService := cmpopts.SortSlices(func(a, b incident.Incident) bool { return a.Service < b.Service })
		if diff := cmp.Diff([]incident.Incident{acme, incidentOf("umbrella", 1, incident.Resolved)}, all, byService); diff != "" {
			t.Errorf("incidents (-saved +read):\n%s", diff)
		}
		for _, c := range []struct {
			after  int64
			want   []publish.Event
			missed bool
		}{
			{0, saved, false},
			{saved[0].ID, saved[1:], false},
			{saved[2].ID, nil, false},
			{saved[2].ID + 1, nil, true},
			{saved[0].ID - 1, saved, true},
		} {
			events, missed, err := follower.Events(t.Context(), c.after, 10)
			if err != nil || missed != c.missed {
				t.Errorf("Events(%d): missed %v, error %v; want %v", c.after, missed, err, c.missed)
			}
			if diff := cmp.Diff(c.want, events, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Events(%d) (-saved +read):\n%s", c.after, diff)
			}
		}
		if err := leader.SaveStates(t.Context(), 1, map[string][]byte{"acme": []byte("a"), "acme/IN": []byte("b")}); err != nil {
			t.Fatal(err)
		}
		if err := leader.SaveStates(t.Context(), 1, map[string][]byte{"acme": []byte("c"), "acme/IN": nil}); err != nil {
			t.Fatal(err)
		}
		states, err := follower.States(t.Context())
		if diff := cmp.Diff(map[string][]byte{"acme": []byte("c")}, states); err != nil || diff != "" {
			t.Errorf("states (-saved +read):\n%s%v", diff, err)
		}
		if err := leader.Forget(t.Context(), noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if all, err := follower.Incidents(t.Context()); err != nil || len(all) != 1 || all[0].Service != "acme" {
			t.Errorf("after Forget there are %+v, %v; want the one that goes on", all, err)
		}
		for _, name := range []string{keyTerm, keyStates, keyIncidents, keyEvents} {
			if left, err := leader.conn.Client.PTTL(t.Context(), leader.key(name)).Result(); err != nil || left <= 0 {
				t.Errorf("%s expires in %v, error %v", name, left, err)
			}
		}
	})
}

func TestATermThatIsOverSavesNothing(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		save(t, connectConclusions(connect, 7), 7, incidentOf("acme", 1, incident.Confirmed), 1)
		for _, c := range []struct {
			process string
			lease   int64 // the term in which the process believes to lead
		}{
			{"a leader that was paused and does not know its successor", 6},
			{"a leader that lost its lease", 0},
			{"a leader in another term since", 8},
		} {
			leader := connectConclusions(connect, c.lease)
			late := incidentOf("acme", 9, incident.Resolved)
			if _, err := leader.SaveIncidents(t.Context(), 6, []publish.Conclusion{{Incident: late, Timeline: changeOf(late), Events: eventsOf(late, 1)}}); !errors.Is(err, ErrNotLeading) {
				t.Errorf("%s: SaveIncident in term 6: %v, want ErrNotLeading", c.process, err)
			}
			if err := leader.SaveStates(t.Context(), 6, map[string][]byte{"acme": []byte("x")}); !errors.Is(err, ErrNotLeading) {
				t.Errorf("%s: SaveStates in term 6: %v, want ErrNotLeading", c.process, err)
			}
			all, err := leader.Incidents(t.Context())
			states, statesErr := leader.States(t.Context())
			events, _, eventsErr := leader.Events(t.Context(), 0, 10)
			if err := errors.Join(err, statesErr, eventsErr); err != nil || len(all) != 1 || all[0].Version != 1 || len(states) != 0 || len(events) != 1 {
				t.Errorf("%s: saved are %+v, %q, %d events, %v; want only what term 7 saved", c.process, all, states, len(events), err)
			}
		}
	})
}

func TestOnlyTheLastEventsAreKept(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		c := connectConclusions(connect, 1)
		first := save(t, c, 1, incidentOf("acme", 1, incident.Confirmed), 3)
		for version := int64(2); version < 6; version++ {
			save(t, c, 1, incidentOf("acme", version, incident.Confirmed), keptEvents/4)
		}
		if n, err := c.conn.Client.XLen(t.Context(), c.key(keyEvents)).Result(); err != nil || n != keptEvents {
			t.Errorf("%d events are kept, error %v; want %d", n, err, keptEvents)
		}
		if _, missed, err := c.Events(t.Context(), first[0].ID, 1); err != nil || !missed {
			t.Errorf("Events after one that is no longer kept: missed %v, error %v", missed, err)
		}
	})
}
