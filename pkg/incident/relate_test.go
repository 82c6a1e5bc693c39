package incident

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// giant returns WhatsApp down in Italy and Germany, declared.
func giant() Situation {
	return down("whatsapp", "meta", noon,
		Segment{ID: "IT", Observed: 10_030, Expected: 30}, Segment{ID: "DE", Observed: 27_030, Expected: 30})
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

// carrier returns a carrier with twice its expected reports from Italy, 25 minutes
// later.
func carrier() Situation {
	return rising("tim-it", "tim", noon.Add(25*time.Minute), Segment{ID: "IT", Observed: 40, Expected: 20})
}

func TestAnEchoIsOfAFarLargerOutageNearby(t *testing.T) {
	for name, c := range map[string]struct {
		giant, carrier func(*Situation)
		others         []Situation
		want           string
		faint          bool
	}{
		"a carrier beside a far larger outage": {want: "whatsapp", faint: true},
		"the outage is only suspected":         {giant: func(p *Situation) { p.Incident.Declared = time.Time{} }},
		"the outage is over":                   {giant: func(p *Situation) { p.Incident.State = Resolved }},
		"the outage recovers":                  {giant: func(p *Situation) { p.Incident.State = Recovering }, want: "whatsapp", faint: true},
		"it is confirmed already":              {carrier: func(p *Situation) { p.Incident.Declared = noon }},
		"it is reopened":                       {carrier: func(p *Situation) { p.Incident.Declared = noon }},
		"it has no incident yet":               {carrier: func(p *Situation) { p.Incident = nil }, want: "whatsapp", faint: true},
		"its last incident is over":            {carrier: func(p *Situation) { p.Incident.State, p.Incident.Onset = Resolved, noon.Add(-time.Hour) }, want: "whatsapp", faint: true},
		"the outage is somewhere else":         {giant: func(p *Situation) { p.Judgement.CountrySegments[0].ID = "FR" }},

		"one provider":                     {carrier: func(p *Situation) { p.Provider = "meta" }},
		"unknown providers":                {giant: func(p *Situation) { p.Provider = "" }, carrier: func(p *Situation) { p.Provider = "" }, want: "whatsapp", faint: true},
		"it needs the other":               {carrier: func(p *Situation) { p.Needs = []string{"aws", "whatsapp"} }},
		"the other needs it":               {giant: func(p *Situation) { p.Needs = []string{"tim-it"} }},
		"both need a third":                {giant: func(p *Situation) { p.Needs = []string{"aws"} }, carrier: func(p *Situation) { p.Needs = []string{"aws"} }},
		"it needs one that is not down":    {carrier: func(p *Situation) { p.Needs = []string{"aws"} }, want: "whatsapp", faint: true},
		"it needs one that is down":        {carrier: func(p *Situation) { p.Needs = []string{"aws"} }, others: []Situation{down("aws", "amazon", noon, Segment{ID: "US", Observed: 90, Expected: 3})}},
		"it needs one that is suspected":   {carrier: func(p *Situation) { p.Needs = []string{"aws"} }, others: []Situation{rising("aws", "amazon", noon, Segment{ID: "US", Observed: 90, Expected: 3})}, want: "whatsapp", faint: true},
		"it rose five minutes before":      {carrier: func(p *Situation) { p.Incident.Onset = noon.Add(-5 * time.Minute) }, want: "whatsapp", faint: true},
		"it rose six minutes before":       {carrier: func(p *Situation) { p.Incident.Onset = noon.Add(-6 * time.Minute) }},
		"it rose 30 minutes after":         {carrier: func(p *Situation) { p.Incident.Onset = noon.Add(80 * time.Minute) }, want: "whatsapp", faint: true},
		"it rose 31 minutes after":         {carrier: func(p *Situation) { p.Incident.Onset = noon.Add(81 * time.Minute) }},
		"the other rose at once":           {giant: func(p *Situation) { p.Incident.Peak = Peak{} }, want: "whatsapp", faint: true},
		"that was 31 minutes ago":          {giant: func(p *Situation) { p.Incident.Peak = Peak{} }, carrier: func(p *Situation) { p.Incident.Onset = noon.Add(31 * time.Minute) }},
		"a hundredth is not faint":         {giant: func(p *Situation) { p.Judgement.CountrySegments[0].Observed = 2030 }, want: "whatsapp"},
		"over a hundredth is not faint":    {giant: func(p *Situation) { p.Judgement.CountrySegments[0].Observed = 2031 }, want: "whatsapp", faint: true},
		"a tenth is no echo":               {giant: func(p *Situation) { p.Judgement.CountrySegments[0].Observed = 230 }},
		"under a tenth is one":             {giant: func(p *Situation) { p.Judgement.CountrySegments[0].Observed = 231 }, want: "whatsapp"},
		"surely three times the baseline":  {carrier: func(p *Situation) { p.Judgement.CountrySegments[0].Observed = 90 }},
		"perhaps three times the baseline": {carrier: func(p *Situation) { p.Judgement.Service.Observed, p.Judgement.CountrySegments[0].Observed = 70, 70 }, want: "whatsapp", faint: true},
		"ten times in its first minutes": {carrier: func(p *Situation) {
			p.Judgement.Service.Observed, p.Judgement.Service.Expected, p.Judgement.Service.Window = 25, 2, 2*time.Minute
		}},
		"ten times since its onset": {carrier: func(p *Situation) {
			p.Judgement.At, p.Judgement.Reports = noon.Add(28*time.Minute), 40
		}},
		"twice since its onset": {carrier: func(p *Situation) {
			p.Judgement.At, p.Judgement.Reports = noon.Add(28*time.Minute), 8
		}, want: "whatsapp", faint: true},
		"much since an onset that is long ago": {carrier: func(p *Situation) {
			p.Judgement.At, p.Judgement.Reports = noon.Add(2*time.Hour), 4000
		}, want: "whatsapp", faint: true},
		"ten times in one country's verdict": {carrier: func(p *Situation) {
			v := verdict(detect.Outage)
			v.Observed, v.Expected = 25, 2
			p.Judgement.Countries = []CountryVerdict{{"IT", v}}
		}},
		"a country that is fine by its verdict": {carrier: func(p *Situation) {
			v := verdict(detect.OK)
			v.Observed, v.Expected = 25, 2
			p.Judgement.Countries = []CountryVerdict{{"IT", v}}
		}, want: "whatsapp", faint: true},
		"one country of two is truly down": {carrier: func(p *Situation) {
			p.Judgement.CountrySegments = []Segment{{ID: "IT", Observed: 60, Expected: 20}, {ID: "DE", Observed: 340, Expected: 200}}
			p.Judgement.CountrySegments[0].Observed = 100
		}},
		"much of it is where the other is not": {carrier: func(p *Situation) {
			p.Judgement.CountrySegments = append(p.Judgement.CountrySegments, Segment{ID: "CH", Observed: 30, Expected: 12})
		}},
		"a little of it is where the other is not": {carrier: func(p *Situation) {
			p.Judgement.CountrySegments = []Segment{{ID: "IT", Observed: 240, Expected: 120}, {ID: "CH", Observed: 23, Expected: 12}}
		}, want: "whatsapp"},
		"two countries together": {carrier: func(p *Situation) {
			p.Judgement.Service.Observed = 0
			p.Judgement.CountrySegments = []Segment{{ID: "IT", Observed: 75, Expected: 20}, {ID: "DE", Observed: 75, Expected: 20}}
		}},
		"chance where the other is not": {carrier: func(p *Situation) {
			p.Judgement.CountrySegments = append(p.Judgement.CountrySegments, Segment{ID: "CH", Observed: 16, Expected: 12})
		}, want: "whatsapp", faint: true},
		"nothing explains it, and elsewhere there is less than expected": {carrier: func(p *Situation) {
			p.Judgement.CountrySegments = []Segment{{ID: "IT", Observed: 22, Expected: 20}, {ID: "DE", Observed: 10, Expected: 20}}
		}, want: "whatsapp", faint: true},
		"some reports in the minute of its onset": {carrier: func(p *Situation) {
			p.Judgement.At, p.Judgement.Reports = p.Incident.Onset, 12
		}, want: "whatsapp", faint: true},
		"it has faded": {carrier: func(p *Situation) {
			p.Judgement.CountrySegments[0].Observed, p.Incident.EchoOf = 15, "whatsapp"
		}, want: "whatsapp", faint: true},
		"two outages: the larger one": {
			others: []Situation{down("facebook", "meta", noon, Segment{ID: "IT", Observed: 90_000, Expected: 30})}, want: "facebook", faint: true},
		"two outages: the one it was before": {
			carrier: func(p *Situation) { p.Incident.EchoOf = "whatsapp" },
			others:  []Situation{down("facebook", "meta", noon, Segment{ID: "IT", Observed: 90_000, Expected: 30})}, want: "whatsapp", faint: true},
		"two outages: the larger one is somewhere else": {
			others: []Situation{down("baidu", "baidu", noon, Segment{ID: "CN", Observed: 90_000, Expected: 30})}, want: "whatsapp", faint: true},
		"an echo is none of a smaller one": {
			giant: func(p *Situation) { p.Incident.State = Resolved }, others: []Situation{down("iliad-it", "iliad", noon, Segment{ID: "IT", Observed: 90, Expected: 9})}},
	} {
		g, small := giant(), carrier()
		if c.giant != nil {
			c.giant(&g)
		}
		if c.carrier != nil {
			c.carrier(&small)
		}
		all := append([]Situation{small, g}, c.others...)
		if r := Relate(all, defaultPolicy)["tim-it"]; r.EchoOf != c.want || r.Faint != c.faint {
			t.Errorf("%s: it is an echo of %q, faint: %v; want %q, %v", name, r.EchoOf, r.Faint, c.want, c.faint)
		}
		if r := Relate(all, defaultPolicy)["whatsapp"]; r.EchoOf != "" {
			t.Errorf("%s: the outage is an echo of %q", name, r.EchoOf)
		}
	}
}

func TestARealOutageBesideAFarLargerOneIsNoEcho(t *testing.T) {
	for _, times := range []float64{5, 10, 30} {
		failing := carrier()
		failing.Judgement.CountrySegments[0].Observed = int64(20 * times)
		failing.Judgement.Service.Observed = int64(20 * times)
		if r := Relate([]Situation{giant(), failing}, defaultPolicy)["tim-it"]; r.EchoOf != "" {
			t.Errorf("%g times the baseline: it is an echo of %s", times, r.EchoOf)
		}
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
	all, same := crowd(300, 20), crowd(300, 20)
	Relate(all, defaultPolicy)
	if !reflect.DeepEqual(all, same) {
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
		var countries []Segment
		for _, code := range codes[:1+rng.IntN(5)] {
			countries = append(countries, Segment{ID: code, Observed: 20 + rng.Int64N(30), Expected: 15})
		}
		service, onset := fmt.Sprintf("service-%05d", i), noon.Add(time.Duration(rng.IntN(600))*time.Second)
		if i < declared {
			for k := range countries {
				countries[k].Observed += rng.Int64N(10_000)
			}
			all = append(all, down(service, service, onset, countries...))
			continue
		}
		all = append(all, rising(service, service, onset, countries...))
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
	if echoes == 0 || linked == 0 {
		t.Errorf("%d echoes and %d linked, want some of both", echoes, linked)
	}
}

func BenchmarkRelate(b *testing.B) {
	all := crowd(20_000, 20)
	b.ReportAllocs()
	for b.Loop() {
		Relate(all, defaultPolicy)
	}
}
