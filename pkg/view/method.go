package view

import (
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
)

// MethodPage explains how Outcry decides, how well that works and what it
// stores.
type MethodPage struct {
	Frame
	Sections []Section
	Figures  []ScoreFigure
}

// Section is a heading with its paragraphs.
type Section struct {
	ID         string
	Title      string
	Paragraphs []Paragraph
}

// Paragraph is a text in parts.
type Paragraph []locale.Part

// ScoreFigure is a row of the scorecard.
type ScoreFigure struct{ What, Value, Of string }

// Scorecard holds the figures that scripts/scorecard measured. Shares are parts
// of 1.
type Scorecard struct {
	QuietWeeks        int64   `json:"quiet_weeks"`
	QuietFalse        float64 `json:"quiet_false_per_week"`
	Outages           int64   `json:"outages"`
	Declared          float64 `json:"declared"`
	DelayMinutes      float64 `json:"delay_minutes"`
	Large             int64   `json:"large"`
	LargeDeclared     float64 `json:"large_declared"`
	LargeDelayMinutes float64 `json:"large_delay_minutes"`
	Early             float64 `json:"early"`
	ClearMinutes      float64 `json:"clear_minutes"`
	Pages             int64   `json:"pages"`
	PagesMissed       int64   `json:"pages_missed"`
	PagesFalse        float64 `json:"pages_false_per_week"`
}

// Quorum holds the fewest independent networks that levels of this server
// require.
type Quorum struct{ Warning, Outage int } // fewest independent networks

// NewMethodPage words the method with the figures of c and the quorum of this
// server.
func NewMethodPage(f Frame, c Scorecard, q Quorum) MethodPage {
	l := f.Locale
	f.Index = true
	f.Title, f.Description = l.Fill("method_title", locale.Values{"Brand": l.Say("brand")}), l.Say("method_why")
	largest := detect.Defaults().LargestShare
	w := locale.Values{
		"Warning": l.Count("n_networks", int64(q.Warning), nil), "Outage": l.Count("n_networks", int64(q.Outage), nil),
		"Share": l.Percent(largest, 0), "Window": l.Number(15), "Once": l.Number(30), "Sure": l.Percent(0.95, 0), "Few": l.Number(5), "Days": l.Number(2),
	}
	p := MethodPage{Frame: f}
	section := func(id, title string, paragraphs ...string) {
		one := Section{ID: id, Title: l.Say(title)}
		for _, text := range paragraphs {
			one.Paragraphs = append(one.Paragraphs, locale.Parts(text))
		}
		p.Sections = append(p.Sections, one)
	}
	section("counted", "method_counted", l.Fill("method_counted_1", w), l.Fill("method_counted_2", w))
	section("usual", "method_usual", l.Say("method_usual_1"), l.Say("method_usual_2"))
	section("levels", "method_levels", l.Fill("method_levels_warning", w), l.Fill("method_levels_outage", w), l.Say("method_levels_over"), l.Say("method_levels_unknown"))
	section("margins", "method_margins", l.Fill("method_margins_1", w), l.Fill("method_margins_2", w))
	section("privacy", "method_privacy", l.Fill("method_privacy_1", w), l.Say("method_privacy_tab"), l.Say("method_privacy_kept"), l.Fill("method_privacy_push", locale.Values{"Days": l.Number(TellDays)}), l.Say("method_privacy_mail"), l.Say("method_privacy_2"), l.Say("method_privacy_3"))
	p.Figures = c.figures(l)
	return p
}

// figures words the rows of the scorecard.
func (c Scorecard) figures(l *locale.Locale) []ScoreFigure {
	minutes := func(n float64) string { return l.Count("n_minutes", int64(n+0.5), nil) }
	return []ScoreFigure{
		{l.Say("score_quiet"), l.Decimal(c.QuietFalse, 3), l.Count("score_of_weeks", c.QuietWeeks, nil)},
		{l.Say("score_declared"), l.Percent(c.Declared, 0), l.Count("score_of_outages", c.Outages, nil)},
		{l.Say("score_delay"), minutes(c.DelayMinutes), ""},
		{l.Say("score_large"), l.Percent(c.LargeDeclared, 0), l.Count("score_of_outages", c.Large, nil)},
		{l.Say("score_large_delay"), minutes(c.LargeDelayMinutes), ""},
		{l.Say("score_early"), l.Percent(c.Early, 1), ""},
		{l.Say("score_clear"), minutes(c.ClearMinutes), ""},
		{l.Say("score_pages"), l.Number(c.PagesMissed), l.Count("score_of_pages", c.Pages, nil)},
		{l.Say("score_pages_false"), l.Decimal(c.PagesFalse, 2), ""},
	}
}
