package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
)

// replayResult is the part of the output of `outcry simulate --json` that other
// programs may rely on.
type replayResult struct {
	Scenario string            `json:"scenario"`
	Services []replayedService `json:"services"`
	Press    []struct {
		What     string    `json:"what"`
		Printed  float64   `json:"printed"`
		Measured float64   `json:"measured"`
		Window   string    `json:"window"`
		AsOf     time.Time `json:"as_of"`
		OK       bool      `json:"ok"`
	} `json:"press"`
	Incidents []struct {
		Service    string     `json:"service"`
		Role       string     `json:"role"`
		DeclaredAt *time.Time `json:"declared_at"`
		Countries  []string   `json:"countries"`
	} `json:"incidents"`
}

// replayedService is the result for one service of a scenario.
type replayedService struct {
	Service        string             `json:"service"`
	Onset          *time.Time         `json:"onset"`
	OnsetEstimated *time.Time         `json:"onset_estimated"`
	DeclaredAt     *time.Time         `json:"declared_at"`
	DelaySeconds   *float64           `json:"delay_seconds"`
	CrowdedAt      *time.Time         `json:"crowded_at"`
	ResolvedAt     *time.Time         `json:"resolved_at"`
	Reports        int64              `json:"reports"`
	Symptoms       map[string]float64 `json:"symptoms"`
	Countries      []struct {
		Country string `json:"country"`
		Reports int64  `json:"reports"`
	} `json:"countries"`
}

var replays sync.Map // a sync.OnceValues by scenario name, so that none runs twice

// replayStory returns the result of a scenario, which it replays at most once.
func replayStory(t *testing.T, name string) replayResult {
	t.Helper()
	once, _ := replays.LoadOrStore(name, sync.OnceValues(func() (replayResult, error) { return runReplay(name) }))
	r, err := once.(func() (replayResult, error))()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// runReplay replays a scenario with the real program.
func runReplay(name string) (replayResult, error) {
	var r replayResult
	path, err := binary()
	if err != nil {
		return r, err
	}
	out, err := exec.Command(path, "simulate", name, "--json").Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 2) { // 2: a figure differs from the press, which the tests check
		return r, fmt.Errorf("outcry simulate %s: %w", name, err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("outcry simulate %s printed no JSON: %w\n%s", name, err, out)
	}
	return r, nil
}

// stories are the five newspaper stories, and the outage of a carrier.
var stories = []struct {
	name      string
	services  []string
	press     int     // how many printed figures are checked at least
	tolerance float64 // how far a measured figure may be from the printed one, as a share of it
}{
	{"whatsapp-2017-11-03", []string{"whatsapp"}, 4, 0.03},
	{"meta-2021-10-04", []string{"facebook", "instagram", "whatsapp", "messenger"}, 4, 0.03},
	{"whatsapp-2022-10-25", []string{"whatsapp"}, 9, 0.03},
	{"whatsapp-instagram-2024-04-03", []string{"whatsapp", "instagram"}, 11, 0.03},
	{"whatsapp-evening", []string{"whatsapp"}, 0, 0.03},
	{"att-2024-02-22", []string{"att", "cricket", "boost"}, 12, 0.03},
}

func TestStoriesAreDeclaredAndResolvedAndMatchThePress(t *testing.T) {
	for _, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			r := replayStory(t, story.name)
			if r.Scenario != story.name || len(r.Services) != len(story.services) {
				t.Fatalf("the result is of %s with %d services, want %s with %v", r.Scenario, len(r.Services), story.name, story.services)
			}
			for i, s := range r.Services {
				if s.Service != story.services[i] || s.Onset == nil || s.DeclaredAt == nil || s.ResolvedAt == nil || s.OnsetEstimated == nil || s.DelaySeconds == nil {
					t.Errorf("service %d is %+v, want %s with onset, declaration and resolution", i, s, story.services[i])
					continue
				}
				if got := s.DeclaredAt.Sub(*s.Onset).Seconds(); got != *s.DelaySeconds || got < 0 {
					t.Errorf("%s: delay_seconds = %g, want the %g from onset to declaration, which is not negative", s.Service, *s.DelaySeconds, got)
				}
				var countries int64
				for _, c := range s.Countries {
					countries += c.Reports
				}
				if countries != s.Reports || s.Reports == 0 {
					t.Errorf("%s: the countries have %d reports, want the %d of the service, and some", s.Service, countries, s.Reports)
				}
			}
			if len(r.Press) < story.press {
				t.Errorf("%d printed figures were checked, want at least %d", len(r.Press), story.press)
			}
			for _, p := range r.Press {
				if !p.OK || p.Window == "" || p.AsOf.IsZero() || math.Abs(p.Measured-p.Printed) > story.tolerance*p.Printed {
					t.Errorf("%s: measured %g in window %q as of %s with ok %v, want %g within %g %%", p.What, p.Measured, p.Window, p.AsOf, p.OK, p.Printed, 100*story.tolerance)
				}
			}
		})
	}
}

