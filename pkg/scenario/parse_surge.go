package scenario

import (
	"cmp"
	"math"
	"slices"
)

// surge reads one surge: its rates, its shape and its splits.
func (p *reader) surge(at string, f *fileSurge) Surge {
	sg := Surge{What: f.What, Times: f.Times}
	if f.What == "" {
		p.addFault(at+".what", "is missing")
	}
	switch {
	case (f.Times == 0) == (len(f.Reports) == 0):
		p.addFault(at, "must state either times or reports")
	case len(f.Reports) > 0:
		if len(f.Countries) > 0 {
			p.addFault(at+".countries", "goes with times; reports name the countries themselves")
		}
		sg.Rates = p.rates(at+".reports", f.Reports)
	case !(f.Times > 1 && f.Times <= maxTimes):
		p.addFault(at+".times", "must be above 1 and at most %d", maxTimes)
	default:
		named := make(map[string]float64)
		for _, c := range f.Countries {
			named[c] = 1
		}
		sg.Rates = p.rates(at+".countries", named)
	}
	for text, level := range f.Shape {
		if !(level >= 0 && level <= 1) {
			p.addFault(at+".shape", "the level at %s must be between 0 and 1", text)
		}
		sg.Shape = append(sg.Shape, Level{At: p.time(at+".shape", text), Level: level})
	}
	slices.SortFunc(sg.Shape, func(a, b Level) int { return a.At.Compare(b.At) })
	if len(sg.Shape) < 2 {
		p.addFault(at+".shape", "must have at least two points")
	}
	for i := 1; i < len(sg.Shape); i++ {
		if sg.Shape[i].At.Equal(sg.Shape[i-1].At) {
			p.addFault(at+".shape", "names %s twice", sg.Shape[i].At.Format("15:04"))
		}
	}
	sg.Moves = p.moves(at, f)
	return sg
}

// moves reads the split of a surge, or its splits in the order of time.
func (p *reader) moves(at string, f *fileSurge) []SplitPoint {
	if len(f.Split) > 0 && len(f.Splits) > 0 {
		p.addFault(at+".splits", "state either split or splits")
	}
	if len(f.Split) > 0 {
		return []SplitPoint{{At: p.start, Split: p.split(at+".split", f.Split)}}
	}
	var moves []SplitPoint
	for text, split := range f.Splits {
		moves = append(moves, SplitPoint{At: p.time(at+".splits", text), Split: p.split(at+".splits", split)})
	}
	slices.SortFunc(moves, func(a, b SplitPoint) int { return a.At.Compare(b.At) })
	for i := 1; i < len(moves); i++ {
		if moves[i].At.Equal(moves[i-1].At) {
			p.addFault(at+".splits", "names %s twice", moves[i].At.Format("15:04"))
		}
	}
	return moves
}

// rates reads rates by country and sorts them by country code.
func (p *reader) rates(at string, byCountry map[string]float64) []Rate {
	var rates []Rate
	for code, perQ := range byCountry {
		p.country(at, code)
		if !(perQ > 0 && perQ <= maxRate) {
			p.addFault(at, "%s must be above 0 and at most %.0f reports per 15 minutes", code, maxRate)
		}
		rates = append(rates, Rate{Country: code, PerQuarter: perQ})
	}
	slices.SortFunc(rates, func(a, b Rate) int { return cmp.Compare(a.Country, b.Country) })
	return rates
}

func (p *reader) country(at, code string) {
	if _, ok := places()[code]; !ok {
		p.addFault(at, "%q is not a country that scenarios know", code)
	}
}

// split reads shares in per cent and sorts them, the largest first.
func (p *reader) split(at string, percent map[string]float64) Split {
	var sp Split
	var sum float64
	for symptom, share := range percent {
		if !idPattern.MatchString(symptom) {
			p.addFault(at, "%q is not the ID of a symptom", symptom)
		}
		if !(share > 0 && share <= 100) {
			p.addFault(at, "%s must be above 0 and at most 100 per cent", symptom)
		}
		sum += share
		sp = append(sp, Part{Symptom: symptom, Share: share / 100})
	}
	if math.Abs(sum-100) > 0.001 {
		p.addFault(at, "the shares sum to %g, not to 100 per cent", sum)
	}
	slices.SortFunc(sp, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Symptom, b.Symptom))
	})
	return sp
}
