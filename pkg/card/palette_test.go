package card

import (
	"fmt"
	"image/color"
	"io/fs"
	"regexp"
	"testing"

	"github.com/outcry/outcry/frontend"
)

func TestCardsHaveTheLightColoursOfThePages(t *testing.T) {
	palette := map[string]string{}
	for _, name := range []string{"static/tokens.css", "static/map.css"} {
		css, err := fs.ReadFile(frontend.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), `).FindAllStringSubmatch(string(css), -1) {
			palette[m[1]] = m[2]
		}
	}
	colours := map[string]color.RGBA{"paper": paper, "ink": ink, "ink-2": ink2, "rule": rule, "edge": edge, "trouble": trouble, "tint": tint, "land": land}
	for i, shade := range shades {
		colours[fmt.Sprintf("q%d", i+1)] = shade
	}
	for name, c := range colours {
		if got := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B); got != palette[name] {
			t.Errorf("the colour %s of cards is %s; --%s of the stylesheets is %s", name, got, name, palette[name])
		}
	}
}
