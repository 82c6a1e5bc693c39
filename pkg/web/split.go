package web

import (
	"cmp"
	"slices"

	"github.com/outcry/outcry/pkg/status"
)

// Split shows how reports describe the trouble.
type Split struct {
	Title   string
	Note    string
	Windows []Choice
	Rows    []SplitRow
}

// SplitRow is one symptom. The bar's geometry is in per cent of its length.
type SplitRow struct {
	Name   string
	Share  string
	Margin string // half the 95 % interval, in points
	Top    bool   // the largest
	Width  string
	Low    string
	High   string
}

// split draws a breakdown. name returns the name of a symptom.
func split(l *Locale, b status.Breakdown, name func(id string) string) *Split {
	v := &Split{Title: l.Say("split_none"), Note: l.fill("split_note_none", words{"Window": l.within(b.Window)})}
	if b.Total == 0 {
		return v
	}
	first, second := leaders(b.Symptoms)
	v.Title = l.Say("split_open")
	leads := first.Low > second.High
	if leads {
		v.Title = l.fill("split_leads", words{"Symptom": l.inline(name(first.Symptom))})
	}
	v.Note = l.count("split_note", b.Total, words{"Window": l.within(b.Window)})
	for _, s := range b.Symptoms {
		v.Rows = append(v.Rows, SplitRow{
			Name:   name(s.Symptom),
			Share:  l.percent(s.Share, 1),
			Margin: "±" + l.decimal(50*(s.High-s.Low), 1),
			Top:    leads && s.Symptom == first.Symptom,
			Width:  place(100 * s.Share),
			Low:    place(100 * s.Low),
			High:   place(100 * s.High),
		})
	}
	return v
}

// leaders returns the two symptoms with the largest shares. A symptom that
// nobody named has a share too, with a margin.
func leaders(all []status.Share) (first, second status.Share) {
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b status.Share) int { return cmp.Compare(b.Count, a.Count) })
	if len(sorted) > 0 {
		first = sorted[0]
	}
	if len(sorted) > 1 {
		second = sorted[1]
	}
	return first, second
}
