package incident

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// counts are the reports of a service in the hour after noon, by country and
// minute. They are the Evidence of a Situation.
type counts map[string]func(minute int) float64

// quiet is what every country of every service expects in a minute.
const quiet = 1.0

func (c counts) Course(country string) detect.Course {
	course := detect.Course{End: noon.Add(time.Hour), Spans: make([]detect.CourseBucket, 60)}
	for i := range course.Spans {
		span := detect.CourseBucket{Exposure: 1}
		for _, code := range slices.Sorted(maps.Keys(c)) {
			if code == country || country == "" {
				span.Reports += quiet + c[code](len(course.Spans)-1-i)
				span.Expected += quiet
			}
		}
		span.Discounted = span.Reports
		course.Spans[i] = span
	}
	return course
}

func (c counts) Explain(country, _ string, pull detect.Pull, tie detect.Tie) (detect.Explained, bool) {
	season := &detect.Season{Zone: "UTC"}
	for i := range season.Factors {
		season.Factors[i] = 1
	}
	b := &detect.Baseline{Level: quiet, Season: season, Recent: 1, Dispersion: 1.3, RateVariance: 0.02, Uncertainty: 0.01, LongestExposure: 1000 * time.Hour}
	e := detect.Explain(c.Settings(), b, c.Course(country), pull, detect.Sources{}, tie)
	return e, e.Holds(c.Settings())
}

func (c counts) Settings() detect.Settings { return detect.Defaults() }

// times returns n multiplied.
func times(by float64, n func(int) float64) func(int) float64 {
	return func(minute int) float64 { return by * n(minute) }
}

// later returns n some minutes later.
func later(by int, n func(int) float64) func(int) float64 {
	return func(minute int) float64 { return n(minute - by) }
}

// plus returns the sum of two.
func plus(a, b func(int) float64) func(int) float64 {
	return func(minute int) float64 { return a(minute) + b(minute) }
}

// outage is the course of a large outage: it rises for 20 minutes from noon on,
// and falls a little from 12:40 on.
func outage(minute int) float64 {
	return 2000 * max(0, min(float64(minute)/20, 1)-max(0, float64(minute-40)/60))
}

// counting gives a situation its counts at one o'clock.
func counting(s Situation, c counts) Situation {
	s.Evidence = c
	s.Judgement.At = noon.Add(time.Hour)
	s.Judgement.CountrySegments = nil
	for code := range c {
		n := c.Course(code)
		seg := Segment{ID: code}
		for _, span := range n.Spans[:15] {
			seg.Observed += int64(span.Reports)
			seg.Expected += span.Expected
		}
		s.Judgement.CountrySegments = append(s.Judgement.CountrySegments, seg)
	}
	slices.SortFunc(s.Judgement.CountrySegments, func(a, b Segment) int { return strings.Compare(a.ID, b.ID) })
	return s
}

// down returns a service with a declared incident.
func down(service, provider string, onset time.Time, countries ...Segment) Situation {
	p := rising(service, provider, onset, countries...)
	p.Incident.State, p.Incident.Level, p.Incident.Declared = Confirmed, detect.Outage, onset.Add(2*time.Minute)
	p.Incident.Peak = Peak{At: onset.Add(50 * time.Minute)}
	p.Incident.Countries = countries
	return p
}

// rising returns a service with a suspected incident.
func rising(service, provider string, onset time.Time, countries ...Segment) Situation {
	j := world(detect.Outage)
	j.Service.Observed, j.Service.Expected, j.Service.Onset = 0, 0, onset
	for _, c := range countries {
		j.Service.Observed += c.Observed
		j.Service.Expected += c.Expected
	}
	j.CountrySegments = countries
	return Situation{Service: service, Provider: provider, Judgement: j, Incident: &Incident{
		ID: service + "-" + onset.Format("2006-01-02-1504"), Service: service, State: Suspected, Level: detect.Warning, Onset: onset,
	}}
}

// giant returns WhatsApp down in Italy and Germany, declared.
func giant() Situation {
	return counting(down("whatsapp", "meta", noon), counts{"IT": outage, "DE": times(2, outage)})
}

// carrier returns a carrier in Italy that rises with WhatsApp, to 20 times what it
// expects.
func carrier() Situation {
	return counting(rising("tim-it", "tim", noon.Add(2*time.Minute)), counts{"IT": later(2, times(0.01, outage))})
}

// holders sets how many holders are behind the excess of a situation.
func holders(n int) func(*Situation) {
	return func(s *Situation) { s.Judgement.Service.Anomalous, s.Judgement.Service.Holders = true, n }
}

