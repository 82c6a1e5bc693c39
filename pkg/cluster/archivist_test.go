package cluster

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

// fakeArchive holds saved versions, or cannot be reached.
type fakeArchive struct {
	away  bool
	saved []Concluded
}

var errAway = errors.New("the archive cannot be reached")

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

func (a *fakeArchive) SaveIncidents(_ context.Context, all []publish.Conclusion) ([][]publish.Event, error) {
	if a.away {
		return nil, errAway
	}
	events := make([][]publish.Event, len(all))
	for i, c := range all {
		a.saved = append(a.saved, Concluded{Incident: c.Incident, Timeline: c.Timeline})
		events[i] = c.Events
	}
	return events, nil
}

func (a *fakeArchive) States(context.Context) (map[string][]byte, error) { return nil, errAway }

func (a *fakeArchive) Problems(context.Context, time.Time, time.Time) (int64, error) { return 0, nil }

func (a *fakeArchive) CountProblems(context.Context, string, time.Time, time.Time) (map[window.Cell]int64, error) {
	return nil, nil
}

func (a *fakeArchive) Rollups(context.Context, string, time.Time, time.Time) ([]window.Rollup, []window.Span, error) {
	return nil, nil, nil
}

func (a *fakeArchive) SaveStates(context.Context, map[string][]byte) error { return errAway }

func TestIncidentsReachTheArchiveOnceItIsBack(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		archive := &fakeArchive{away: true}
		c := connectConclusions(connect, 3)
		leader := &termArchive{c, archive, 3}
		archivist := &Archivist{conclusions: c, archive: archive}
		var want []Concluded
		for version := range int64(3) {
			inc := incidentOf("acme", version+1, incident.Confirmed)
			if _, err := leader.SaveIncidents(t.Context(), []publish.Conclusion{{Incident: inc, Timeline: changeOf(inc), Events: eventsOf(inc, 1)}}); err != nil {
				t.Fatalf("without the archive: %v", err)
			}
			want = append(want, Concluded{Incident: inc, Timeline: changeOf(inc)})
		}
		if err := archivist.ArchiveAll(t.Context()); !errors.Is(err, errAway) {
			t.Errorf("ArchiveAll without the archive: %v", err)
		}
		live, err := leader.LiveIncidents(t.Context(), noon)
		if err != nil || len(live) != 1 || live[0].Version != 3 {
			t.Errorf("without the archive the live incidents are %+v, %v; want version 3", live, err)
		}
		archive.away = false
		for range 2 {
			if err := archivist.ArchiveAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, archive.saved); diff != "" {
			t.Errorf("archive (-concluded +archived):\n%s", diff)
		}

		// Redis loses everything: archived incidents go on.
		for _, name := range []string{keyTerm, keyStates, keyIncidents, keyEvents, keyConcluded} {
			if err := c.conn.Client.Del(t.Context(), c.key(name)).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if live, err := leader.LiveIncidents(t.Context(), noon); err != nil || len(live) != 1 || live[0].Version != 3 {
			t.Errorf("after the loss of Redis the live incidents are %+v, %v; want version 3", live, err)
		}
		archive.away = true
		if _, err := leader.LiveIncidents(t.Context(), noon); !errors.Is(err, errAway) {
			t.Errorf("without both LiveIncidents returns %v, want an error", err)
		}
	})
}
