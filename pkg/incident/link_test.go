package incident

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

func TestIncidentsOfOneEventAreLinked(t *testing.T) {
	italy, japan := Segment{ID: "IT", Observed: 900, Expected: 9}, Segment{ID: "JP", Observed: 900, Expected: 9}
	late := noon.Add(3 * time.Hour)
	needs := func(p Situation, services ...string) Situation {
		p.Needs = services
		return p
	}
	for name, c := range map[string]struct {
		all  []Situation
		want map[string][]string
	}{
		"one provider": {
			[]Situation{down("whatsapp", "meta", noon, italy), down("facebook", "meta", late, japan)},
			map[string][]string{"whatsapp": {"facebook-2022-10-25-1500"}, "facebook": {"whatsapp-2022-10-25-1200"}},
		},
		"unknown providers": {all: []Situation{down("a", "", noon, italy), down("b", "", late, japan)}},
		"one that is needed": {
			[]Situation{needs(down("signal", "signal", late, japan), "cdn", "aws"), down("aws", "amazon", noon, italy)},
			map[string][]string{"signal": {"aws-2022-10-25-1200"}, "aws": {"signal-2022-10-25-1500"}},
		},
		"a common onset": {
			[]Situation{down("a", "a", noon, italy, japan), down("b", "b", noon.Add(5*time.Minute), japan)},
			map[string][]string{"a": {"b-2022-10-25-1205"}, "b": {"a-2022-10-25-1200"}},
		},
		"onsets six minutes apart":         {all: []Situation{down("a", "a", noon, italy), down("b", "b", noon.Add(6*time.Minute), italy)}},
		"a common onset in two countries":  {all: []Situation{down("a", "a", noon, italy), down("b", "b", noon, japan)}},
		"one of the two is suspected":      {all: []Situation{down("whatsapp", "meta", noon, italy), rising("facebook", "meta", late, italy)}},
		"two suspicions at the same time":  {all: []Situation{rising("a", "a", noon, italy), rising("b", "b", noon, italy)}},
		"one of the two is over":           {all: []Situation{down("whatsapp", "meta", noon, italy), over(down("facebook", "meta", noon, italy))}},
		"what is needed by both is not in": {all: []Situation{needs(down("a", "a", noon, italy), "aws"), needs(down("b", "b", late, italy), "aws")}},
		"a chain of different ties": {
			[]Situation{
				down("whatsapp", "meta", noon, italy), down("facebook", "meta", late, japan),
				down("tim-it", "tim", noon.Add(3*time.Minute), italy), needs(down("poste", "poste", noon.Add(time.Hour), italy), "tim-it"),
				down("line", "ly", noon, japan),
			},
			map[string][]string{
				"whatsapp": {"facebook-2022-10-25-1500", "poste-2022-10-25-1300", "tim-it-2022-10-25-1203"},
				"facebook": {"poste-2022-10-25-1300", "tim-it-2022-10-25-1203", "whatsapp-2022-10-25-1200"},
				"tim-it":   {"facebook-2022-10-25-1500", "poste-2022-10-25-1300", "whatsapp-2022-10-25-1200"},
				"poste":    {"facebook-2022-10-25-1500", "tim-it-2022-10-25-1203", "whatsapp-2022-10-25-1200"},
			},
		},
	} {
		got := Relate(c.all, defaultPolicy)
		for _, p := range c.all {
			if !slices.Equal(got[p.Service].Linked, c.want[p.Service]) {
				t.Errorf("%s: %s is linked with %v, want %v", name, p.Service, got[p.Service].Linked, c.want[p.Service])
			}
		}
	}
}

// over returns p with its incident resolved.
func over(p Situation) Situation {
	p.Incident.State, p.Incident.Resolved = Resolved, noon.Add(time.Hour)
	return p
}

func TestALinkIsANewVersionAndStays(t *testing.T) {
	with := func(ids ...string) Judgement {
		j := world(detect.Outage)
		j.Relation.Linked = ids
		return j
	}
	s := begin(t).ticks(time.Minute, world(detect.Outage))
	version, events := s.incident.Version, len(s.timeline)
	s.tick(with("b")).tick(with("a", "b")).tick(with("a", "b")).tick(with("c"))
	if in := s.incident; !slices.Equal(in.Linked, []string{"a", "b", "c"}) || in.Version != version+3 {
		t.Errorf("linked with %v at version %d after %d", in.Linked, in.Version, version)
	}
	if len(s.timeline) != events {
		t.Errorf("a link made the events %v, want none", s.timeline[events:])
	}
	s.tick(world(detect.Outage)).tick(ended(s.at))
	if in := s.incident; len(in.Linked) != 3 {
		t.Errorf("at the end it is linked with %v", in.Linked)
	}
}

func TestAnEventOfThousandsNamesFewAndHasOneID(t *testing.T) {
	italy := Segment{ID: "IT", Observed: 900, Expected: 9}
	var all []Situation
	for i := range 3000 {
		provider := ""
		if i%1000 == 999 {
			provider = "one"
		}
		all = append(all, down(fmt.Sprintf("service-%04d", i), provider, noon.Add(time.Duration(i%5)*time.Minute), italy))
	}
	got := Relate(all, defaultPolicy)
	for _, p := range all {
		r := got[p.Service]
		if r.Event != "service-0000-2022-10-25-1200" || len(r.Linked) != MaxLinked || slices.Contains(r.Linked, p.Incident.ID) || !slices.IsSorted(r.Linked) {
			t.Fatalf("%s belongs to %q and is linked with %v, want the first one and %d others", p.Service, r.Event, r.Linked, MaxLinked)
		}
	}
	if r := got["service-0999"]; !slices.Contains(r.Linked, "service-1999-2022-10-25-1204") || !slices.Contains(r.Linked, "service-2999-2022-10-25-1204") {
		t.Errorf("linked with %v, want those of the same provider first", r.Linked)
	}
}

func TestOfTwoEventsThatAreOneTheEarlierKeepsItsID(t *testing.T) {
	italy, japan := Segment{ID: "IT", Observed: 900, Expected: 9}, Segment{ID: "JP", Observed: 900, Expected: 9}
	one, other := down("b", "b", noon.Add(3*time.Hour), italy), down("a", "a", noon.Add(time.Hour), japan)
	one.Incident.Event, other.Incident.Event = "z-2022-10-25-1200", "c-2022-10-25-1300"
	both := down("m", "m", noon.Add(4*time.Hour), italy)
	both.Needs = []string{"a", "b"}
	got := Relate([]Situation{one, other, both}, defaultPolicy)
	for service, r := range got {
		if r.Event != "z-2022-10-25-1200" {
			t.Errorf("%s belongs to %q, want the event that began first", service, r.Event)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d incidents belong to the event, want 3", len(got))
	}
}
