package web

import (
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
	if first.Low > second.High {
		v.Title = l.fill("split_leads", words{"Symptom": l.inline(name(first.Symptom))})
	}
	v.Note = l.count("split_note", b.Total, words{"Window": l.within(b.Window)})
	for _, s := range b.Symptoms {
		v.Rows = append(v.Rows, SplitRow{
			Name:   name(s.Symptom),
			Share:  l.percent(s.Share, 1),
			Margin: "±" + l.decimal(50*(s.High-s.Low), 1),
			Top:    s.Symptom == first.Symptom && v.Title != l.Say("split_open"),
			Width:  place(100 * s.Share),
			Low:    place(100 * s.Low),
			High:   place(100 * s.High),
		})
	}
	return v
}

// leaders returns the two symptoms with the largest shares.
func leaders(all []status.Share) (first, second status.Share) {
	for _, s := range all {
		switch {
		case s.Count > first.Count:
			first, second = s, first
		case s.Count > second.Count:
			second = s
		}
	}
	return first, second
}