func TestAnEchoFollowsALargerOutageNearby(t *testing.T) {
	own := func(from int, n float64) func(int) float64 {
		return func(minute int) float64 { return n * min(max(0, float64(minute-from+1)/3), 1) }
	}
	facebook := func() Situation {
		return counting(down("facebook", "meta", noon), counts{"IT": times(9, outage)})
	}
	for name, c := range map[string]struct {
		giant, carrier func(*Situation)
		others         []Situation
		want           string
		rest           bool // something remains
	}{
		"a carrier beside a larger outage": {want: "whatsapp"},
		"the outage is only suspected":     {giant: func(s *Situation) { s.Incident.Declared, s.Judgement.Service.Level = time.Time{}, detect.Warning }},
		"it will be declared":              {giant: func(s *Situation) { s.Incident.Declared = time.Time{} }, want: "whatsapp"},
		"the outage recovers":              {giant: func(s *Situation) { s.Incident.State = Recovering }, want: "whatsapp"},
		"the outage is over": {giant: func(s *Situation) {
			s.Incident.State, s.Judgement.Service.Level = Resolved, detect.OK
		}, want: "whatsapp"},
		"it is confirmed already":   {carrier: func(s *Situation) { s.Incident.Declared = noon }},
		"it has no incident yet":    {carrier: func(s *Situation) { s.Incident = nil }, want: "whatsapp"},
		"its last incident is over": {carrier: func(s *Situation) { s.Incident.State, s.Incident.Onset = Resolved, noon.Add(-time.Hour) }, want: "whatsapp"},
		"it is a warning":           {carrier: func(s *Situation) { s.Judgement.Service.Level = detect.Warning }, want: "whatsapp"},
		"the outage is somewhere else": {giant: func(s *Situation) {
			*s = counting(*s, counts{"FR": outage})
		}},
		"a country of its own is beside it": {carrier: func(s *Situation) {
			*s = counting(*s, counts{"IT": times(0.01, outage), "CH": own(20, 20)})
			s.Judgement.Countries = []CountryVerdict{{"CH", verdict(detect.Outage)}}
		}, rest: true},

		"as many holders behind both":       {giant: holders(9), carrier: holders(12), want: "whatsapp"},
		"too few holders behind the outage": {giant: holders(6), carrier: holders(9)},
		"unknown holders behind the outage": {carrier: holders(9), want: "whatsapp"},

		"one provider":                  {carrier: func(s *Situation) { s.Provider = "meta" }},
		"unknown providers":             {giant: func(s *Situation) { s.Provider = "" }, carrier: func(s *Situation) { s.Provider = "" }, want: "whatsapp"},
		"it needs the other":            {carrier: func(s *Situation) { s.Needs = []string{"aws", "whatsapp"} }},
		"the other needs it":            {giant: func(s *Situation) { s.Needs = []string{"tim-it"} }},
		"both need a third":             {giant: func(s *Situation) { s.Needs = []string{"aws"} }, carrier: func(s *Situation) { s.Needs = []string{"aws"} }},
		"it needs one that is not down": {carrier: func(s *Situation) { s.Needs = []string{"aws"} }, want: "whatsapp"},
		"it needs one that is down": {carrier: func(s *Situation) { s.Needs = []string{"aws"} },
			others: []Situation{counting(down("aws", "amazon", noon), counts{"US": times(0.1, outage)})}},
		"it rose five minutes before": {carrier: func(s *Situation) { s.Incident.Onset = noon.Add(-5 * time.Minute) }, want: "whatsapp"},
		"it rose six minutes before":  {carrier: func(s *Situation) { s.Incident.Onset = noon.Add(-6 * time.Minute) }},

		"a peer follows with twenty times as much": {
			giant: func(s *Situation) { s.Category = "carrier" },
			carrier: func(s *Situation) {
				s.Category = "carrier"
				*s = counting(*s, counts{"IT": later(3, times(0.05, outage))})
			}, want: "whatsapp"},
		"a fifth of the outage is no echo": {carrier: func(s *Situation) { *s = counting(*s, counts{"IT": times(0.2, outage)}) }},
		"it does not follow": {carrier: func(s *Situation) {
			s.Incident.Onset = noon.Add(54 * time.Minute)
			*s = counting(*s, counts{"IT": own(54, 5)})
		}, rest: true},
		"it follows and then fails": {carrier: func(s *Situation) {
			*s = counting(*s, counts{"IT": plus(times(0.01, outage), own(54, 60))})
		}, rest: true},
		"two outages: the larger one": {others: []Situation{facebook()}, want: "facebook"},
		"two outages: the one it was before": {carrier: func(s *Situation) { s.Incident.EchoOf = "whatsapp" },
			others: []Situation{counting(down("facebook", "meta", noon), counts{"IT": times(1.5, outage)})}, want: "whatsapp"},
		"two outages: the larger one is somewhere else": {
			others: []Situation{counting(down("baidu", "baidu", noon), counts{"CN": times(9, outage)})}, want: "whatsapp"},
	} {
		g, small := giant(), carrier()
		if c.giant != nil {
			c.giant(&g)
		}
		if c.carrier != nil {
			c.carrier(&small)
		}
		related := Relate(append([]Situation{small, g}, c.others...), defaultPolicy)
		if r := related["tim-it"]; r.EchoOf != c.want || r.Rest.IsZero() == c.rest {
			t.Errorf("%s: it is an echo of %q with a rest since %s, want %q and a rest: %v", name, r.EchoOf, r.Rest, c.want, c.rest)
		}
		if r := related["whatsapp"]; r.EchoOf != "" {
			t.Errorf("%s: the outage is an echo of %q", name, r.EchoOf)
		}
	}
}

