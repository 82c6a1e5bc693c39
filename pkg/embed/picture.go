package embed

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/view"
)

// Pictures stand where nothing but an image may. Their colours come from one
// style, which follows what the visitor prefers; its hash is in their policy.
const (
	pictureColours = `svg{font-family:-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Bengali","Nirmala UI",sans-serif;font-variant-numeric:tabular-nums}` +
		`.paper{fill:#fcfbf8}.head{font-size:22px;font-weight:700;fill:#17191e}.small{font-size:13px;fill:#585c64}.label{font-size:18px;font-weight:700;fill:#17191e;paint-order:stroke;stroke:#fcfbf8;stroke-width:4px;stroke-linejoin:round}` +
		`.map path,.map circle{stroke:#fcfbf8;stroke-width:.6}.land{fill:#ebe9e3}.map .quiet{fill:none;stroke:#ebe9e3;stroke-width:4;stroke-linecap:round}.few{fill:url(#hatch)}.line{stroke:#a19d93;stroke-width:1.2}` +
		`.a1{fill:#f0bea2}.a2{fill:#e38f6a}.a3{fill:#c95f42}.a4{fill:#9b3325}.a5{fill:#581110}`
	pictureDark = `.paper{fill:#14161a}.head,.label{fill:#edebe5}.small{fill:#a8acb5}.label,.map path,.map circle{stroke:#14161a}.land{fill:#262a30}.map .quiet{stroke:#262a30}.line{stroke:#6d727c}` +
		`.a1{fill:#64302a}.a2{fill:#8f3c2d}.a3{fill:#c8593f}.a4{fill:#f0916f}.a5{fill:#ffdccb}`
	badgeColours = `text{font:600 12px -apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Bengali","Nirmala UI",sans-serif}.frame{fill:#fcfbf8;stroke:#85868a}.name{fill:#17191e}` +
		`rect.ok,rect.unknown{fill:#ebe9e3}rect.warning{fill:#fae7e1}rect.outage{fill:#b3261e}text.ok,text.unknown{fill:#17191e}text.warning{fill:#b3261e}text.outage{fill:#fff}`
)

// between separates the parts of a line. A dot would be a zero in Arabic.
const between = " – "

// style returns the colours of a theme; without one, they follow the visitor's
// preference.
func style(light, dark, theme string) template.CSS {
	switch {
	case theme == "light" || dark == "":
		return template.CSS(light) //nolint:gosec // a constant
	case theme == "dark":
		return template.CSS(light + dark) //nolint:gosec // constants
	}
	return template.CSS(light + "@media(prefers-color-scheme:dark){" + dark + "}") //nolint:gosec // constants
}

// mapPicture is the map as an image.
type mapPicture struct {
	View       Widget
	Heat       *view.Heatmap
	Dir        string
	Title      string
	Style      template.CSS
	Start, End int // of lines
	Steps      []pictureStep
	Foot       string
	Host       string
}

type pictureStep struct {
	Class, Text string
	X           int
}

// getMap serves the map as an image.
func (s *Embeds) getMap(c *gin.Context) {
	e, v, ok := s.askedMap(c, strings.TrimSuffix(c.Param("file"), ".svg"))
	if !ok {
		return
	}
	p := mapPicture{View: v, Heat: v.heat, Dir: v.Dir, Style: style(pictureColours, pictureDark, e.theme), Start: 16, End: 704, Host: host(v.Href)}
	p.Title = v.Name + ": " + v.Word
	if p.Dir == "rtl" {
		p.Start, p.End = p.End, p.Start
	}
	left := 16 // of the shades, which begin where lines begin
	if p.Dir == "rtl" {
		left = 358
	}
	for i, step := range v.heat.Ramp {
		p.Steps = append(p.Steps, pictureStep{step.Class, step.Text, left + 70*i})
	}
	p.Foot = strings.Join(append([]string{v.Map.Title}, v.Notes...), between)
	s.picture(c, e, "map-picture", &p, p.Style)
}

// host returns the host of an address.
func host(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// badge is the level of a service, as high as a line of text.
type badge struct {
	Name, Word, Text, Level   string
	Style                     template.CSS
	Width, Split, Rest, WordX int
	Inner                     int
}

// badgeLetter is about how wide a letter of a badge is, in px. Letters of other
// scripts are hardly wider.
const badgeLetter = 7.2

// getBadge serves the badge of a service as an image.
func (s *Embeds) getBadge(c *gin.Context) {
	e, ok := s.asked(c, strings.TrimSuffix(c.Param("file"), ".svg"))
	if !ok {
		return
	}
	one, err := s.board.Status(c.Request.Context(), e.service.Slug)
	if err != nil {
		s.LogUnread(err, "status", e.service.Slug)
		s.unavailable(c, e.to)
		return
	}
	l := e.to.Locale
	b := badge{Name: e.names.Service(e.service.Slug), Word: l.Say(view.SentenceKey(one)), Level: view.Look(one), Style: style(badgeColours, "", "")}
	if one.Level != detect.Unknown && one.Observed > 0 {
		b.Word += between + l.Count("n_reports", one.Observed, nil)
	}
	b.Text = b.Name + ": " + b.Word
	wide := func(text string) int { return int(badgeLetter*float64(utf8.RuneCountInString(text))) + 16 }
	b.Split, b.Rest = wide(b.Name), wide(b.Word)
	b.WordX, b.Width = b.Split+8, b.Split+b.Rest
	b.Inner = b.Width - 1
	s.picture(c, e, "badge", &b, b.Style)
}

// picture sends an image. The policy allows its only style by the hash.
func (s *Embeds) picture(c *gin.Context, e embedding, name string, data any, css template.CSS) {
	body, err := s.execute(c.Request.Context(), name, data)
	if err != nil {
		s.unavailable(c, e.to)
		return
	}
	sum := sha256.Sum256([]byte(css))
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; frame-ancestors *")
	s.give(c, "image/svg+xml", body, carried)
}
