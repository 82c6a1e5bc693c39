package cluster

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/redisconn"
)

func TestFollowersReadEachTickOnce(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		leader, follower := connectConclusions(connect, 2), connectConclusions(connect, 0)
		if at, services, err := follower.LastTick(t.Context(), noon); err != nil || !at.IsZero() || services != nil {
			t.Errorf("LastTick before the first tick: %v of %s, %v; want none", services, at, err)
		}
		acme := incidentOf("acme", 1, incident.Confirmed)
		want := map[string]monitor.Assessment{
			"acme": {Live: incident.Live{At: noon, LastKnown: noon, Verdict: acme.Verdict, Incident: &acme,
				Countries: map[string]detect.Verdict{"IN": {Level: detect.Outage}}}, Observed: 7, Expected: 2.5},
			"umbrella": {Live: incident.Live{At: noon}, Observed: 1},
		}
		if err := leader.SaveTick(t.Context(), 2, noon, want); err != nil {
			t.Fatal(err)
		}
		at, services, err := follower.LastTick(t.Context(), noon.Add(-time.Second))
		if diff := cmp.Diff(want, services); err != nil || !at.Equal(noon) || diff != "" {
			t.Errorf("LastTick returns %s, %v (-saved +read):\n%s", at, err, diff)
		}
		if at, services, err := follower.LastTick(t.Context(), noon); err != nil || !at.Equal(noon) || services != nil {
			t.Errorf("LastTick without a new tick: %v of %s, %v; want none of %[2]s", services, at, err)
		}
		paused := connectConclusions(connect, 1)
		if err := paused.SaveTick(t.Context(), 1, noon.Add(time.Hour), nil); !errors.Is(err, ErrNotLeading) {
			t.Errorf("SaveTick of a term that is over: %v, want ErrNotLeading", err)
		}
		if at, _, err := follower.LastTick(t.Context(), noon); err != nil || !at.Equal(noon) {
			t.Errorf("a term that is over saved a tick of %s, %v", at, err)
		}
	})
}
