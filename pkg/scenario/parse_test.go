package scenario

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
)

// small is a scenario file with at least one of everything.
const small = `name: small
title: Small
source: made up
start: 2024-04-03T14:00:00Z
end: 2024-04-04T02:00:00Z
history_weeks: 1
expect: declared
declared_within: 5m
services:
  - service: whatsapp
    role: story
    onset: "18:00"
    where: [IN]
    rhythm: social
    dispersion: 0.02
    quiet: {IN: 30, GB: 10}
    split: {connection: 60, other: 40}
    surges:
      - what: the outage
        reports: {IN: 900}
        shape: {"18:00": 0, "18:10": 1, "01:00": 0}
        splits:
          "18:00": {connection: 100}
          "2024-04-03T19:00:00Z": {login: 100}
      - what: a little more
        times: 1.5
        countries: [GB]
        shape: {"18:00": 1, "19:00": 1}
        split: {other: 100}
brigades:
  - what: one network
    service: whatsapp
    country: IN
    symptom: login
    from: "15:00"
    to: "16:00"
    networks: ["192.0.2.0/24"]
    addresses: 200
    devices: 2
    per_minute: 10
press:
  - what: India
    services: [whatsapp]
    country: IN
    count: 900
    window: 15m
    as_of: "18:30"
  - what: India, connection
    services: [whatsapp]
    symptom: connection
    share: 60
    within: 1 point
    window: 15m
    as_of: "18:30"
  - what: the world
    replayed: false
    count: 1000000
    note: a total
`

func TestParseReadsEveryField(t *testing.T) {
	s, err := Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2024, 4, 3, 0, 0, 0, 0, time.UTC)
	sv := s.Services[0]
	if !sv.Onset.Equal(day.Add(18*hour)) || len(sv.Quiet) != 2 || sv.Quiet[0] != (Rate{"GB", 10}) {
		t.Errorf("service is %+v, want onset 18:00 and the quiet rates of GB and IN", sv)
	}
	shape := sv.Surges[0].Shape
	if len(shape) != 3 || !shape[2].At.Equal(day.Add(25*hour)) || shape[1].Level != 1 {
		t.Errorf("shape is %v, want the last point after midnight", shape)
	}
	if m := sv.Surges[0].Moves; len(m) != 2 || !m[1].At.Equal(day.Add(19*hour)) || m[1].Split[0] != (Part{"login", 1}) {
		t.Errorf("moves are %v", m)
	}
	if r := sv.Surges[1]; r.Times != 1.5 || len(r.Rates) != 1 || r.Rates[0].Country != "GB" {
		t.Errorf("second surge is %+v, want 1.5 times in GB", r)
	}
	if p := s.Press[0]; !p.Replayed || p.Window != quarter || p.Within != 0.03 || p.Points {
		t.Errorf("first figure is %+v, want 3 %% of a 15 minute window", p)
	}
	if p := s.Press[1]; !p.Points || p.Within != 0.01 || math.Abs(p.Printed-0.6) > 1e-12 {
		t.Errorf("second figure is %+v, want within 1 point of 0.6", p)
	}
	if s.Press[2].Replayed || s.DeclaredWithin != 5*time.Minute || s.Weeks != 1 {
		t.Errorf("scenario is %+v, want a third figure that is not replayed, 5m to declare and 1 week of history", s)
	}
}

func TestASurgeWithTimesAppliesOnlyToItsCountries(t *testing.T) {
	s, err := Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	rng := source(1, "test")
	if in, gb := newFlow(rng, s, &s.Services[0], "IN"), newFlow(rng, s, &s.Services[0], "GB"); len(in.surges) != 1 || len(gb.surges) != 1 || gb.surges[0].Times != 1.5 {
		t.Errorf("India has %d surges and Britain %d, want one each", len(in.surges), len(gb.surges))
	}
}

