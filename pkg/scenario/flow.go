package scenario

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// quarter is the grain at which the quiet level moves.
const quarter = 15 * time.Minute

// perQuarter divides a rate per 15 minutes into minutes.
const perQuarter = float64(quarter / window.Width)

// flow draws the presses of people in one country on one service.
type flow struct {
	rng      *rand.Rand
	service  *Service
	press    press // without symptom
	zone     *time.Location
	quiet    float64 // per 15 minutes, on average over a week
	symptoms []string
	shares   []float64
	surges   []*swell

	quarter time.Time // the one that level holds for
	level   float64   // quiet reports per minute in it
}

// swell is a surge as one country sees it.
type swell struct {
	*Surge
	rate     float64 // per 15 minutes; 0 with Times
	printed  bool    // a printed figure depends on it
	count    even
	deal     deal
	symptoms []string
	shares   []float64 // scratch
}

func newFlow(rng *rand.Rand, s *Scenario, sv *Service, country string) *flow {
	at := places()[country]
	f := &flow{
		rng: rng, service: sv, zone: at.zone, quiet: sv.quiet(country),
		press: press{service: sv.Slug, country: country, index: at.index, brigade: -1},
	}
	for _, p := range sv.Split {
		f.symptoms = append(f.symptoms, p.Symptom)
		f.shares = append(f.shares, p.Share)
	}
	for i := range sv.Surges {
		sg := &sv.Surges[i]
		i := slices.IndexFunc(sg.Rates, func(r Rate) bool { return r.Country == country })
		if i < 0 && len(sg.Rates) > 0 {
			continue
		}
		w := &swell{Surge: sg, printed: s.printed(sv.Slug, country), symptoms: sg.symptoms(sv.Split)}
		if sg.Times == 0 {
			w.rate = sg.Rates[i].PerQ
		}
		w.shares = make([]float64, len(w.symptoms))
		w.deal.due = make([]float64, len(w.symptoms))
		f.surges = append(f.surges, w)
	}
	return f
}

// printed tells whether a replayed figure depends on the reports of service
// from country.
func (s *Scenario) printed(service, country string) bool {
	return slices.ContainsFunc(s.Press, func(p Figure) bool {
		return p.Replayed && slices.Contains(p.Services, service) && (p.Country == "" || p.Country == country)
	})
}

// draw appends the presses of the minute that starts at t.
func (f *flow) draw(presses []press, t time.Time) []press {
	if q := t.Truncate(quarter); !q.Equal(f.quarter) {
		f.quarter = q
		f.level = f.usual(q) / perQuarter * wander(f.rng, f.service.Dispersion, 1)
	}
	for range poisson(f.rng, f.level) {
		f.press.symptom = f.symptoms[pick(f.rng, f.shares)]
		presses = append(presses, f.press)
	}
	for _, w := range f.surges {
		presses = f.swell(presses, w, t)
	}
	return presses
}

// usual returns the quiet rate of the quarter that starts at q.
func (f *flow) usual(q time.Time) float64 {
	return f.quiet * f.service.Rhythm.Season(q.Add(quarter/2).In(f.zone))
}

// swell appends what a surge adds in the minute that starts at t.
func (f *flow) swell(presses []press, w *swell, t time.Time) []press {
	// Control points lie on full minutes, so the middle is the mean.
	level := w.level(t.Add(window.Width / 2))
	if level <= 0 {
		return presses
	}
	mean := w.rate / perQuarter * level
	if w.Times > 0 {
		mean = f.level * (w.Times - 1) * level
	}
	var n int64
	if w.printed {
		n = w.count.draw(f.rng, mean)
	} else {
		n = poisson(f.rng, mean)
	}
	if n == 0 {
		return presses
	}
	w.splitAt(w.shares, w.symptoms, f.service.Split, t)
	for range n {
		i := 0
		if w.printed {
			i = w.deal.next(w.shares)
		} else {
			i = pick(f.rng, w.shares)
		}
		f.press.symptom = w.symptoms[i]
		presses = append(presses, f.press)
	}
	return presses
}

// level returns the surge's shape at t.
func (sg *Surge) level(t time.Time) float64 {
	for i := 1; i < len(sg.Shape); i++ {
		from, to := sg.Shape[i-1], sg.Shape[i]
		if t.Before(from.At) {
			return 0
		}
		if t.Before(to.At) {
			return from.Level + (to.Level-from.Level)*between(from.At, to.At, t)
		}
	}
	return 0
}

// between returns how far t is on the way from a to b.
func between(a, b, t time.Time) float64 { return float64(t.Sub(a)) / float64(b.Sub(a)) }

// symptoms returns every symptom the surge ever shows, usual being the split
// of its service.
func (sg *Surge) symptoms(usual Split) []string {
	moves := sg.Moves
	if len(moves) == 0 {
		moves = []SplitPoint{{Split: usual}}
	}
	var ids []string
	for _, m := range moves {
		for _, p := range m.Split {
			if !slices.Contains(ids, p.Symptom) {
				ids = append(ids, p.Symptom)
			}
		}
	}
	return ids
}

// splitAt writes the share of each symptom at t into shares.
func (sg *Surge) splitAt(shares []float64, symptoms []string, usual Split, t time.Time) {
	from, to, part := usual, usual, 0.0
	if n := len(sg.Moves); n > 0 {
		i := 0
		for i < n && !t.Before(sg.Moves[i].At) {
			i++
		}
		from, to = sg.Moves[max(i-1, 0)].Split, sg.Moves[min(i, n-1)].Split
		if i > 0 && i < n {
			part = between(sg.Moves[i-1].At, sg.Moves[i].At, t)
		}
	}
	for i, id := range symptoms {
		shares[i] = from.of(id)*(1-part) + to.of(id)*part
	}
}

// of returns the share of a symptom.
func (sp Split) of(symptom string) float64 {
	for _, p := range sp {
		if p.Symptom == symptom {
			return p.Share
		}
	}
	return 0
}
