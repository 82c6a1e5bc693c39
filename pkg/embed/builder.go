package embed

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/window"
)

// Builder is the form that composes an embed, with the code to paste and a
// preview.
type Builder struct {
	Action   string
	Service  string // its name
	Fields   []BuilderField
	Country  string
	Snippets []Snippet
	Preview  Preview
}

// BuilderField is a choice among options.
type BuilderField struct {
	Name, Label string
	Options     []Option
}

// Option is an option of a BuilderField.
type Option struct {
	Value, Text string
	Chosen      bool
}

// Snippet is code to paste into a host page.
type Snippet struct{ Title, Note, Code string }

// Preview is the embed that the choices compose.
type Preview struct {
	Kind, Service, Window, Metric, Country, Language, Theme string
	Picture                                                 string // address of the map as an image; empty: there is none
	Name, Href                                              string
}

// What can be embedded.
const (
	buildMap    = "map"
	buildChart  = "chart"
	buildReport = "report"
)

// Build holds the choices in the builder. Zero values are the defaults.
type Build struct {
	kind    string
	service *catalog.Service
	window  string
	metric  heatmap.Metric
	country string
	lang    string
	theme   string
}

// mapWindows and chartWindows are offered in the builder.
var (
	mapWindows   = []string{"15m", "1h", "6h", "24h"}
	chartWindows = []string{"24h", "6h", "1h"}
)

// ParseBuild reads the choices from a query. A value that is missing or unknown
// gets its default; lang is the default language.
func ParseBuild(s *site.Site, q url.Values, lang string) Build {
	b := Build{kind: q.Get("kind"), metric: heatmap.ParseMetric(q.Get("metric")), lang: lang}
	if b.kind != buildChart && b.kind != buildReport {
		b.kind = buildMap
	}
	var ok bool
	if b.service, ok = s.Catalog.Service(q.Get("service")); !ok {
		b.service = s.Catalog.Services()[0]
		if found := s.Catalog.Search(site.CleanSearch(q.Get("service")), 1); len(found) > 0 {
			b.service = found[0]
		}
	}
	for _, w := range b.windows() {
		if w == q.Get("window") {
			b.window = w
		}
	}
	if b.window == "" {
		b.window = b.windows()[0]
	}
	b.country = s.Country(q.Get("country"))
	if l, ok := s.Languages.ByCode(q.Get("lang")); ok {
		b.lang = l.Code
	}
	if themes[q.Get("theme")] {
		b.theme = q.Get("theme")
	}
	return b
}

// windows returns the windows that the chosen embed offers.
func (b Build) windows() []string {
	if b.kind == buildChart {
		return chartWindows
	}
	return mapWindows
}

// Query returns the choices as a query. Equal choices have equal queries.
func (b Build) Query() url.Values {
	q := url.Values{"kind": {b.kind}, "service": {b.service.Slug}, "window": {b.window}, "metric": {string(b.metric)}, "lang": {b.lang}}
	if b.country != "" {
		q.Set("country", b.country)
	}
	if b.theme != "" {
		q.Set("theme", b.theme)
	}
	return q
}

// attributes returns the choices that differ from the defaults, by the names of
// the attributes of elements.
func (b Build) attributes() [][2]string {
	var all [][2]string
	add := func(name, value string, shown bool) {
		if shown {
			all = append(all, [2]string{name, value})
		}
	}
	add("window", b.window, b.kind != buildReport && b.window != b.windows()[0])
	add("metric", string(b.metric), b.kind == buildMap && b.metric != heatmap.Metrics[0])
	add("country", b.country, b.kind != buildReport && b.country != "")
	add("language", b.lang, true)
	add("theme", b.theme, b.theme != "")
	return all
}

// address returns the address of path with the choices as its query.
func (b Build) address(home, path string) string {
	q := url.Values{}
	for _, a := range b.attributes() {
		name := a[0]
		if name == "language" {
			name = "lang"
		}
		q.Set(name, a[1])
	}
	return home + path + "?" + q.Encode()
}

