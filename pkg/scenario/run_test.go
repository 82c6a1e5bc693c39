package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// storyOf300Reports returns a scenario with one story service, one echo and one
// control, and counts that fit its printed figures.
func storyOf300Reports(t *testing.T) (*Scenario, counter) {
	t.Helper()
	at := time.Date(2024, 4, 3, 14, 0, 0, 0, time.UTC)
	s := &Scenario{
		Name: "made-up", Title: "Made up", Source: "Nobody.", Start: at, End: at.Add(6 * hour), Expect: Declared, DeclaredWithin: 5 * time.Minute,
		Services: []Service{
			{Slug: "whatsapp", Role: Story, Onset: at.Add(4 * hour)},
			{Slug: "tim-it", Role: Echo},
			{Slug: "signal", Role: Control},
		},
		Press: []Figure{
			{What: "India", Replayed: true, Services: []string{"whatsapp"}, Country: "IN", Window: quarter, AsOf: at.Add(4*hour + quarter), Printed: 200, Within: 0.03},
			{What: "login", Replayed: true, Services: []string{"whatsapp"}, Symptom: "login", Window: quarter, AsOf: at.Add(4*hour + quarter), Printed: 0.34, Within: 0.01, Points: true},
			{What: "the world", Printed: 1e6, Note: "a total"},
		},
	}
	c := make(counter)
	put := func(service, country, symptom string, after time.Duration, n int64) {
		c[counted{service, window.MinuteOf(s.Services[0].Onset.Add(after)), window.Cell{Country: country, Symptom: symptom}}] = n
	}
	put("whatsapp", "IN", "connection", -time.Minute, 1000) // before window and onset
	put("whatsapp", "IN", "connection", 0, 200)
	put("whatsapp", "GB", "login", quarter-time.Minute, 100)
	put("whatsapp", "GB", "login", quarter, 50) // after the window
	put("tim-it", "IT", "calls", 0, 7)
	return s, c
}