func TestTheShareAndTheFitOfAnEcho(t *testing.T) {
	r := Relate([]Situation{giant(), carrier()}, defaultPolicy)["tim-it"]
	if math.Abs(r.Share-0.01) > 0.001 || r.Fit < 0.8 {
		t.Errorf("the share is %.4f and the fit %.2f, want 0.01 and at least 0.8", r.Share, r.Fit)
	}
}

func TestARestBeginsWhenTheServiceFails(t *testing.T) {
	failing := counting(carrier(), counts{"IT": func(minute int) float64 {
		if minute < 54 {
			return 0.01 * outage(minute)
		}
		return 0.01*outage(minute) + 60
	}})
	r := Relate([]Situation{giant(), failing}, defaultPolicy)["tim-it"]
	if want := noon.Add(54 * time.Minute); r.EchoOf != "" || r.Rest.Sub(want).Abs() > time.Minute {
		t.Errorf("it is an echo of %q with a rest since %s, want none of any since %s", r.EchoOf, r.Rest, want)
	}
}

func TestRelateDoesNotDependOnTheOrder(t *testing.T) {
	all := crowd(300, 20)
	want := Relate(all, defaultPolicy)
	if len(want) == 0 {
		t.Fatal("nothing is related")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got := Relate(all, defaultPolicy); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order it is %v, was %v", got, want)
		}
	}
}

func TestRelateChangesNothing(t *testing.T) {
	all := crowd(300, 20)
	same := slices.Clone(all)
	Relate(all, defaultPolicy)
	if fmt.Sprint(all) != fmt.Sprint(same) {
		t.Error("Relate changed its argument")
	}
}

func TestWithoutTroubleNothingIsRelated(t *testing.T) {
	calm := Situation{Service: "signal", Provider: "signal", Judgement: world(detect.OK)}
	unknown := Situation{Service: "threema", Provider: "threema", Judgement: Judgement{}}
	if got := Relate([]Situation{giant(), calm, unknown}, defaultPolicy); len(got) != 0 {
		t.Errorf("related: %v", got)
	}
	if got := Relate([]Situation{carrier(), calm}, defaultPolicy); len(got) != 0 {
		t.Errorf("related without a declared outage: %v", got)
	}
}

// crowd returns n services in trouble, of which the first are declared outages.
func crowd(n, declared int) []Situation {
	rng := rand.New(rand.NewPCG(3, 4))
	var all []Situation
	for i := range n {
		codes := []string{"BD", "BR", "DE", "ES", "FR", "GB", "ID", "IN", "IT", "US"}
		rng.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
		by := counts{}
		var segments []Segment
		for _, code := range codes[:1+rng.IntN(5)] {
			by[code] = later(rng.IntN(4), times(0.01*rng.Float64(), outage))
			if i < declared {
				by[code] = times(10*rng.Float64(), outage)
			}
			segments = append(segments, Segment{ID: code})
		}
		service, onset := fmt.Sprintf("service-%05d", i), noon.Add(time.Duration(rng.IntN(600))*time.Second)
		s := rising(service, service, onset)
		if i < declared {
			s = down(service, service, onset, segments...)
		}
		all = append(all, counting(s, by))
	}
	return all
}

func TestRelateFindsEchoesAndEvents(t *testing.T) {
	related := Relate(crowd(300, 20), defaultPolicy)
	echoes, linked := 0, 0
	for r := range maps.Values(related) {
		if r.EchoOf != "" {
			echoes++
		}
		if len(r.Linked) > 0 {
			linked++
		}
		if r.EchoOf != "" && len(r.Linked) > 0 {
			t.Errorf("an echo is linked: %+v", r)
		}
		if !slices.IsSorted(r.Linked) {
			t.Errorf("not sorted: %v", r.Linked)
		}
	}
	if echoes < 200 || linked == 0 {
		t.Errorf("%d echoes and %d linked, want at least 200 and some", echoes, linked)
	}
}

// BenchmarkRelate relates 500 services that may be echoes of 20 outages.
func BenchmarkRelate(b *testing.B) {
	all := crowd(520, 20)
	b.ReportAllocs()
	for b.Loop() {
		Relate(all, defaultPolicy)
	}
}
