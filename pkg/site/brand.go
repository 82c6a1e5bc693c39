package site

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/outcry/outcry/pkg/view"
)

// Brand is what an operator calls the site and how it looks. The zero Brand is the
// built-in one.
type Brand struct {
	view.Brand
	LogoFile    string // path of an SVG or PNG file; empty: none
	Light, Dark string // the accent on both backgrounds, such as #1558b0; empty: none
}

// maxLogo is the most bytes of a logo, which every page loads.
const maxLogo = 64 << 10

// activeMarkup matches what makes a picture more than a picture.
var activeMarkup = regexp.MustCompile(`(?i)<\s*(script|foreignobject|iframe|!entity)|\son[a-z]+\s*=|javascript:`)

// logoHeight and maxLogoWidth are the size of a logo beside the name, in pixels. A page
// knows the width before the picture is there, so that nothing moves when it comes.
const logoHeight, maxLogoWidth = 28, 128

// logo is a picture that is ready to be served.
type logo struct {
	content   []byte
	extension string // of its name
	width     int    // in pixels, when it is logoHeight high
}

// readLogo reads a logo.
func readLogo(path string) (l logo, err error) {
	if l.content, err = os.ReadFile(path); err != nil {
		return l, err
	}
	var width, height float64
	switch {
	case len(l.content) > maxLogo:
		return l, fmt.Errorf("%s has %d bytes; every page loads it, so that %d are the most", path, len(l.content), maxLogo)
	case bytes.HasPrefix(l.content, []byte("\x89PNG\r\n\x1a\n")):
		l.extension = ".png"
		about, err := png.DecodeConfig(bytes.NewReader(l.content))
		if err != nil {
			return l, fmt.Errorf("%s is a damaged PNG (%w); save it again", path, err)
		}
		width, height = float64(about.Width), float64(about.Height)
	case !bytes.Contains(l.content[:min(len(l.content), 1000)], []byte("<svg")):
		return l, fmt.Errorf("%s is neither SVG nor PNG; use one of them", path)
	case activeMarkup.Match(l.content):
		return l, fmt.Errorf("%s contains scripts; save it as a plain picture", path)
	default:
		l.extension = ".svg"
		width, height = sizeOfSVG(l.content)
	}
	if width <= 0 || height <= 0 {
		return l, fmt.Errorf("%s says not how large it is; give its svg element a viewBox such as \"0 0 40 40\"", path)
	}
	if l.width = max(1, int(math.Round(logoHeight*width/height))); l.width > maxLogoWidth {
		return l, fmt.Errorf("%s is %.1f times as wide as high; %.1f is the most beside a name on a phone", path, width/height, float64(maxLogoWidth)/logoHeight)
	}
	return l, nil
}

// viewBox matches the size in the viewBox of an svg element.
var viewBox = regexp.MustCompile(`<svg\b[^>]*\sviewBox\s*=\s*["']\s*[-+.0-9eE]+[\s,]+[-+.0-9eE]+[\s,]+([.0-9]+)[\s,]+([.0-9]+)\s*["']`)

// sizeOfSVG returns the size of a picture in units of its own, or zeros.
func sizeOfSVG(content []byte) (width, height float64) {
	found := viewBox.FindSubmatch(content)
	if found == nil {
		return 0, 0
	}
	width, widthErr := strconv.ParseFloat(string(found[1]), 64)
	height, heightErr := strconv.ParseFloat(string(found[2]), 64)
	if widthErr != nil || heightErr != nil {
		return 0, 0
	}
	return width, height
}

// useBrand adds the logo and the style of a brand to the files of the site.
func (a *Assets) useBrand(b Brand) error {
	if b.LogoFile != "" {
		l, err := readLogo(b.LogoFile)
		if err != nil {
			return fmt.Errorf("OUTCRY_LOGO: %w", err)
		}
		a.Logo, a.LogoWidth = a.keep("logo"+l.extension, l.content), l.width
		a.Icon = a.Logo
		a.Icons = nil // those of the built-in brand
	}
	if style := b.style(); style != "" {
		for _, address := range []*string{&a.Style, &a.Embed} {
			name := strings.TrimPrefix(*address, "/static/")
			whole := append(bytes.Clone(a.byName[name].Content), style...)
			delete(a.byName, name)
			stem, _, _ := strings.Cut(name, ".")
			*address = a.keep(stem+".css", whole)
		}
	}
	return nil
}

// style returns what a brand adds to the style of pages and frames.
func (b Brand) style() string {
	var s strings.Builder
	if b.Light != "" {
		// It follows the built-in style, whose focus it replaces on both backgrounds.
		fmt.Fprintf(&s, "@layer tokens{:root,:host{--focus:%[1]s}@supports (color:light-dark(#000,#fff)){:root,:host{--focus:light-dark(%[1]s,%[2]s)}}}"+
			"@layer components{.mast .mark{color:var(--focus)}a{text-decoration-color:var(--focus)}}", b.Light, b.Dark)
	}
	if b.LogoFile != "" {
		s.WriteString("@layer components{.mark img{vertical-align:bottom;margin-inline-end:var(--gap)}}")
	}
	return s.String()
}
