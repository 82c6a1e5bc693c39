package replay

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/scenario"
)

// TestAClockThatIsSetMakesNoOutage sets the clock for good on a quiet afternoon. A
// clock that is set back counts some minutes twice; two hours ahead is also what a
// machine sees that was suspended.
func TestAClockThatIsSetMakesNoOutage(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"two hours ahead": 2 * time.Hour, "ten minutes back": -10 * time.Minute, "an hour back": -time.Hour, "two hours back": -2 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := scenario.Load("quiet-fortnight")
			if err != nil {
				t.Fatal(err)
			}
			s.Services = s.Services[:1]
			quiet := s.Start.Add(63 * time.Hour)
			s.Start, s.End = quiet.Add(-150*time.Minute), quiet.Add(50*time.Minute)
			r := openSimulation(t, s, config.Default())
			for minute, submissions := range s.Stream(1) {
				at := minute
				if !minute.Before(quiet) {
					at = minute.Add(jump)
					for i := range submissions {
						submissions[i].At = submissions[i].At.Add(jump)
					}
				}
				if err := r.minute(t.Context(), at, submissions); err != nil {
					t.Fatal(err)
				}
			}
			all, _, err := everyIncident(t.Context(), r.Archive)
			if err != nil {
				t.Fatal(err)
			}
			if len(all) > 0 {
				t.Errorf("the incidents are %+v, want none", all)
			}
		})
	}
}