func TestResultMeasuresFromOnsetToResolution(t *testing.T) {
	s, c := storyOf300Reports(t)
	onset := s.Services[0].Onset
	incidents := perfectIncidents(s, onset.Add(quarter))
	res, err := s.Begin(3).Result(t.Context(), c, incidents, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"scenario":"made-up","title":"Made up","source":"Nobody.","seed":3,"ok":true,"services":[` +
		`{"service":"whatsapp","onset":"2024-04-03T18:00:00Z","onset_estimated":"2024-04-03T18:00:00Z","declared_at":"2024-04-03T18:02:00Z",` +
		`"delay_seconds":120,"crowded_at":null,"resolved_at":"2024-04-03T18:15:00Z","reports":300,"symptoms":{"connection":0.6667,"login":0.3333},` +
		`"countries":[{"country":"IN","reports":200},{"country":"GB","reports":100}]}],` +
		`"press":[{"what":"India","printed":200,"measured":200,"window":"15m","as_of":"2024-04-03T18:15:00Z","ok":true},` +
		`{"what":"login","printed":0.34,"measured":0.3333,"window":"15m","as_of":"2024-04-03T18:15:00Z","ok":true}],` +
		`"not_replayed":[{"what":"the world","printed":1000000,"note":"a total"}],` +
		`"incidents":[{"id":"whatsapp","service":"whatsapp","role":"story","state":"resolved","onset":"2024-04-03T18:00:00Z",` +
		`"declared_at":"2024-04-03T18:02:00Z","resolved_at":"2024-04-03T18:15:00Z","countries":[]}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestResultWithoutIncidentHasNulls(t *testing.T) {
	s, c := storyOf300Reports(t)
	res, err := s.Begin(1).Result(t.Context(), c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	sv := res.Services[0]
	if sv.DeclaredAt != nil || sv.DelaySeconds != nil || sv.ResolvedAt != nil || sv.OnsetEstimated != nil || sv.Reports != 350 {
		t.Errorf("service is %+v, want nulls and the 350 reports up to the end", sv)
	}
	if res.OK || !slices.Equal(res.Off, []string{"whatsapp was not declared"}) {
		t.Errorf("Off = %q", res.Off)
	}
}

func TestResultListsWhatIsNotAsExpected(t *testing.T) {
	s0, _ := storyOf300Reports(t)
	onset := s0.Services[0].Onset
	good := func() []incident.Incident { return perfectIncidents(s0, onset.Add(quarter)) }
	other := func(service string, declared time.Time) incident.Incident {
		return incident.Incident{ID: "other", Service: service, Onset: onset.Add(-2 * hour), Declared: declared, Resolved: onset.Add(-hour)}
	}
	for what, c := range map[string]struct {
		change    func(*Scenario, counter)
		incidents []incident.Incident
		events    []incident.Event
		want      []string
	}{
		"nothing": {incidents: good()},
		"a figure": {change: func(_ *Scenario, c counter) {
			for k := range c {
				if k.Country == "IN" {
					c[k] += 7
				}
			}
		}, incidents: good(), want: []string{"India: printed 200, measured 207", "login: printed 34.0 %, measured 32.6 %"}},
		"too late":      {change: func(s *Scenario, _ counter) { s.DeclaredWithin = time.Minute }, incidents: good(), want: []string{"whatsapp was declared more than 1m0s after its onset"}},
		"not resolved":  {incidents: perfectIncidents(s0, time.Time{}), want: []string{"whatsapp was not resolved"}},
		"an echo held":  {incidents: append(good(), other("tim-it", time.Time{}))},
		"an echo":       {incidents: append(good(), other("tim-it", onset.Add(20*time.Minute))), want: []string{"tim-it was confirmed, and nothing was wrong with it"}},
		"a control":     {incidents: append(good(), other("signal", onset.Add(-90*time.Minute))), want: []string{"signal was confirmed, and nothing was wrong with it"}},
		"a stranger":    {incidents: append(good(), other("facebook", onset.Add(-90*time.Minute))), want: []string{"facebook was confirmed, and nothing was wrong with it"}},
		"before onset":  {incidents: append(good(), other("whatsapp", onset.Add(-90*time.Minute))), want: []string{"whatsapp was confirmed before its onset"}},
		"only suspects": {incidents: append(good(), other("whatsapp", time.Time{}))},
		"elsewhere":     {change: func(s *Scenario, _ counter) { s.Services[0].Where = []string{"IN"} }, incidents: good(), want: []string{"whatsapp was declared without naming IN"}},
		"named once": {
			change:    func(s *Scenario, _ counter) { s.Services[0].Where = []string{"IN"} },
			incidents: good(), events: []incident.Event{{Incident: "whatsapp", Countries: []string{"IN"}}, {Incident: "whatsapp"}},
		},
		"none was to be": {change: func(s *Scenario, _ counter) { s.Expect, s.Services[0].Role = NoIncident, Control }, incidents: []incident.Incident{other("signal", time.Time{})}, want: []string{"signal has an incident, and none was to be"}},
		"none confirmed": {change: func(s *Scenario, _ counter) { s.Expect, s.Services[0].Role = NothingConfirmed, Control }, incidents: []incident.Incident{other("signal", time.Time{})}},
		"one confirmed":  {change: func(s *Scenario, _ counter) { s.Expect, s.Services[0].Role = NothingConfirmed, Control }, incidents: []incident.Incident{other("signal", onset)}, want: []string{"signal was confirmed, and nothing was wrong with it"}},
	} {
		s, counts := storyOf300Reports(t)
		if c.change != nil {
			c.change(s, counts)
		}
		res, err := s.Begin(1).Result(t.Context(), counts, c.incidents, c.events)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(res.Off, c.want) || res.OK != (len(c.want) == 0) {
			t.Errorf("%s: off %q, ok %v; want %q", what, res.Off, res.OK, c.want)
		}
	}
}

func TestTheStoryIncidentIsTheFirstConfirmedOneOfTheOnset(t *testing.T) {
	onset := time.Date(2024, 4, 3, 18, 0, 0, 0, time.UTC)
	sv := &Service{Slug: "whatsapp", Onset: onset}
	at := func(m int) time.Time { return onset.Add(time.Duration(m) * time.Minute) }
	over := incident.Incident{ID: "over", Service: "whatsapp", Onset: at(-90), Declared: at(-85), Resolved: at(-10)}
	suspect := incident.Incident{ID: "suspect", Service: "whatsapp", Onset: at(1)}
	first := incident.Incident{ID: "first", Service: "whatsapp", Onset: at(2), Declared: at(4)}
	second := incident.Incident{ID: "second", Service: "whatsapp", Onset: at(200), Declared: at(205)}
	foreign := incident.Incident{ID: "foreign", Service: "signal", Onset: at(0), Declared: at(1)}
	ends := incident.Incident{ID: "ends", Service: "whatsapp", Onset: at(-90), Declared: at(-85), Resolved: onset}
	for _, c := range []struct {
		incidents []incident.Incident
		want      string
	}{
		{[]incident.Incident{over, foreign}, ""},
		{[]incident.Incident{ends, first}, "first"},
		{[]incident.Incident{over, suspect}, "suspect"},
		{[]incident.Incident{second, suspect, first, over}, "first"},
		{[]incident.Incident{suspect, first, second}, "first"},
	} {
		got := ""
		if inc := storyIncident(sv, c.incidents); inc != nil {
			got = inc.ID
		}
		if got != c.want {
			t.Errorf("storyIncident(%v) = %q, want %q", c.incidents, got, c.want)
		}
	}
}

func TestSnapshotMeasuresEachDueFigureOnce(t *testing.T) {
	s, c := storyOf300Reports(t)
	run := s.Begin(1)
	due := s.Press[0].AsOf
	if err := run.Snapshot(t.Context(), c, due.Add(-time.Minute)); err != nil || run.done[0] {
		t.Errorf("Snapshot a minute before AsOf: measured %v, error %v; want no measurement", run.done[0], err)
	}
	if err := run.Snapshot(t.Context(), c, due); err != nil || !run.done[0] || run.measured[0] != 200 {
		t.Errorf("Snapshot at AsOf: measured %g, error %v; want 200", run.measured[0], err)
	}
	clear(c) // the store drops its counts
	if err := run.Snapshot(t.Context(), c, due.Add(hour)); err != nil || run.measured[0] != 200 {
		t.Errorf("Snapshot an hour later: measured %g, error %v; want still 200", run.measured[0], err)
	}
}

type broken struct{}

func (broken) Buckets(context.Context, string, time.Time, time.Time) ([]window.Bucket, error) {
	return nil, errors.New("disk on fire")
}

func TestErrorsOfTheStoreAreReturned(t *testing.T) {
	s, _ := storyOf300Reports(t)
	if err := s.Begin(1).Snapshot(t.Context(), broken{}, s.End); err == nil || !strings.Contains(err.Error(), "buckets of whatsapp: disk on fire") {
		t.Errorf("Snapshot with a broken store: error %v, want that of the store", err)
	}
	s.Press = nil
	if _, err := s.Begin(1).Result(t.Context(), broken{}, nil, nil); err == nil {
		t.Error("Result with a broken store returned no error")
	}
}

func TestEveryReportBesideABrigadeMustCount(t *testing.T) {
	s, c := storyOf300Reports(t)
	s.Expect, s.Press, s.Brigades = NothingConfirmed, nil, []Brigade{{}}
	s.Services[0].Role, s.Services[0].Onset = Control, time.Time{}
	for _, lost := range []bool{false, true} {
		run := s.Begin(1)
		person := Submission{Submission: report.Submission{Service: "signal"}}
		presser := Submission{Brigade: true, Submission: report.Submission{Service: "signal"}}
		run.Count(&person, window.Counted)
		run.Count(&presser, window.Limited)
		if lost {
			run.Count(&person, window.Repeat)
		}
		res, err := run.Result(t.Context(), c, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.OK == lost || len(res.Press) != 1 || res.Press[0].Measured != 1 {
			t.Errorf("with a lost report %v: OK = %v, Press = %+v; want OK %v and one figure of 1", lost, res.OK, res.Press, !lost)
		}
		if i := slices.IndexFunc(res.Services, func(s ServiceResult) bool { return s.Service == "signal" }); res.Services[i].Reports != 1 {
			t.Errorf("signal has %d reports, want those that counted", res.Services[i].Reports)
		}
	}
}

func TestWriteTablePrintsFiguresServicesAndIncidents(t *testing.T) {
	s, c := storyOf300Reports(t)
	s.Notes = []string{"A note."}
	onset := s.Services[0].Onset
	incidents := append(perfectIncidents(s, onset.Add(quarter)),
		incident.Incident{ID: "echo", Service: "tim-it", State: incident.Suspected, Onset: onset.Add(time.Minute)})
	c[counted{"whatsapp", window.MinuteOf(onset), window.Cell{Country: "IN", Symptom: "app"}}] = 1200
	res, err := s.Begin(1).Result(t.Context(), c, incidents, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := res.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	const want = `Made up (made-up)
Simulated to the printed figures; all times are UTC.
Nobody.

PRINTED    FIGURE     MEASURED  WINDOW  AS OF             HOLDS
India      200        1,400     15m     2024-04-03 18:15  off
login      34.0 %     6.7 %     15m     2024-04-03 18:15  off
the world  1,000,000  not replayed: a total

SERVICE   ONSET     ESTIMATED  DECLARED  DELAY  RESOLVED  REPORTS  SYMPTOMS                                    COUNTRIES
whatsapp  18:00:00  18:00:00   18:02:00  2m0s   18:15:00  1,500    app 80.0 %, connection 13.3 %, login 6.7 %  IN 1,400, GB 100

OTHER INCIDENT  ROLE  STATE      ESTIMATED  DECLARED  RESOLVED
tim-it          echo  suspected  18:01:00   -         -

Note: A note.

off: India: printed 200, measured 1,400
off: login: printed 34.0 %, measured 6.7 %
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteTableReturnsTheErrorOfItsWriter(t *testing.T) {
	s, c := storyOf300Reports(t)
	res, err := s.Begin(1).Result(t.Context(), c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.WriteTable(fullDisk{}); err == nil {
		t.Error("WriteTable to a full disk returned no error")
	}
}
