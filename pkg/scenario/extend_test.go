package scenario

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/catalog"
)

// more adds a carrier that fails, one that is new and a brigade to an embedded
// scenario.
const more = `name: more
extends: whatsapp-2022-10-25
title: More
source: made up
notes: [and more]
declared_within: 20m
services:
  - service: tim-it
    role: story
    onset: "07:10"
    rhythm: flat
    dispersion: 0
    quiet: {IT: 7}
    split: {calls: 100}
    surges:
      - what: the outage
        reports: {IT: 200}
        shape: {"07:10": 0, "07:20": 1, "08:00": 0}
  - service: fastweb
    role: control
    rhythm: flat
    dispersion: 0
    quiet: {IT: 3}
    split: {no-internet: 100}
brigades:
  - what: one network
    service: signal
    country: IN
    symptom: login
    from: "05:00"
    to: "06:00"
    networks: ["192.0.2.0/24"]
    addresses: 200
    per_minute: 10
press:
  - what: Italy, TIM
    services: [tim-it]
    count: 900
    window: 15m
    as_of: "07:30"
`

func TestAFileAddsToAnEmbeddedScenario(t *testing.T) {
	base := mustLoad(t, "whatsapp-2022-10-25")
	s, err := Parse("more.yaml", []byte(more))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "more" || s.Title != "More" || s.Source != "made up" || s.DeclaredWithin != 20*time.Minute {
		t.Errorf("name, title, source or declared_within is not that of the extension: %+v", s)
	}
	if !s.Start.Equal(base.Start) || !s.End.Equal(base.End) || s.Weeks != base.Weeks || s.Expect != Declared {
		t.Errorf("it is from %v to %v after %d weeks and expects %q", s.Start, s.End, s.Weeks, s.Expect)
	}
	if want := append(slices.Clone(base.Notes), "and more"); !slices.Equal(s.Notes, want) {
		t.Errorf("notes are %q", s.Notes)
	}
	if len(s.Services) != len(base.Services)+1 || s.Services[len(base.Services)].Slug != "fastweb" {
		t.Fatalf("it has %d services after %d", len(s.Services), len(base.Services))
	}
	for i, sv := range base.Services {
		if sv.Slug == "tim-it" {
			if got := s.Services[i]; got.Slug != "tim-it" || got.Role != Story || len(got.Surges) != 1 || !got.Onset.Equal(s.Start.Add(4*hour+10*time.Minute)) {
				t.Errorf("service %d is %+v, want tim-it of the extension", i, got)
			}
			continue
		}
		if diff := cmp.Diff(sv, s.Services[i]); diff != "" {
			t.Errorf("%s changed: %s", sv.Slug, diff)
		}
	}
	if len(s.Brigades) != 1 || len(s.Press) != len(base.Press)+1 || s.Press[len(base.Press)].What != "Italy, TIM" {
		t.Errorf("it has %d brigades and %d figures after %d", len(s.Brigades), len(s.Press), len(base.Press))
	}
	if again := mustLoad(t, "whatsapp-2022-10-25"); len(again.Services) != len(base.Services) {
		t.Errorf("the scenario itself has %d services now", len(again.Services))
	}
}

func TestParseOfAnExtensionNamesItsFaults(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"extends: whatsapp-2022-10-25", "extends: no-such", `more.yaml:2: extends: there is no embedded scenario "no-such"`},
		{"extends: whatsapp-2022-10-25", "extends: ../scenario/brigade", "more.yaml:2: extends: there is no embedded scenario"},
		{"extends: whatsapp-2022-10-25", "extends: whatsapp-2022-10-25-carrier", "more.yaml:2: extends: whatsapp-2022-10-25-carrier.yaml:2: extends: a scenario that extends another cannot be extended"},
		{"extends: whatsapp-2022-10-25\n", "", "start: is not a time"},
		{"title: More\n", "", "title: is missing"},
		{"source: made up\n", "", "source: is missing"},
		{"notes:", "start: 2022-10-25T03:00:00Z\nnotes:", "more.yaml:5: start: is that of the scenario which this one extends"},
		{"notes:", "end: 2022-10-25T12:00:00Z\nnotes:", "more.yaml:5: end: is that of"},
		{"notes:", "history_weeks: 2\nnotes:", "more.yaml:5: history_weeks: is that of"},
		{"notes:", "expect: no incident\nnotes:", `more.yaml:5: expect: must be "declared" exactly when`},
		{"service: fastweb", "service: tim-it", "more.yaml:19: services[1].service: tim-it comes twice"},
		{`onset: "07:10"`, `onset: "13:00"`, `services[0].onset: "13:00" is outside of the replay`},
		{"    service: signal", "    service: tango", `brigades[0].service: "tango" is not one of the services`},
	} {
		if !strings.Contains(more, c.old) {
			t.Fatalf("the file does not contain %q", c.old)
		}
		_, err := Parse("more.yaml", []byte(strings.Replace(more, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want %q", c.new, c.old, err, c.want)
		}
	}
}

func TestACarrierScenarioTurnsOneEchoIntoAStory(t *testing.T) {
	for name, carrier := range map[string]string{"whatsapp-2022-10-25-carrier": "vodafone-it", "meta-2021-10-04-carrier": "t-mobile-us"} {
		with, without := mustLoad(t, name), mustLoad(t, strings.TrimSuffix(name, "-carrier"))
		for _, sv := range without.Services {
			entry, ok := catalog.Default().Service(sv.Slug)
			if !ok {
				t.Fatalf("catalog.Default().Service(%q) found nothing", sv.Slug)
			}
			if network := entry.Category == "carrier" || entry.Category == "isp"; network && sv.Role != Echo {
				t.Errorf("%s: %s is a %s, want an echo", without.Name, sv.Slug, sv.Role)
			}
			want := sv.Role
			if sv.Slug == carrier {
				want = Story
			}
			if got := with.service(sv.Slug); got == nil || got.Role != want {
				t.Errorf("%s: %s is %+v, want the role %s", name, sv.Slug, got, want)
			}
		}
		if len(with.Services) != len(without.Services) || !strings.Contains(with.Source, "never happened") {
			t.Errorf("%s has %d services instead of %d and says %q", name, len(with.Services), len(without.Services), with.Source)
		}
	}
}
