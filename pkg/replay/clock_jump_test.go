package replay

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/scenario"
)

// TestAClockThatJumpsEndsNoOutage lets the clock be wrong for a minute in the middle
// of an outage.
func TestAClockThatJumpsEndsNoOutage(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ten days ahead": 240 * time.Hour, "an hour back": -time.Hour} {
		s, err := scenario.Load("whatsapp-2017-11-03")
		if err != nil {
			t.Fatal(err)
		}
		onset := s.Start.Truncate(24 * time.Hour).Add(8 * time.Hour)
		s.Start, s.End = onset.Add(-20*time.Minute), onset.Add(25*time.Minute)
		r := openSimulation(t, s, config.Default())
		for minute, submissions := range s.Stream(1) {
			if minute.Equal(onset.Add(15 * time.Minute)) {
				for wrong := minute.Add(jump); wrong.Before(minute.Add(jump + time.Minute)); wrong = wrong.Add(r.tick) {
					r.clock.set(wrong)
					if err := r.Monitor.Tick(t.Context(), wrong); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := r.minute(t.Context(), minute, submissions); err != nil {
				t.Fatal(err)
			}
		}
		all, _, err := everyIncident(t.Context(), r.Archive)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1 || all[0].State != incident.Confirmed || all[0].Declared.After(onset.Add(5*time.Minute)) || all[0].Declared.Before(onset) {
			t.Errorf("%s: the incidents are %+v, want the one that was declared before", name, all)
		}
	}
}
