package embed

import (
	"context"
	"slices"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// Widget is what an embed shows of a service, in words. Frames write it as HTML;
// elements get it as JSON. It is part of /widget/v1: fields are added, never
// changed.
type Widget struct {
	Service   string       `json:"service"`
	Name      string       `json:"name"`
	Lang      string       `json:"lang"`
	Dir       string       `json:"dir"`
	Href      string       `json:"href"` // the page of the service
	Level     string       `json:"level"`
	Word      string       `json:"word"`
	Since     string       `json:"since,omitempty"`
	AsOf      string       `json:"as_of"`
	AsOfText  string       `json:"as_of_text"`
	StaleText string       `json:"stale_text"` // instead of AsOfText once it is old
	Total     int64        `json:"total"`
	Sentence  string       `json:"sentence"`
	Here      *Here        `json:"here,omitempty"`
	Map       *WidgetMap   `json:"map,omitempty"`
	Chart     *WidgetChart `json:"chart,omitempty"`
	Table     *WidgetTable `json:"table,omitempty"`
	Notes     []string     `json:"notes,omitempty"`
	Link      string       `json:"link"` // the words of Href

	heat *view.Heatmap
}

// Here is the country that an embed is about.
type Here struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// WidgetMap is the map without its outlines, which the element holds.
type WidgetMap struct {
	Label  string         `json:"label"`
	Title  string         `json:"title"`
	Shades map[string]int `json:"shades"` // by country: 1 to 5, or -1 for too few
	Texts  []WidgetText   `json:"texts"`
	Ramp   []string       `json:"ramp"`
	Few    string         `json:"few,omitempty"` // entries of the key
	None   string         `json:"none"`
	Small  string         `json:"small,omitempty"`
}

// WidgetText is a text within a picture. Its place is in per cent of the
// picture.
type WidgetText struct {
	X      string `json:"x"`
	Y      string `json:"y"`
	Anchor string `json:"anchor"`
	Text   string `json:"text"`
}

// WidgetTable is the table behind a picture. The first cell of a row is its
// heading.
type WidgetTable struct {
	Summary string     `json:"summary"`
	Caption string     `json:"caption"`
	Head    []string   `json:"head"`
	Rows    [][]string `json:"rows"`
}

// view words the status of a service for an embed.
func (s *Embeds) view(e embedding, one status.Status) Widget {
	l := e.to.Locale
	v := Widget{
		Service: e.service.Slug, Name: e.names.Service(e.service.Slug), Lang: l.Code, Dir: l.Direction(),
		Href:  e.to.Home.Origin + e.to.Prefix.To("/"+e.service.Slug),
		Level: view.Look(one), Word: l.Say(view.SentenceKey(one)), AsOf: locale.Stamp(one.AsOf),
		AsOfText: locale.PlainText(l.Moment("as_of", one.AsOf).Parts), StaleText: locale.PlainText(l.Moment("embed_stale", one.AsOf).Parts),
		Total: one.Observed, Sentence: locale.PlainText(view.Sentence(l, one, e.names.CountryInSentence)), Link: l.Say("embed_link"),
	}
	if one.Level == detect.Unknown {
		v.AsOfText = v.StaleText
		if one.LastKnown.IsZero() {
			v.AsOfText = l.Say("never_counted")
		}
	} else if began := view.Began(one); !began.IsZero() && view.InTrouble(one) {
		v.Since = locale.PlainText(l.Since(began, one.AsOf).Parts)
	}
	if s.Simulated {
		v.Notes = append(v.Notes, l.Say("simulated"))
	}
	return v
}

// heatmapView is view with the map of where reports come from.
func (s *Embeds) heatmapView(ctx context.Context, e embedding) (Widget, error) {
	one, err := s.board.Status(ctx, e.service.Slug)
	if err != nil {
		return Widget{}, err
	}
	where, err := s.board.Countries(ctx, e.service.Slug, e.window, "")
	if err != nil {
		return Widget{}, err
	}
	l := e.to.Locale
	v := s.view(e, one)
	v.heat = view.DrawHeatmap(l, where, e.metric, e.names, "")
	if v.heat.Source != "" {
		v.Notes = append(v.Notes, v.heat.Source)
	}
	v.Map = mapView(l, v.heat, l.Fill("countries_caption", locale.Values{"Window": l.InLast(where.Window)}))
	if e.country != "" {
		v.Here = hereOf(l, where, e)
	}
	v.Table = placesTable(l, where, e)
	return v, nil
}

func mapView(l *locale.Locale, h *view.Heatmap, title string) *WidgetMap {
	m := &WidgetMap{Label: h.Label, Title: locale.Capitalize(title), Shades: map[string]int{}, Texts: []WidgetText{}, None: l.Say("map_none")}
	for _, shape := range h.Shapes {
		m.Shades[shape.Code] = int(shape.Shade)
	}
	for _, dot := range h.Dots {
		m.Shades[dot.Code] = int(dot.Shade)
	}
	for _, t := range h.Texts {
		m.Texts = append(m.Texts, WidgetText{t.X, t.Y, t.Anchor, t.Text})
	}
	for _, step := range h.Ramp {
		m.Ramp = append(m.Ramp, step.Text)
	}
	if h.Keys.Few {
		m.Few = l.Say("map_few")
	}
	if h.Keys.Small {
		m.Small = l.Say("map_small")
	}
	return m
}

// hereOf words the reports of the country that an embed is about.
func hereOf(l *locale.Locale, where status.Countries, e embedding) *Here {
	one := status.Country{Code: e.country}
	if i := slices.IndexFunc(where.Countries, func(c status.Country) bool { return c.Code == e.country }); i >= 0 {
		one = where.Countries[i]
	}
	text := locale.Capitalize(view.CountryClause(l, one, e.names.CountryInSentence(one.Code)))
	return &Here{Code: one.Code, Text: text}
}

// placesTable returns the table behind a map.
func placesTable(l *locale.Locale, where status.Countries, e embedding) *WidgetTable {
	t := &WidgetTable{
		Summary: l.Count("embed_table", int64(len(where.Countries)), nil),
		Caption: l.Fill("countries_caption", locale.Values{"Window": l.InLast(where.Window)}),
		Head:    []string{l.Say("countries_country"), l.Say("countries_reports"), l.Say("countries_usual"), l.Say("countries_times"), l.Say("metric_million")},
		Rows:    [][]string{},
	}
	for _, c := range heatmap.Sorted(where.Countries, e.metric) {
		t.Rows = append(t.Rows, []string{e.names.Country(c.Code), l.Number(c.Count), l.Expected(c.Expected), l.TimesExpected(c.Count, c.Expected), l.PerMillion(c.PerMillion)})
	}
	return t
}
