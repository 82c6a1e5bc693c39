package monitor

import (
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// tally is the problems of a service by cell. Its memory is used again after
// reset.
type tally struct {
	total     int64
	countries []cellCount
	symptoms  []cellCount
	places    [places]int16 // by placeOf a code: its index in countries plus 1, or 0
}

type cellCount struct {
	cell window.Cell
	n    int64
}

// reset empties t.
func (t *tally) reset() {
	for _, c := range t.countries {
		if i := placeOf(c.cell.Country); i >= 0 {
			t.places[i] = 0
		}
	}
	t.total, t.countries, t.symptoms = 0, t.countries[:0], t.symptoms[:0]
}

// add adds the problems of a bucket.
func (t *tally) add(b window.Bucket) {
	for _, c := range b.Problems {
		t.total += c.N
		t.country(c.Country).n += c.N
		if c.Symptom != "" {
			find(&t.symptoms, window.Cell{Symptom: c.Symptom}).n += c.N
		}
	}
}

// country returns the count of a country. A tick adds thousands of buckets with
// hundreds of cells each, so the place of a country is looked up in a table.
func (t *tally) country(code string) *cellCount {
	i := placeOf(code)
	if i < 0 {
		return find(&t.countries, window.Cell{Country: code})
	}
	if t.places[i] == 0 {
		t.countries = append(t.countries, cellCount{cell: window.Cell{Country: code}})
		t.places[i] = int16(len(t.countries))
	}
	return &t.countries[t.places[i]-1]
}

// places is the number of places that placeOf returns.
const places = 32 * 32

// codeOf returns the two-letter code with a place.
func codeOf(place int) string {
	return string([]byte{byte('A' + place>>5), byte('A' + place&31)})
}

// placeOf returns the place of a two-letter code in a table, or -1.
func placeOf(code string) int {
	if len(code) != 2 || code[0]-'A' >= 26 || code[1]-'A' >= 26 {
		return -1
	}
	return int(code[0]-'A')<<5 | int(code[1]-'A')
}

// find returns the count of a cell in all, to which it adds a missing one.
func find(all *[]cellCount, cell window.Cell) *cellCount {
	for i := range *all {
		if (*all)[i].cell == cell {
			return &(*all)[i]
		}
	}
	*all = append(*all, cellCount{cell: cell})
	return &(*all)[len(*all)-1]
}

// of returns the problems of a cell.
func (t *tally) of(cell window.Cell) int64 {
	if cell == baseline.Whole {
		return t.total
	}
	all := t.countries
	if cell.Symptom != "" {
		all = t.symptoms
	} else if i := placeOf(cell.Country); i >= 0 {
		if t.places[i] == 0 {
			return 0
		}
		return t.countries[t.places[i]-1].n
	}
	for _, c := range all {
		if c.cell == cell {
			return c.n
		}
	}
	return 0
}

// symptomSources estimates the sources of the recent reports of a symptom from
// those of the service. Networks are counted by country and not by symptom, so
// each report of another symptom is assumed to come from a network of its own.
// The result never exceeds the true number of networks.
func symptomSources(world window.Sources, cell window.Cell, recent *tally) detect.Sources {
	if recent.total == 0 || world.Reports == 0 {
		return detect.Sources{}
	}
	own := float64(recent.of(cell)) / float64(recent.total)
	others := int64(float64(world.Reports)*(1-own) + 0.5)
	loudest := world.Largest * world.Discounted
	s := detect.SourceCounts{
		Networks:   max(world.Networks-int(others), 1),
		Reports:    world.Reports - others,
		Discounted: max(world.Discounted-float64(others), loudest, 1),
	}
	s.Largest = min(1, loudest/s.Discounted)
	return detect.Sources{SourceCounts: s}
}
