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

// replayed is what `outcry simulate --json` promises to programs.
type replayed struct {
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

// replayedService is one service of a story.
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

var replays sync.Map // of sync.OnceValues by name: no scenario runs twice

// replayStory runs a scenario through the real program.
func replayStory(t *testing.T, name string) replayed {
	t.Helper()
	once, _ := replays.LoadOrStore(name, sync.OnceValues(func() (replayed, error) { return runReplay(name) }))
	r, err := once.(func() (replayed, error))()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func runReplay(name string) (replayed, error) {
	var r replayed
	path, err := binary()
	if err != nil {
		return r, err
	}
	out, err := exec.Command(path, "simulate", name, "--json").Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 2) { // 2: something is off, which is told below
		return r, fmt.Errorf("outcry simulate %s: %w", name, err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("outcry simulate %s printed no JSON: %w\n%s", name, err, out)
	}
	return r, nil
}

// stories are the five newspaper stories: the services they name, how many
// figures the press printed of what is replayed, and how far off they may be.
var stories = []struct {
	name     string
	services []string
	press    int
	within   float64
}{
	{"whatsapp-2017-11-03", []string{"whatsapp"}, 4, 0.03},
	{"meta-2021-10-04", []string{"facebook", "instagram", "whatsapp", "messenger"}, 4, 0.03},
	{"whatsapp-2022-10-25", []string{"whatsapp"}, 9, 0.03},
	{"whatsapp-instagram-2024-04-03", []string{"whatsapp", "instagram"}, 11, 0.03},
	{"whatsapp-evening", []string{"whatsapp"}, 0, 0.03},
}

func TestStoriesAreDeclaredResolvedAndAsPrinted(t *testing.T) {
	for _, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			r := replayStory(t, story.name)
			if r.Scenario != story.name || len(r.Services) != len(story.services) {
				t.Fatalf("replayed %s with %d services; want %s with %v", r.Scenario, len(r.Services), story.name, story.services)
			}
			for i, s := range r.Services {
				if s.Service != story.services[i] || s.Onset == nil || s.DeclaredAt == nil || s.ResolvedAt == nil || s.OnsetEstimated == nil || s.DelaySeconds == nil {
					t.Errorf("%s: %+v; want %s declared and resolved", s.Service, s, story.services[i])
					continue
				}
				if got := s.DeclaredAt.Sub(*s.Onset).Seconds(); got != *s.DelaySeconds || got < 0 {
					t.Errorf("%s was declared %g s after the onset and says %g s", s.Service, got, *s.DelaySeconds)
				}
				var countries int64
				for _, c := range s.Countries {
					countries += c.Reports
				}
				if countries != s.Reports || s.Reports == 0 {
					t.Errorf("%s has %d reports, and %d by country", s.Service, s.Reports, countries)
				}
			}
			if len(r.Press) < story.press {
				t.Errorf("%d printed figures were checked; want at least %d", len(r.Press), story.press)
			}
			for _, p := range r.Press {
				if !p.OK || p.Window == "" || p.AsOf.IsZero() || math.Abs(p.Measured-p.Printed) > story.within*p.Printed {
					t.Errorf("%s: printed %g, measured %g in %s as of %s (ok: %v)", p.What, p.Printed, p.Measured, p.Window, p.AsOf, p.OK)
				}
			}
		})
	}
}

// TestACrowdIsDeclaredWithinAMinute holds the replays to what the first minute
// with 100 reports from 30 networks leaves no doubt of.
func TestACrowdIsDeclaredWithinAMinute(t *testing.T) {
	for _, name := range []string{"whatsapp-2022-10-25", "meta-2021-10-04"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range replayStory(t, name).Services {
				if s.CrowdedAt == nil || s.DeclaredAt == nil || s.OnsetEstimated == nil {
					t.Errorf("%s: %+v", s.Service, s)
					continue
				}
				// The minute is over a minute after it began.
				if after := s.DeclaredAt.Sub(s.CrowdedAt.Add(time.Minute)); after > time.Minute {
					t.Errorf("%s was declared %s after its first minute with a crowd", s.Service, after)
				}
				if off := s.OnsetEstimated.Sub(*s.Onset).Abs(); off > 5*time.Minute {
					t.Errorf("the onset of %s is off by %s", s.Service, off)
				}
				t.Logf("%s: crowd in the minute of %s, declared %s, onset off by %s", s.Service, s.CrowdedAt.Format(time.TimeOnly),
					s.DeclaredAt.Format(time.TimeOnly), s.OnsetEstimated.Sub(*s.Onset))
			}
		})
	}
}

// TestEchoesAreNoOutages holds the replays to their carriers: those that people
// report only because something far bigger is down, and one that truly fails at
// the same time.
func TestEchoesAreNoOutages(t *testing.T) {
	for name, failing := range map[string]string{
		"whatsapp-2022-10-25": "", "meta-2021-10-04": "",
		"whatsapp-2022-10-25-carrier": "vodafone-it", "meta-2021-10-04-carrier": "t-mobile-us",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := replayStory(t, name)
			for _, inc := range r.Incidents {
				if inc.Role == "echo" && inc.DeclaredAt != nil {
					t.Errorf("%s was declared at %s", inc.Service, inc.DeclaredAt)
				}
			}
			declared := slices.ContainsFunc(r.Services, func(s replayedService) bool { return s.Service == failing && s.DeclaredAt != nil })
			if failing != "" && !declared {
				t.Errorf("%s failed and was not declared", failing)
			}
		})
	}
}

func TestAnEveningInOneCountryIsDeclaredThere(t *testing.T) {
	t.Parallel()
	for _, inc := range replayStory(t, "whatsapp-evening").Incidents {
		if inc.DeclaredAt != nil && !slices.Equal(inc.Countries, []string{"BD"}) {
			t.Errorf("%s was declared in %v", inc.Service, inc.Countries)
		}
	}
}

func TestSplitOf2017IsThatOfTheNewspaper(t *testing.T) {
	t.Parallel()
	s := replayStory(t, "whatsapp-2017-11-03").Services[0]
	for symptom, want := range map[string]float64{"connection": 0.51, "messaging": 0.29, "login": 0.19} {
		if got := s.Symptoms[symptom]; math.Abs(got-want) > 0.01 {
			t.Errorf("%s has a share of %.3f from onset to resolution; want %.2f within a point", symptom, got, want)
		}
	}
	if s.DelaySeconds == nil || *s.DelaySeconds > 300 {
		t.Errorf("declared after %v s; want at most 300", s.DelaySeconds)
	}
}

func TestBrigadeIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	for _, inc := range replayStory(t, "brigade").Incidents {
		if inc.DeclaredAt != nil {
			t.Errorf("a brigade had %s declared at %s", inc.Service, inc.DeclaredAt)
		}
	}
}

func TestQuietFortnightHasNoIncident(t *testing.T) {
	t.Parallel()
	for _, inc := range replayStory(t, "quiet-fortnight").Incidents {
		t.Errorf("%s has an incident in a quiet fortnight", inc.Service)
	}
}
