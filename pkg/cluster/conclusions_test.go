package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

// save saves a version and returns the events as they were told.
func save(t *testing.T, c *Conclusions, term int64, inc incident.Incident, events int) []publish.Event {
	t.Helper()
	told, err := c.SaveIncident(t.Context(), term, inc, changeOf(inc), eventsOf(inc, events))
	if err != nil {
		t.Fatal(err)
	}
	return told
}

func TestConclusionsAreSeenByEveryProcess(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		leader, other := NewConclusions(connect()), NewConclusions(connect())
		acme := incidentOf("acme", 1, incident.Confirmed)
		first := save(t, leader, 1, acme, 2)
		save(t, leader, 1, incidentOf("umbrella", 1, incident.Resolved), 0)
		acme = incidentOf("acme", 2, incident.Recovering)
		second := save(t, leader, 1, acme, 1)
		told := append(first, second...)
		if !slices.IsSortedFunc(told, func(a, b publish.Event) int { return int(a.ID - b.ID) }) || told[0].ID == 0 {
			t.Errorf("events have IDs %d, %d, %d; want them to rise", told[0].ID, told[1].ID, told[2].ID)
		}
		if again := save(t, leader, 1, incidentOf("acme", 2, incident.Confirmed), 1); again != nil {
			t.Errorf("a version that is known is told again: %+v", again)
		}

		all, err := other.Incidents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		byService := cmpopts.SortSlices(func(a, b incident.Incident) bool { return a.Service < b.Service })
		if diff := cmp.Diff([]incident.Incident{acme, incidentOf("umbrella", 1, incident.Resolved)}, all, byService); diff != "" {
			t.Errorf("incidents (-kept +read):\n%s", diff)
		}
		for _, c := range []struct {
			after  int64
			want   []publish.Event
			missed bool
		}{
			{0, told, false},
			{told[0].ID, told[1:], false},
			{told[2].ID, nil, false},
			{told[2].ID + 1, nil, true},
			{told[0].ID - 1, told, true},
		} {
			events, missed, err := other.Events(t.Context(), c.after, 10)
			if err != nil || missed != c.missed {
				t.Errorf("Events(%d): missed %v, error %v; want %v", c.after, missed, err, c.missed)
			}
			if diff := cmp.Diff(c.want, events, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Events(%d) (-told +read):\n%s", c.after, diff)
			}
		}
		if err := leader.SaveStates(t.Context(), 1, map[string][]byte{"acme": []byte("a"), "acme/IN": []byte("b")}); err != nil {
			t.Fatal(err)
		}
		if err := leader.SaveStates(t.Context(), 1, map[string][]byte{"acme": []byte("c"), "acme/IN": nil}); err != nil {
			t.Fatal(err)
		}
		states, err := other.States(t.Context())
		if diff := cmp.Diff(map[string][]byte{"acme": []byte("c")}, states); err != nil || diff != "" {
			t.Errorf("states (-kept +read):\n%s%v", diff, err)
		}
		if err := leader.Forget(t.Context(), noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if all, err := other.Incidents(t.Context()); err != nil || len(all) != 1 || all[0].Service != "acme" {
			t.Errorf("after Forget there are %+v, %v; want the one that goes on", all, err)
		}
		for _, name := range []string{keyTerm, keyStates, keyIncidents, keyEvents} {
			if left, err := leader.conn.PTTL(t.Context(), leader.key(name)).Result(); err != nil || left <= 0 {
				t.Errorf("%s expires in %v, error %v", name, left, err)
			}
		}
	})
}

// A holder that was paused goes on in a term that is over.
func TestATermThatIsOverKeepsNothing(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		c := NewConclusions(connect())
		save(t, c, 7, incidentOf("acme", 1, incident.Confirmed), 1)
		late := incidentOf("acme", 9, incident.Resolved)
		if _, err := c.SaveIncident(t.Context(), 6, late, changeOf(late), eventsOf(late, 1)); !errors.Is(err, ErrTerm) {
			t.Errorf("SaveIncident in a term before: %v, want ErrTerm", err)
		}
		if err := c.SaveStates(t.Context(), 6, map[string][]byte{"acme": []byte("x")}); !errors.Is(err, ErrTerm) {
			t.Errorf("SaveStates in a term before: %v, want ErrTerm", err)
		}
		all, err := c.Incidents(t.Context())
		states, err2 := c.States(t.Context())
		events, _, err3 := c.Events(t.Context(), 0, 10)
		if err := errors.Join(err, err2, err3); err != nil || len(all) != 1 || all[0].Version != 1 || len(states) != 0 || len(events) != 1 {
			t.Errorf("kept: %+v, %q, %d events, %v; want only what the later term kept", all, states, len(events), err)
		}
	})
}

