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

func TestWhatWasSeenIsToldOnceAndInOrder(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		leader, other := NewConclusions(connect()), NewConclusions(connect())
		if at, seen, err := other.Told(t.Context(), noon); err != nil || !at.IsZero() || seen != nil {
			t.Errorf("before the first tick: %v of %s, %v", seen, at, err)
		}
		acme := incidentOf("acme", 1, incident.Confirmed)
		want := map[string]monitor.Assessment{
			"acme": {Live: incident.Live{At: noon, LastKnown: noon, Verdict: acme.Verdict, Incident: &acme,
				Countries: map[string]detect.Verdict{"IN": {Level: detect.Outage}}}, Observed: 7, Expected: 2.5},
			"umbrella": {Live: incident.Live{At: noon}, Observed: 1},
		}
		if err := leader.Tell(t.Context(), 2, noon, want); err != nil {
			t.Fatal(err)
		}
		at, seen, err := other.Told(t.Context(), noon.Add(-time.Second))
		if diff := cmp.Diff(want, seen); err != nil || !at.Equal(noon) || diff != "" {
			t.Errorf("Told at %s, %v (-told +heard):\n%s", at, err, diff)
		}
		if at, seen, err := other.Told(t.Context(), noon); err != nil || !at.Equal(noon) || seen != nil {
			t.Errorf("nothing new: %v of %s, %v", seen, at, err)
		}
		if err := leader.Tell(t.Context(), 1, noon.Add(time.Hour), nil); !errors.Is(err, ErrTerm) {
			t.Errorf("Tell of a term that is over: %v, want ErrTerm", err)
		}
		if at, _, err := other.Told(t.Context(), noon); err != nil || !at.Equal(noon) {
			t.Errorf("a term that is over told something of %s, %v", at, err)
		}
	})
}