// TestACrowdIsDeclaredWithinAMinute checks that an outage is declared within a
// minute after the first minute with 100 reports from 30 networks.
func TestACrowdIsDeclaredWithinAMinute(t *testing.T) {
	for _, name := range []string{"whatsapp-2022-10-25", "meta-2021-10-04"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range replayStory(t, name).Services {
				if s.CrowdedAt == nil || s.DeclaredAt == nil || s.OnsetEstimated == nil {
					t.Errorf("%s: %+v, want a crowd, a declaration and an estimated onset", s.Service, s)
					continue
				}
				// CrowdedAt is the start of the minute.
				if after := s.DeclaredAt.Sub(s.CrowdedAt.Add(time.Minute)); after > time.Minute {
					t.Errorf("%s was declared %s after its first minute with a crowd, want at most 1m0s", s.Service, after)
				}
				if off := s.OnsetEstimated.Sub(*s.Onset).Abs(); off > 5*time.Minute {
					t.Errorf("%s: the estimated onset is off by %s, want at most 5m0s", s.Service, off)
				}
				t.Logf("%s: crowd in the minute of %s, declared %s, onset off by %s", s.Service, s.CrowdedAt.Format(time.TimeOnly),
					s.DeclaredAt.Format(time.TimeOnly), s.OnsetEstimated.Sub(*s.Onset))
			}
		})
	}
}

// TestEchoesAreNotDeclared checks the mobile carriers of the replays. People
// report some only because a far bigger service is down; these must not be
// declared. A carrier that truly fails at the same time must be.
func TestEchoesAreNotDeclared(t *testing.T) {
	for name, failing := range map[string]string{
		"whatsapp-2022-10-25": "", "meta-2021-10-04": "", "att-2024-02-22": "",
		"whatsapp-2022-10-25-carrier": "vodafone-it", "meta-2021-10-04-carrier": "t-mobile-us", "att-2024-02-22-carrier": "verizon",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := replayStory(t, name)
			for _, inc := range r.Incidents {
				if inc.Role == "echo" && inc.DeclaredAt != nil {
					t.Errorf("the echo %s was declared at %s, want it not declared", inc.Service, inc.DeclaredAt)
				}
			}
			declared := slices.ContainsFunc(r.Services, func(s replayedService) bool { return s.Service == failing && s.DeclaredAt != nil })
			if failing != "" && !declared {
				t.Errorf("%s failed and was not declared, want it declared", failing)
			}
			for _, s := range r.Services {
				if s.Service == failing && s.DeclaredAt != nil && s.DeclaredAt.Sub(*s.Onset) > 6*time.Minute {
					t.Errorf("%s was declared %s after it failed, want at most six minutes", failing, s.DeclaredAt.Sub(*s.Onset))
				}
			}
		})
	}
}

func TestAnOutageInOneCountryIsDeclaredThereOnly(t *testing.T) {
	t.Parallel()
	for _, inc := range replayStory(t, "whatsapp-evening").Incidents {
		if inc.DeclaredAt != nil && !slices.Equal(inc.Countries, []string{"BD"}) {
			t.Errorf("%s was declared in %v, want [BD]", inc.Service, inc.Countries)
		}
	}
}

func TestTheSymptomSharesOf2017MatchTheNewspaper(t *testing.T) {
	t.Parallel()
	s := replayStory(t, "whatsapp-2017-11-03").Services[0]
	for symptom, want := range map[string]float64{"connection": 0.51, "messaging": 0.29, "login": 0.19} {
		if got := s.Symptoms[symptom]; math.Abs(got-want) > 0.01 {
			t.Errorf("the share of %s from onset to resolution is %.3f, want %.2f within 0.01", symptom, got, want)
		}
	}
	if s.DelaySeconds == nil {
		t.Errorf("%s has no delay_seconds, want at most 300", s.Service)
	} else if *s.DelaySeconds > 300 {
		t.Errorf("%s: delay_seconds = %g, want at most 300", s.Service, *s.DelaySeconds)
	}
}

func TestABrigadeIsNeverDeclared(t *testing.T) {
	t.Parallel()
	for _, inc := range replayStory(t, "brigade").Incidents {
		if inc.DeclaredAt != nil {
			t.Errorf("%s was declared at %s because of a brigade, want it not declared", inc.Service, inc.DeclaredAt)
		}
	}
}

func TestAQuietFortnightHasNoIncident(t *testing.T) {
	t.Parallel()
	for _, inc := range replayStory(t, "quiet-fortnight").Incidents {
		t.Errorf("%s has an incident in a quiet fortnight, want none", inc.Service)
	}
}
