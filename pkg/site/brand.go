package site

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
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

// readLogo reads a logo and returns its content and the ending of its name.
func readLogo(path string) (content []byte, extension string, err error) {
	if content, err = os.ReadFile(path); err != nil {
		return nil, "", err
	}
	switch {
	case len(content) > maxLogo:
		return nil, "", fmt.Errorf("%s has %d bytes; every page loads it, so that %d are the most", path, len(content), maxLogo)
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return content, ".png", nil
	case !bytes.Contains(content[:min(len(content), 1000)], []byte("<svg")):
		return nil, "", fmt.Errorf("%s is neither SVG nor PNG; use one of them", path)
	case activeMarkup.Match(content):
		return nil, "", fmt.Errorf("%s contains scripts; save it as a plain picture", path)
	}
	return content, ".svg", nil
}

// useBrand adds the logo and the style of a brand to the files of the site.
func (a *Assets) useBrand(b Brand) error {
	if b.LogoFile != "" {
		logo, extension, err := readLogo(b.LogoFile)
		if err != nil {
			return fmt.Errorf("OUTCRY_LOGO: %w", err)
		}
		a.Logo = a.keep("logo"+extension, logo)
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
		fmt.Fprintf(&s, "@layer tokens{:root,:host{--accent:%[1]s;--focus:%[1]s}"+
			"@supports (color:light-dark(#000,#fff)){:root,:host{--accent:light-dark(%[1]s,%[2]s);--focus:light-dark(%[1]s,%[2]s)}}}"+
			"@layer components{.mark{color:var(--accent)}a{text-decoration-color:var(--accent)}}", b.Light, b.Dark)
	}
	if b.LogoFile != "" {
		s.WriteString("@layer components{.mark img{block-size:1.75rem;inline-size:auto;max-inline-size:8rem;vertical-align:bottom;margin-inline-end:.375rem}}")
	}
	return s.String()
}
