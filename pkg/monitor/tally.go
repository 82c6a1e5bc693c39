package monitor

import (
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// tally is the problems of a service by cell. It is used again for each bucket.
type tally struct {
	total     int64
	countries []cellCount
	symptoms  []cellCount
	places    [32 * 32]int16 // of two-letter codes in countries, from 1
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

// country returns the count of a country. A bucket may hold hundreds of cells,
// thousands of times a tick: its place is looked up and not searched for.
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

// placeOf returns the place of a two-letter code, or -1.
func placeOf(code string) int {
	if len(code) != 2 || code[0]-'A' >= 26 || code[1]-'A' >= 26 {
		return -1
	}
	return int(code[0]-'A')<<5 | int(code[1]-'A')
}

// find returns the count of a cell in all, which it joins if need be.
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

// ofSymptom says where the recent reports of a symptom came from. Networks are
// known by country; those of a symptom are the service's less all reports of
// other symptoms, as if each of these had come from a network of its own. That
// is never more than there were.
func ofSymptom(world window.Sources, cell window.Cell, recent *tally) detect.Sources {
	if recent.total == 0 || world.Reports == 0 {
		return detect.Sources{}
	}
	own := float64(recent.of(cell)) / float64(recent.total)
	others := int64(float64(world.Reports)*(1-own) + 0.5)
	loudest := world.Largest * world.Discounted
	s := detect.Sources{
		Networks:   max(world.Networks-int(others), 1),
		Reports:    world.Reports - others,
		Discounted: max(world.Discounted-float64(others), loudest, 1),
	}
	s.Largest = min(1, loudest/s.Discounted)
	return s
}
