package scenario

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// Buckets reads the store that counted a replay.
type Buckets interface {
	// Buckets returns the buckets of a service that start in [from, to).
	Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error)
}

// Run collects the measurements of a replay. It must be used from one goroutine
// only.
type Run struct {
	scenario *Scenario
	seed     int64
	measured []float64        // by index of Press
	done     []bool           // by index of Press: measured holds the figure
	counted  map[string]int64 // reports by service
	people   tally            // submissions that no brigade sent
	brigades tally
	crowds   map[string]*crowdFinder // by story service
}

// tally is the number of submissions that were sent, and of those that counted.
type tally struct{ sent, counted int64 }

// Begin returns a Run for a replay with this seed.
func (s *Scenario) Begin(seed int64) *Run {
	return &Run{
		scenario: s, seed: seed, counted: make(map[string]int64),
		measured: make([]float64, len(s.Press)), done: make([]bool, len(s.Press)), crowds: make(map[string]*crowdFinder),
	}
}

// Count adds a submission with the outcome that ingest gave it.
func (r *Run) Count(sub *Submission, status window.Status) {
	t := &r.people
	if sub.Brigade {
		t = &r.brigades
	}
	t.sent++
	if status == window.Counted {
		t.counted++
		r.counted[sub.Service]++
		r.noteCrowd(sub)
	}
}

// noteCrowd looks for the first crowd of a story service after its onset.
func (r *Run) noteCrowd(sub *Submission) {
	sv := r.scenario.service(sub.Service)
	if sv == nil || sv.Role != Story || sub.At.Before(sv.Onset) {
		return
	}
	c := r.crowds[sub.Service]
	if c == nil {
		c = &crowdFinder{}
		r.crowds[sub.Service] = c
	}
	c.add(sub)
}

// Snapshot measures the printed figures whose AsOf has passed at now and that
// are not measured yet. Every submission before now must have been counted.
func (r *Run) Snapshot(ctx context.Context, b Buckets, now time.Time) error {
	for i := range r.scenario.Press {
		p := &r.scenario.Press[i]
		if !p.Replayed || r.done[i] || p.AsOf.After(now) {
			continue
		}
		v, err := p.measure(ctx, b)
		if err != nil {
			return fmt.Errorf("measure %q: %w", p.What, err)
		}
		r.measured[i], r.done[i] = v, true
	}
	return nil
}

// measure returns the value of the figure in the store.
func (p *Figure) measure(ctx context.Context, b Buckets) (float64, error) {
	var total, named int64
	for _, service := range p.Services {
		counts, err := problems(ctx, b, service, p.AsOf.Add(-p.Window), p.AsOf)
		if err != nil {
			return 0, err
		}
		for cell, n := range counts {
			if p.Country != "" && cell.Country != p.Country {
				continue
			}
			total += n
			if cell.Symptom == p.Symptom {
				named += n
			}
		}
	}
	if p.Symptom == "" {
		return float64(total), nil
	}
	return share(named, total), nil
}

// problems returns the number of reports of a service in [from, to), by cell.
func problems(ctx context.Context, b Buckets, service string, from, to time.Time) (map[window.Cell]int64, error) {
	buckets, err := b.Buckets(ctx, service, from, to)
	if err != nil {
		return nil, fmt.Errorf("read buckets of %s: %w", service, err)
	}
	sums := make(map[window.Cell]int64)
	for _, bucket := range buckets {
		for _, c := range bucket.Problems {
			sums[c.Cell] += c.N
		}
	}
	return sums, nil
}

// holds reports whether a measured figure is near enough to the printed one.
func (p *Figure) holds(measured float64) bool {
	within := p.Within
	if !p.Points {
		within *= p.Printed
	}
	return math.Abs(measured-p.Printed) <= within
}

// Result returns the outcome of the replay. It takes the store at the end of
// the replay, and all incidents with the resolved ones and their events.
func (r *Run) Result(ctx context.Context, b Buckets, incidents []incident.Incident, events []incident.Event) (*Result, error) {
	s := r.scenario
	if err := r.Snapshot(ctx, b, s.End); err != nil {
		return nil, err
	}
	res := &Result{
		Scenario: s.Name, Title: s.Title, Source: s.Source, Notes: s.Notes, Seed: r.seed,
		Services: []ServiceResult{}, Press: []PressResult{}, NotReplayed: []NotReplayed{}, Incidents: []IncidentResult{},
	}
	for i := range s.Services {
		sv := &s.Services[i]
		if s.Expect == Declared && sv.Role != Story {
			continue
		}
		one, err := r.measureService(ctx, b, sv, incidents)
		if err != nil {
			return nil, err
		}
		res.Services = append(res.Services, one)
	}
	r.addFigures(res)
	for i := range incidents {
		res.Incidents = append(res.Incidents, newIncidentResult(s, &incidents[i], events))
	}
	slices.SortStableFunc(res.Incidents, func(a, b IncidentResult) int {
		return cmp.Or(a.Onset.Compare(b.Onset), cmp.Compare(a.Service, b.Service))
	})
	r.judge(res)
	return res, nil
}

