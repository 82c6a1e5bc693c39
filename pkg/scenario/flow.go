package scenario

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// quarter is how long the quiet level stays the same.
const quarter = 15 * time.Minute

// perQuarter is the number of minutes by which a rate per 15 minutes is divided.
const perQuarter = float64(quarter / window.Width)

// flow draws the presses of people in one country on one service.
type flow struct {
	rng       *rand.Rand
	service   *Service
	press     press // without symptom
	zone      *time.Location
	meanQuiet float64 // per 15 minutes, on average over a week
	symptoms  []string
	shares    []float64
	surges    []*countrySurge

	quarter time.Time // start of the quarter that level holds for
	level   float64   // quiet reports per minute in that quarter
}

// countrySurge is the part of a surge that one country has.
type countrySurge struct {
	*Surge
	rate     float64 // per 15 minutes; 0 when the surge states Times
	printed  bool    // a printed figure depends on this country's reports
	count    evenCounter
	deal     dealer
	symptoms []string
	shares   []float64 // of symptoms, in the minute that is drawn; reused
}

func newFlow(rng *rand.Rand, s *Scenario, sv *Service, country string) *flow {
	at := places()[country]
	f := &flow{
		rng: rng, service: sv, zone: at.zone, meanQuiet: sv.quietRate(country),
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
		w := &countrySurge{Surge: sg, printed: s.hasFigure(sv.Slug, country), symptoms: sg.symptoms(sv.Split)}
		if sg.Times == 0 {
			w.rate = sg.Rates[i].PerQuarter
		}
		w.shares = make([]float64, len(w.symptoms))
		w.deal.due = make([]float64, len(w.symptoms))
		f.surges = append(f.surges, w)
	}
	return f
}

// hasFigure reports whether a replayed figure depends on the reports of service
// from country.
func (s *Scenario) hasFigure(service, country string) bool {
	return slices.ContainsFunc(s.Press, func(p Figure) bool {
		return p.Replayed && slices.Contains(p.Services, service) && (p.Country == "" || p.Country == country)
	})
}

// draw appends the presses of the minute that starts at t.
func (f *flow) draw(presses []press, t time.Time) []press {
	if q := t.Truncate(quarter); !q.Equal(f.quarter) {
		f.quarter = q
		f.level = f.quietRate(q) / perQuarter * wander(f.rng, f.service.Dispersion, 1)
	}
	for range poisson(f.rng, f.level) {
		f.press.symptom = f.symptoms[pick(f.rng, f.shares)]
		presses = append(presses, f.press)
	}
	for _, w := range f.surges {
		presses = f.drawSurge(presses, w, t)
	}
	return presses
}

// quietRate returns the quiet rate of the quarter that starts at q, in reports
// per 15 minutes.
func (f *flow) quietRate(q time.Time) float64 {
	return f.meanQuiet * f.service.Rhythm.Season(q.Add(quarter/2).In(f.zone))
}

// drawSurge appends the presses that a surge adds in the minute that starts at t.
func (f *flow) drawSurge(presses []press, w *countrySurge, t time.Time) []press {
	// Control points lie on full minutes, so the level in the middle of a
	// minute is the mean of that minute.
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

// level returns the level of the surge's shape at t, in [0, 1].
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

// between returns the part of the way from a to b that t has reached.
func between(a, b, t time.Time) float64 { return float64(t.Sub(a)) / float64(b.Sub(a)) }

// symptoms returns every symptom of the surge. quiet is the split of its
// service, which a surge without moves has too.
func (sg *Surge) symptoms(quiet Split) []string {
	moves := sg.Moves
	if len(moves) == 0 {
		moves = []SplitPoint{{Split: quiet}}
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

// splitAt writes the share of each symptom at t into shares. quiet is the split
// of the service.
func (sg *Surge) splitAt(shares []float64, symptoms []string, quiet Split, t time.Time) {
	from, to, part := quiet, quiet, 0.0
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

// of returns the share of a symptom, 0 when the split does not have it.
func (sp Split) of(symptom string) float64 {
	for _, p := range sp {
		if p.Symptom == symptom {
			return p.Share
		}
	}
	return 0
}
