package incident_test

import (
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// An outage is suspected at the first verdict, confirmed when the evidence has
// lasted, recovering when the counts fall, and resolved at their end.
func ExampleApply() {
	noon := time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)
	verdict := func(level detect.Level, reports int64) detect.Verdict {
		return detect.Verdict{
			Level: level, Anomalous: level > detect.OK, Onset: noon,
			Window: 15 * time.Minute, Observed: reports, Expected: 4,
		}
	}
	easing := verdict(detect.Outage, 60)
	easing.Easing = true
	over := verdict(detect.OK, 5)
	over.Ended = noon.Add(9 * time.Minute)

	var current *incident.Incident
	for _, tick := range []struct {
		at      time.Duration
		verdict detect.Verdict
	}{
		{3 * time.Minute, verdict(detect.OK, 9)},
		{4 * time.Minute, verdict(detect.Warning, 25)},
		{5 * time.Minute, verdict(detect.Outage, 90)},
		{5*time.Minute + 20*time.Second, verdict(detect.Outage, 110)},
		{10 * time.Minute, easing},
		{15 * time.Minute, over},
	} {
		judgement := incident.Judgement{At: noon.Add(tick.at), Known: true, Service: tick.verdict}
		next, events := incident.Apply(current, "whatsapp", judgement, incident.Defaults())
		for _, e := range events {
			fmt.Printf("%s %-10s %3d reports, %.0f expected\n", e.At.Format("15:04:05"), e.Change, e.Observed, e.Expected)
		}
		current = next
	}
	fmt.Println(current.ID, "lasted until", current.Resolved.Format("15:04"))
	// Output:
	// 12:04:00 suspected   25 reports, 4 expected
	// 12:05:20 confirmed  110 reports, 4 expected
	// 12:10:00 recovering  60 reports, 4 expected
	// 12:15:00 resolved     5 reports, 4 expected
	// whatsapp-2022-10-25-1200 lasted until 12:09
}

// Attribute names the countries that explain an excess.
func ExampleAttribute() {
	for _, s := range incident.Attribute([]incident.Segment{
		{ID: "DE", Observed: 12, Expected: 11},
		{ID: "GB", Observed: 80, Expected: 10},
		{ID: "IN", Observed: 300, Expected: 9},
		{ID: "US", Observed: 40, Expected: 44},
	}) {
		fmt.Printf("%s: %d reports, %.0f expected\n", s.ID, s.Observed, s.Expected)
	}
	// Output:
	// IN: 300 reports, 9 expected
	// GB: 80 reports, 10 expected
}