// NewBuilder returns the builder for the page f. home begins the
// addresses in the snippets.
func NewBuilder(s *site.Site, f *view.Frame, home publicurl.URL, b Build) *Builder {
	l := f.Locale
	name := b.service.Names.In(b.lang)
	v := &Builder{Action: f.To(f.Path), Service: view.NewLabels(s.Catalog, l).Service(b.service.Slug), Country: b.country, Preview: Preview{
		Kind: b.kind, Service: b.service.Slug, Window: b.window, Metric: string(b.metric), Country: b.country, Language: b.lang, Theme: b.theme,
		Name: name, Href: home.In(b.lang).To("/" + b.service.Slug),
	}}
	if b.kind == buildMap {
		v.Preview.Picture = b.address(home.Base, "/map/"+b.service.Slug+".svg")
	}
	v.Fields = builderFields(s.Languages, l, b)
	v.Snippets = snippets(s.Languages, l, home, b, s.Brand.SiteName(), name)
	return v
}

func builderFields(languages locale.Set, l *locale.Locale, b Build) []BuilderField {
	kinds := BuilderField{Name: "kind", Label: l.Say("build_kind"), Options: []Option{
		{buildMap, l.Say("build_map"), b.kind == buildMap}, {buildChart, l.Say("build_chart"), b.kind == buildChart},
		{buildReport, l.Say("build_report"), b.kind == buildReport}}}
	all := []BuilderField{kinds}
	if b.kind == buildMap {
		metrics := BuilderField{Name: "metric", Label: l.Say("metric")}
		for _, c := range view.MetricChoices(l, b.metric, func(m heatmap.Metric) string { return string(m) }) {
			metrics.Options = append(metrics.Options, Option{c.Href, c.Text, c.Chosen})
		}
		all = append(all, metrics)
	}
	if b.kind != buildReport {
		windows := BuilderField{Name: "window", Label: l.Say("window")}
		for _, text := range b.windows() {
			if w, err := window.Parse(text); err == nil {
				windows.Options = append(windows.Options, Option{text, l.ShortWindow(w), text == b.window})
			}
		}
		all = append(all, windows)
	}
	langs := BuilderField{Name: "lang", Label: l.Say("build_language")}
	for _, other := range languages {
		langs.Options = append(langs.Options, Option{other.Code, other.Say("language_name"), other.Code == b.lang})
	}
	look := BuilderField{Name: "theme", Label: l.Say("build_theme"), Options: []Option{
		{"", l.Say("build_auto"), b.theme == ""}, {"light", l.Say("build_light"), b.theme == "light"}, {"dark", l.Say("build_dark"), b.theme == "dark"}}}
	return append(all, langs, look)
}

// elements are the names of the elements by what they embed.
var elements = map[string]string{buildMap: "outcry-heatmap", buildChart: "outcry-chart", buildReport: "outcry-report"}

// leastHeight is the height of elements before they have their data, on a wide
// screen and on a phone, in px, as in widget.css.
var leastHeight = map[string][2]int{buildMap: {620, 620}, buildChart: {540, 700}, buildReport: {400, 700}}

