package web

import (
	"cmp"
	"slices"

	"github.com/outcry/outcry/pkg/status"
)

// Split shows how reports describe the trouble, and how that moved.
type Split struct {
	Title   string
	Note    string
	Windows []Choice
	Moved   string // from when to when shares moved; empty: not said
	Rows    []SplitRow
}

// SplitRow is one symptom. The bar's geometry is in per cent of its length.
type SplitRow struct {
	Name   string
	Share  string
	Margin string // half the 95 % interval, in points
	Was    string // what its share was at first
	Top    bool   // the largest
	Width  string
	Low    string
	High   string
	Line   string // path of its share over time
	Area   string
	Label  string // of that path
}

// split draws a breakdown, and how it moved if that is known. name returns the
// name of a symptom.
func split(l *Locale, b status.Breakdown, m *movement, name func(id string) string) *Split {
	v := &Split{Title: l.Say("split_none"), Note: l.fill("split_note_none", words{"Window": l.within(b.Window)})}
	if b.Total == 0 {
		return v
	}
	v.Note = l.count("split_note", b.Total, words{"Window": l.within(b.Window)})
	v.rows(l, b.Symptoms, m, name)
	return v
}

// rows draws shares, the largest first, and says which symptom leads.
func (v *Split) rows(l *Locale, shares []status.Share, m *movement, name func(id string) string) {
	first, second := leaders(shares)
	v.Title = l.Say("split_open")
	leads := first.Low > second.High
	if leads {
		v.Title = l.fill("split_leads", words{"Symptom": l.inline(name(first.Symptom))})
	}
	was := map[string]string{}
	if m != nil {
		v.Moved = l.fill("split_moved", words{"From": l.clock(m.from), "To": l.clock(m.to)})
		began := m.first(shares)
		for _, s := range began {
			was[s.Symptom] = l.fill("split_was", words{"Share": l.percent(s.Share, 0)})
		}
		if a, b := leaders(began); leads && a.Low > b.High && a.Symptom != first.Symptom {
			v.Title = l.fill("split_turned", words{"First": l.inline(name(a.Symptom)), "Now": l.inline(name(first.Symptom))})
		}
	}
	for _, s := range slices.SortedStableFunc(slices.Values(shares), mostNamed) {
		row := SplitRow{
			Name:   name(s.Symptom),
			Share:  l.percent(s.Share, 1),
			Margin: "±" + l.decimal(50*(s.High-s.Low), 1),
			Was:    was[s.Symptom],
			Top:    leads && s.Symptom == first.Symptom,
			Width:  place(100 * s.Share),
			Low:    place(100 * s.Low),
			High:   place(100 * s.High),
		}
		if m != nil {
			row.Line, row.Area = m.path(s.Symptom)
			row.Label = l.fill("split_path", words{"Symptom": row.Name, "From": l.clock(m.from), "To": l.clock(m.to)})
		}
		v.Rows = append(v.Rows, row)
	}
}

// mostNamed orders symptoms by how many named them.
func mostNamed(a, b status.Share) int { return cmp.Compare(b.Count, a.Count) }

// leaders returns the two symptoms with the largest shares. A symptom that
// nobody named has a share too, with a margin.
func leaders(all []status.Share) (first, second status.Share) {
	sorted := slices.SortedStableFunc(slices.Values(all), mostNamed)
	if len(sorted) > 0 {
		first = sorted[0]
	}
	if len(sorted) > 1 {
		second = sorted[1]
	}
	return first, second
}