// fakeArchive keeps versions as the archive does, or is away.
type fakeArchive struct {
	away  bool
	saved []Concluded
}

var errAway = errors.New("the archive is away")

func (a *fakeArchive) LiveIncidents(context.Context, time.Time) ([]incident.Incident, error) {
	if a.away {
		return nil, errAway
	}
	last := map[string]incident.Incident{}
	for _, c := range a.saved {
		last[c.Incident.Service] = c.Incident
	}
	var live []incident.Incident
	for _, inc := range last {
		live = append(live, inc)
	}
	return live, nil
}

func (a *fakeArchive) SaveIncident(_ context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	if a.away {
		return nil, errAway
	}
	a.saved = append(a.saved, Concluded{Incident: inc, Timeline: timeline})
	return events, nil
}

func (a *fakeArchive) States(context.Context) (map[string][]byte, error) { return nil, errAway }

func (a *fakeArchive) Problems(context.Context, time.Time, time.Time) (int64, error) { return 0, nil }

func (a *fakeArchive) SaveStates(context.Context, map[string][]byte) error { return errAway }

func TestTheArchiveFollows(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		archive := &fakeArchive{away: true}
		term := int64(3)
		k := &Keeper{Conclusions: NewConclusions(connect()), Archive: archive, Term: func() int64 { return term }, Log: slog.New(slog.DiscardHandler)}
		var want []Concluded
		for version := range int64(3) {
			inc := incidentOf("acme", version+1, incident.Confirmed)
			if _, err := k.SaveIncident(t.Context(), inc, changeOf(inc), eventsOf(inc, 1)); err != nil {
				t.Fatalf("without the archive: %v", err)
			}
			want = append(want, Concluded{Incident: inc, Timeline: changeOf(inc)})
		}
		if err := k.Follow(t.Context()); !errors.Is(err, errAway) {
			t.Errorf("Follow without the archive: %v", err)
		}
		live, err := k.LiveIncidents(t.Context(), noon)
		if err != nil || len(live) != 1 || live[0].Version != 3 {
			t.Errorf("without the archive the live incidents are %+v, %v; want version 3", live, err)
		}
		archive.away = false
		for range 2 {
			if err := k.Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, archive.saved); diff != "" {
			t.Errorf("archive (-concluded +saved):\n%s", diff)
		}

		// Redis is lost: what is archived goes on.
		for _, name := range []string{keyTerm, keyStates, keyIncidents, keyEvents, keyConcluded} {
			if err := k.Conclusions.conn.Del(t.Context(), k.Conclusions.key(name)).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if live, err := k.LiveIncidents(t.Context(), noon); err != nil || len(live) != 1 || live[0].Version != 3 {
			t.Errorf("after the loss of Redis the live incidents are %+v, %v; want version 3", live, err)
		}
		archive.away = true
		if _, err := k.LiveIncidents(t.Context(), noon); !errors.Is(err, errAway) {
			t.Errorf("with neither of them: %v, want an error and not nothing", err)
		}

		term = 0
		inc := incidentOf("acme", 9, incident.Confirmed)
		if _, err := k.SaveIncident(t.Context(), inc, nil, nil); !errors.Is(err, ErrTerm) {
			t.Errorf("SaveIncident without leading: %v, want ErrTerm", err)
		}
	})
}

func TestOnlyTheLastEventsAreKept(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		c := NewConclusions(connect())
		first := save(t, c, 1, incidentOf("acme", 1, incident.Confirmed), 3)
		for version := int64(2); version < 6; version++ {
			save(t, c, 1, incidentOf("acme", version, incident.Confirmed), keepEvents/4)
		}
		if n, err := c.conn.XLen(t.Context(), c.key(keyEvents)).Result(); err != nil || n != keepEvents {
			t.Errorf("%d events are kept, error %v; want %d", n, err, keepEvents)
		}
		if _, missed, err := c.Events(t.Context(), first[0].ID, 1); err != nil || !missed {
			t.Errorf("Events after one that is no longer kept: missed %v, error %v", missed, err)
		}
	})
}
