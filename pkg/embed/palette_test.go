package embed

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/frontend"
)

// tokens returns the colours of the stylesheets by name, in the light and in the
// dark scheme. The stylesheets are the palette; everything else repeats it.
func tokens(t *testing.T) map[string][2]string {
	t.Helper()
	all := map[string][2]string{}
	for _, name := range []string{"static/tokens.css", "static/map.css"} {
		css, err := fs.ReadFile(frontend.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)`).FindAllStringSubmatch(string(css), -1) {
			all[m[1]] = [2]string{m[2], m[3]}
		}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]+);`).FindAllStringSubmatch(string(css), -1) {
			if scheme, ok := all[m[1]]; ok && scheme[0] != m[2] {
				t.Errorf("%s: --%s is %s for old browsers and %s for others", name, m[1], m[2], scheme[0])
			}
		}
	}
	if len(all) < 15 {
		t.Fatalf("found %d colours: the pattern no longer fits the stylesheets", len(all))
	}
	return all
}

func TestPicturesHaveTheColoursOfThePages(t *testing.T) {
	palette := tokens(t)
	for _, c := range []struct{ rule, token string }{
		{`.paper{fill:%}`, "paper"}, {`.land{fill:%}`, "land"}, {`.line{stroke:%`, "hatch"},
		{`.a1{fill:%}`, "q1"}, {`.a2{fill:%}`, "q2"}, {`.a3{fill:%}`, "q3"}, {`.a4{fill:%}`, "q4"}, {`.a5{fill:%}`, "q5"},
	} {
		for i, style := range []string{pictureColours, pictureDark} {
			if want := strings.Replace(c.rule, "%", palette[c.token][i], 1); !strings.Contains(style, want) {
				t.Errorf("the style of pictures (light, dark: %d) lacks %s, which is --%s", i, want, c.token)
			}
		}
	}
	for rule, token := range map[string]string{".frame{fill:%;": "paper", ".name{fill:%}": "ink", "rect.warning{fill:%}": "tint", "rect.outage{fill:%}": "trouble", "text.warning{fill:%}": "trouble"} {
		if want := strings.Replace(rule, "%", palette[token][0], 1); !strings.Contains(badgeColours, want) {
			t.Errorf("the style of badges lacks %s, which is --%s", want, token)
		}
	}
	allowed := map[string]bool{"#fff": true}
	for _, colours := range palette {
		allowed[colours[0]], allowed[colours[1]] = true, true
	}
	for _, colour := range regexp.MustCompile(`#[0-9a-f]{3,6}\b`).FindAllString(pictureColours+pictureDark+badgeColours, -1) {
		if !allowed[colour] {
			t.Errorf("%s is a colour of pictures and not of the stylesheets", colour)
		}
	}
}