// measureService measures one service from onset to resolution.
func (r *Run) measureService(ctx context.Context, b Buckets, sv *Service, incidents []incident.Incident) (ServiceResult, error) {
	res := ServiceResult{Service: sv.Slug, Reports: r.counted[sv.Slug], Symptoms: map[string]float64{}, Countries: []CountryResult{}}
	if sv.Role != Story {
		return res, nil
	}
	res.Onset = &sv.Onset
	if c := r.crowds[sv.Slug]; c != nil {
		res.CrowdedAt = timeOrNil(c.first)
	}
	until := r.scenario.End
	if inc := storyIncident(sv, incidents); inc != nil {
		res.OnsetEstimated, res.DeclaredAt, res.ResolvedAt = timeOrNil(inc.Onset), timeOrNil(inc.Declared), timeOrNil(inc.Resolved)
		if res.DeclaredAt != nil {
			delay := inc.Declared.Sub(sv.Onset).Seconds()
			res.DelaySeconds = &delay
		}
		if res.ResolvedAt != nil {
			until = *res.ResolvedAt
		}
	}
	counts, err := problems(ctx, b, sv.Slug, sv.Onset, until)
	if err != nil {
		return ServiceResult{}, err
	}
	symptoms, countries := make(map[string]int64), make(map[string]int64)
	res.Reports = 0
	for cell, n := range counts {
		res.Reports += n
		symptoms[cell.Symptom] += n
		countries[cell.Country] += n
	}
	for id, n := range symptoms {
		res.Symptoms[id] = round4(share(n, res.Reports))
	}
	for code, n := range countries {
		res.Countries = append(res.Countries, CountryResult{Country: code, Reports: n})
	}
	slices.SortFunc(res.Countries, func(a, b CountryResult) int {
		return cmp.Or(cmp.Compare(b.Reports, a.Reports), cmp.Compare(a.Country, b.Country))
	})
	return res, nil
}

// storyIncident returns the incident that stands for the outage of a service.
// Of the incidents that were not resolved by its onset it is the first
// confirmed one, or the first one when none was confirmed.
func storyIncident(sv *Service, incidents []incident.Incident) *incident.Incident {
	var best *incident.Incident
	for i := range incidents {
		inc := &incidents[i]
		if inc.Service != sv.Slug || !inc.Resolved.IsZero() && !inc.Resolved.After(sv.Onset) {
			continue
		}
		switch {
		case best == nil,
			best.Declared.IsZero() && !inc.Declared.IsZero(),
			best.Declared.IsZero() == inc.Declared.IsZero() && inc.Onset.Before(best.Onset):
			best = inc
		}
	}
	return best
}

// addFigures adds the printed figures to res, sorted by AsOf.
func (r *Run) addFigures(res *Result) {
	for i := range r.scenario.Press {
		p := &r.scenario.Press[i]
		if !p.Replayed {
			res.NotReplayed = append(res.NotReplayed, NotReplayed{What: p.What, Printed: p.Printed, Note: p.Note})
			continue
		}
		measured := r.measured[i]
		if p.Symptom != "" {
			measured = round4(measured)
		}
		res.Press = append(res.Press, PressResult{
			What: p.What, Printed: p.Printed, Measured: measured, Window: window.Name(p.Window), AsOf: p.AsOf,
			OK: r.done[i] && p.holds(measured), share: p.Symptom != "",
		})
	}
	slices.SortStableFunc(res.Press, func(a, b PressResult) int { return a.AsOf.Compare(b.AsOf) })
	if len(r.scenario.Brigades) > 0 {
		res.Press = append(res.Press, PressResult{
			What:    "reports of people other than the brigade's: sent, and counted",
			Printed: float64(r.people.sent), Measured: float64(r.people.counted),
			Window: "all", AsOf: r.scenario.End, OK: r.people.sent == r.people.counted,
		})
	}
}

// judge sets OK and Off of res: whether the replay went as the scenario
// expects, and what did not.
func (r *Run) judge(res *Result) {
	s := r.scenario
	off := func(format string, args ...any) { res.Off = append(res.Off, fmt.Sprintf(format, args...)) }
	for _, p := range res.Press {
		if !p.OK {
			off("%s: printed %s, measured %s", p.What, p.format(p.Printed), p.format(p.Measured))
		}
	}
	for _, inc := range res.Incidents {
		switch {
		case s.Expect == NoIncident:
			off("%s has an incident, and none was to be", inc.Service)
		case inc.DeclaredAt == nil || inc.Role == Story && inc.DeclaredAt.After(s.service(inc.Service).Onset):
		case inc.Role == Story:
			off("%s was confirmed before its onset", inc.Service)
		default: // this includes an echo: people reported it, but nothing was wrong with it
			off("%s was confirmed, and nothing was wrong with it", inc.Service)
		}
	}
	if s.Expect == Declared {
		for i := range res.Services {
			for _, what := range res.Services[i].shortfalls(s, res.Incidents) {
				off("%s was %s", res.Services[i].Service, what)
			}
		}
	}
	res.OK = len(res.Off) == 0
}

// shortfalls returns what is missing from the outcome of a story service.
func (res *ServiceResult) shortfalls(s *Scenario, incidents []IncidentResult) []string {
	if res.DeclaredAt == nil {
		return []string{"not declared"}
	}
	var what []string
	if s.DeclaredWithin > 0 && res.DeclaredAt.After(res.Onset.Add(s.DeclaredWithin)) {
		what = append(what, fmt.Sprintf("declared more than %s after its onset", s.DeclaredWithin))
	}
	if res.ResolvedAt == nil {
		what = append(what, "not resolved")
	}
	for _, code := range s.service(res.Service).Where {
		named := slices.ContainsFunc(incidents, func(inc IncidentResult) bool {
			return inc.Service == res.Service && inc.Onset.Equal(*res.OnsetEstimated) && slices.Contains(inc.Countries, code)
		})
		if !named {
			what = append(what, "declared without naming "+code)
		}
	}
	return what
}

// timeOrNil returns t in UTC, or nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func share(part, all int64) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

func round4(v float64) float64 { return math.Round(v*1e4) / 1e4 }
