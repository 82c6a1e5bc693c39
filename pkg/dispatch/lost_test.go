package dispatch

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/archive"
)

// TestAVersionThatIsLostHoldsUpNobody deletes versions of an incident, as damage to a
// database would.
func TestAVersionThatIsLostHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.subscribe("s", all)
	lost, told := suspected("acme", w.now), suspected("umbrella", w.now)
	w.save(lost)
	w.tick()
	resolve(lost, w.now)
	w.save(lost) // waits for the distance
	w.tick()
	w.save(suspected("wayne", w.now))
	if _, err := w.archive.FanOut(t.Context(), w.About, w.now); err != nil { // its message is made and not claimed
		t.Fatal(err)
	}
	if err := w.archive.Writer().Exec(`DELETE FROM outbox`).Error; err != nil {
		t.Fatal(err)
	}
	w.save(told)
	w.run(time.Hour, time.Minute)
	if diff := cmp.Diff([]string{"suspected 1", "suspected 1"}, w.told("s")); diff != "" {
		t.Errorf("what was told (-want +got):\n%s", diff)
	}
	dead, err := w.archive.Messages(t.Context(), "s", archive.MessageDead, 10)
	if err != nil || len(dead) != 1 || dead[0].Detail != "what it says is not stored any more" {
		t.Errorf("dead messages are %+v, %v; want the one whose version is lost", dead, err)
	}
}