func TestParseNamesTheFault(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"name: small", "name: Not Small", "small.yaml:1: name: must be lower-case"},
		{"title: Small\n", "", "title: is missing"},
		{"source: made up\n", "", "source: is missing"},
		{"title: Small", "titel: Small", `small.yaml:2: unknown field "titel"`},
		{"start: 2024-04-03T14:00:00Z", "start: yesterday", "small.yaml:4: start: is not a time"},
		{"start: 2024-04-03T14:00:00Z", "start: 2024-04-03T14:05:00Z", "small.yaml:4: start: must be a full hour"},
		{"end: 2024-04-04T02:00:00Z", "end: 2024-04-03T02:00:00Z", "small.yaml:5: end: must be after the start"},
		{"end: 2024-04-04T02:00:00Z", "end: 2024-08-04T02:00:00Z", "small.yaml:5: end: must be after the start, by at most 31 days"},
		{"history_weeks: 1", "history_weeks: 99", "small.yaml:6: history_weeks"},
		{"expect: declared", "expect: fun", "small.yaml:7: expect"},
		{"expect: declared", "expect: no incident", `small.yaml:7: expect: must be "declared" exactly when`},
		{"declared_within: 5m", "declared_within: soon", "small.yaml:8: declared_within"},
		{"service: whatsapp\n    role", "service: What's App\n    role", "small.yaml:10: services[0].service"},
		{"role: story", "role: villain", "small.yaml:11: services[0].role"},
		{`    onset: "18:00"` + "\n", "", "services[0].onset"},
		{`onset: "18:00"`, `onset: "03:00"`, `small.yaml:12: services[0].onset: "03:00" is outside of the replay`},
		{`onset: "18:00"`, `onset: "2024-04-03T18:00:30Z"`, "is not a full minute"},
		{"where: [IN]", "where: [QQ]", "small.yaml:13: services[0].where"},
		{"rhythm: social", "rhythm: waltz", "small.yaml:14: services[0].rhythm"},
		{"dispersion: 0.02", "dispersion: 2", "small.yaml:15: services[0].dispersion"},
		{"quiet: {IN: 30,", "quiet: {QQ: 30,", `services[0].quiet: "QQ" is not a country`},
		{"quiet: {IN: 30,", "quiet: {IN: -30,", "services[0].quiet: IN must be above 0"},
		{"quiet: {IN: 30,", "quiet: {IN: .nan,", "services[0].quiet: IN must be above 0"},
		{"{connection: 60, other: 40}", "{connection: 60, other: 30}", "services[0].split: the shares sum to 90, not to 100"},
		{"{connection: 60, other: 40}", "{Connection: 60, other: 40}", `"Connection" is not the ID of a symptom`},
		{"reports: {IN: 900}", "times: 3", ""},
		{"reports: {IN: 900}", "{}", "small.yaml"},
		{"        reports: {IN: 900}\n", "", "services[0].surges[0]: must state either times or reports"},
		{"times: 1.5", "times: 0.5", "services[0].surges[1].times: must be above 1"},
		{`"18:10": 1,`, `"18:10": 2,`, "the level at 18:10 must be between 0 and 1"},
		{`{"18:00": 1, "19:00": 1}`, `{"18:00": 1}`, "must have at least two points"},
		{`"18:10": 1,`, `"2024-04-03T18:00:00Z": 1,`, "names 18:00 twice"},
		{"countries: [GB]", "countries: [GB]\n        reports: {GB: 1}", "must state either"},
		{"split: {other: 100}", `split: {other: 100}` + "\n        splits: {\"18:00\": {other: 100}}", "state either split or splits"},
		{"    service: whatsapp\n    country", "    service: signal\n    country", `brigades[0].service: "signal" is not one of the services`},
		{`["192.0.2.0/24"]`, `["8.8.8.0/24"]`, "brigades[0].networks[0]"},
		{`["192.0.2.0/24"]`, `["2001:db8:1::/48"]`, "brigades[0].networks[0]"},
		{`["192.0.2.0/24"]`, `["192.0.2.0/24", "192.0.2.0/24"]`, "comes twice"},
		{"addresses: 200", "addresses: 255", "brigades[0].addresses: must be between 1 and 254"},
		{"devices: 2", "devices: -2", "brigades[0].devices"},
		{"per_minute: 10", "per_minute: 0", "brigades[0].per_minute"},
		{`to: "16:00"`, `to: "15:00"`, "brigades[0].to: must be after from"},
		{"count: 900", "share: 9", "press[0]: must state a count"},
		{"share: 60", "count: 60", "press[1]: a symptom has a share"},
		{"share: 60", "share: 160", "press[1]: a symptom has a share"},
		{"within: 1 point", "within: 1 mile", "press[1].within"},
		{"    count: 900\n    window: 15m", "    count: 900\n    within: 1 point\n    window: 15m", "press[0].within"},
		{"    count: 900\n    window: 15m", "    count: 900\n    window: 10m", "press[0].window: must be one of"},
		{"    count: 900\n    window: 15m", "    count: 900\n    window: 6h", "press[0].window: reaches back before the start"},
		{"    count: 900\n    window: 15m", "    count: 900\n    window: 15m\n    as_off: x", "unknown field"},
		{"    note: a total\n", "", "press[2]: what is not replayed has a count and a note"},
		{"name: small\n", "name: small\nname: large\n", `mapping key "name" already defined`},
		{"services:\n", "services: [\n", "small.yaml:"},
		{"countries: [GB]", "countries: !GB]", "small.yaml:27: tags and directives are not supported"},
		{"split: {other: 100}", "split: *usual", "small.yaml:29: anchors and aliases are not supported"},
		{"countries: [GB]", "countries: [[[[GB]]]]", "small.yaml:27: brackets nested so deeply"},
		{"title: Small", "title: \xff", "small.yaml:1: the file is not UTF-8"},
		{"title: Small", "---\ntitle: Small", "small.yaml:1: the file must hold one scenario"},
	} {
		if !strings.Contains(small, c.old) {
			t.Fatalf("the file does not contain %q", c.old)
		}
		_, err := Parse("small.yaml", []byte(strings.Replace(small, c.old, c.new, 1)))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%q for %q: %v", c.new, c.old, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q for %q: error %v, want %q", c.new, c.old, err, c.want)
		}
	}
}

func TestParseNamesEveryFault(t *testing.T) {
	spoiled := strings.NewReplacer("name: small", "name: S", "role: story", "role: villain", "count: 900", "count: -1").Replace(small)
	_, err := Parse("small.yaml", []byte(spoiled))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"small.yaml:1: name", "small.yaml:11: services[0].role", "press[0]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(more))
	f.Add([]byte("name: [x"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("services:\n  - surges:\n      - countries: !GB]\n        shape: {a: 1}\n"))
	f.Add([]byte("start: 2024-04-03T14:00:00Z\n---\nend: x"))
	line := regexp.MustCompile(`^fuzz\.yaml:\d+: `)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.yaml", data)
		if err != nil {
			if !line.MatchString(err.Error()) {
				t.Errorf("error %q does not begin with file and line", err)
			}
			return
		}
		if !s.Start.Before(s.End) || len(s.Services) == 0 || s.Minutes() <= 0 {
			t.Fatalf("accepted a scenario from %v to %v with %d services", s.Start, s.End, len(s.Services))
		}
		for _, sv := range s.Services {
			for _, sp := range sv.splits() {
				var sum float64
				for _, p := range sp {
					sum += p.Share
				}
				if math.Abs(sum-1) > 1e-4 {
					t.Fatalf("accepted a split that sums to %g", sum)
				}
			}
		}
	})
}
