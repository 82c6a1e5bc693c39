package view

import (
	"cmp"
	"slices"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Split shows the shares of symptoms and how they changed.
type Split struct {
	Title   string
	Note    string
	Windows []Choice
	Moved   string // from when to when shares moved; empty: not said
	Rows    []SplitRow
}

// SplitRow is the share of one symptom. The geometry of its bar is in per cent
// of its length.
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

// newSplit words a breakdown. m is how shares changed, or nil. name returns the
// name of a symptom.
func newSplit(l *locale.Locale, b status.Breakdown, m *Movement, name func(id string) string) *Split {
	v := &Split{Title: l.Say("split_none"), Note: l.Fill("split_note_none", locale.Values{"Window": l.InLast(b.Window)})}
	if b.Total == 0 {
		return v
	}
	v.Note = l.Count("split_note", b.Total, locale.Values{"Window": l.InLast(b.Window)})
	v.addRows(l, b.Symptoms, m, name)
	return v
}

// addRows adds rows for shares, the largest first, and names the symptom that
// leads.
func (v *Split) addRows(l *locale.Locale, shares []status.Share, m *Movement, name func(id string) string) {
	first, second := leaders(shares)
	v.Title = l.Say("split_open")
	leads := first.Low > second.High
	if leads {
		v.Title = l.Fill("split_leads", locale.Values{"Symptom": l.InSentence(name(first.Symptom))})
	}
	was := map[string]string{}
	if m != nil {
		v.Moved = l.Fill("split_moved", locale.Values{"From": l.Clock(m.from), "To": l.Clock(m.to)})
		began := m.first(shares)
		for _, s := range began {
			was[s.Symptom] = l.Fill("split_was", locale.Values{"Share": l.Percent(s.Share, 0)})
		}
		if a, b := leaders(began); leads && a.Low > b.High && a.Symptom != first.Symptom {
			v.Title = l.Fill("split_turned", locale.Values{"First": l.InSentence(name(a.Symptom)), "Now": l.InSentence(name(first.Symptom))})
		}
	}
	for _, s := range slices.SortedStableFunc(slices.Values(shares), mostNamed) {
		row := SplitRow{
			Name:   name(s.Symptom),
			Share:  l.Percent(s.Share, 1),
			Margin: "±" + l.Decimal(50*(s.High-s.Low), 1),
			Was:    was[s.Symptom],
			Top:    leads && s.Symptom == first.Symptom,
			Width:  percent(100 * s.Share),
			Low:    percent(100 * s.Low),
			High:   percent(100 * s.High),
		}
		if m != nil {
			row.Line, row.Area = m.path(s.Symptom)
			row.Label = l.Fill("split_path", locale.Values{"Symptom": row.Name, "From": l.Clock(m.from), "To": l.Time(m.to)})
		}
		v.Rows = append(v.Rows, row)
	}
}

// mostNamed orders symptoms by their counts, the highest first.
func mostNamed(a, b status.Share) int { return cmp.Compare(b.Count, a.Count) }

// leaders returns the two symptoms with the largest shares. A symptom without
// reports has a share and a margin as well.
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