// snippets returns the code to paste.
func snippets(languages locale.Set, l *locale.Locale, public publicurl.URL, b Build, brand, name string) []Snippet {
	home := public.String()
	e := html.EscapeString
	own := languages.Match(b.lang) // a snippet is in the language of the host page
	element := elements[b.kind]
	attributes := ` service="` + b.service.Slug + `"`
	for _, a := range b.attributes() {
		attributes += " " + a[0] + `="` + a[1] + `"`
	}
	link := fmt.Sprintf(`<a href="%s">%s: %s</a>`, e(home+"/"+b.lang+"/"+b.service.Slug), e(brand), e(name))
	use := "<" + element + attributes + ">" + link + "</" + element + ">"
	all := []Snippet{{Title: l.Say("build_script"), Note: l.Say("build_script_note"),
		Code: fmt.Sprintf("<script src=\"%s/widget/v1/outcry.js\" async></script>\n%s", e(home), use)}}
	if latest := released(); latest.version != "" {
		all = append(all, Snippet{Title: l.Say("build_fixed"), Note: l.Say("build_fixed_note"),
			Code: fmt.Sprintf("<script src=\"%s/widget/%s/outcry.js\" integrity=\"%s\" crossorigin=\"anonymous\" async></script>\n%s", e(home), latest.version, latest.integrity, use)})
	}
	all = append(all, Snippet{Title: l.Say("build_style"), Note: l.Say("build_style_note"),
		Code: fmt.Sprintf("%s { display: block; min-block-size: %dpx; }\n@media (max-width: 640px) { %s { min-block-size: %dpx; } }",
			element, leastHeight[b.kind][0], element, leastHeight[b.kind][1])})
	frames := map[string]string{buildMap: "/embed/heatmap/", buildReport: "/embed/report/"}
	if path, ok := frames[b.kind]; ok {
		title, height := own.Fill("embed_title", locale.Values{"Service": name}), frameHeight(frameWidth)
		if b.kind == buildReport {
			title, height = own.Fill("embed_report_title", locale.Values{"Service": name}), reportHeight
		}
		all = append(all, Snippet{Title: l.Say("build_frame"), Note: l.Say("build_frame_note"),
			Code: fmt.Sprintf(`<iframe src="%s" width="%d" height="%d" title="%s" loading="lazy" frameborder="0"></iframe>`,
				e(b.address(home, path+b.service.Slug)), frameWidth, height, e(title))})
	}
	if b.kind == buildMap {
		all = append(all, Snippet{Title: l.Say("build_image"), Note: l.Say("build_image_note"),
			Code: fmt.Sprintf(`<a href="%s"><img src="%s" width="720" height="432" alt="%s"></a>`,
				e(home+"/"+b.lang+"/"+b.service.Slug), e(b.address(home, "/map/"+b.service.Slug+".svg")), e(own.Fill("embed_title", locale.Values{"Service": name})))})
	}
	source := public.Origin // of a host source
	if public.Base != "" {
		source = public.To("/")
	}
	csp := "script-src " + source + "; connect-src " + source + ";"
	switch b.kind {
	case buildMap:
		csp += " frame-src " + source + "; img-src " + source + ";"
	case buildReport:
		csp = "script-src " + source + "; frame-src " + source + ";"
	}
	return append(all, Snippet{Title: l.Say("build_csp"), Note: l.Say("build_csp_note"), Code: csp})
}

// reportHeight is the height of the frame with the report buttons, in px.
const reportHeight = 400

// release is a version of the script of the elements. It never changes.
type release struct{ version, integrity string }

// released returns the latest release, or the zero release.
func released() release {
	folders, err := frontend.Files.ReadDir("releases")
	if err != nil {
		return release{}
	}
	var versions []string
	for _, f := range folders {
		if f.IsDir() {
			versions = append(versions, f.Name())
		}
	}
	latest := latestOf(versions)
	script, err := frontend.Files.ReadFile("releases/" + latest + "/outcry.js")
	if err != nil {
		return release{}
	}
	sum := sha512.Sum384(script)
	return release{latest, "sha384-" + base64.StdEncoding.EncodeToString(sum[:])}
}

// latestOf returns the highest of versions such as v1.10.0, or "".
func latestOf(versions []string) string {
	number := func(version string) []int {
		var all []int
		for part := range strings.SplitSeq(strings.TrimPrefix(version, "v"), ".") {
			n, err := strconv.Atoi(part)
			if err != nil {
				return nil // no version
			}
			all = append(all, n)
		}
		return all
	}
	latest := ""
	for _, v := range versions {
		if latest == "" || slices.Compare(number(v), number(latest)) > 0 {
			latest = v
		}
	}
	return latest
}
