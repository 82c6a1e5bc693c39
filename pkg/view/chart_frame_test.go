package view

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/outcry/outcry/frontend"
)

// TestTemplateAndElementDrawChartsInTheSameFrame compares the places that the
// template of pages and the script of the element write by hand with those
// that paths are drawn for.
func TestTemplateAndElementDrawChartsInTheSameFrame(t *testing.T) {
	parts, err := fs.ReadFile(frontend.Files, "templates/parts.html")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../../frontend/src/widget/chart.ts")
	if err != nil {
		t.Fatal(err)
	}
	top, bottom, height := fmt.Sprint(plotTop, "%"), fmt.Sprint(plotBottom, "%"), fmt.Sprint(plotBottom-plotTop, "%")
	for _, c := range []struct{ what, template, element string }{
		{"a gap", `y="TOP" width="{{.Width}}" height="HEIGHT"`, `class: 'gap', x, y: 'TOP', width, height: 'HEIGHT'`},
		{"the axis", `class="axis" x1="0" x2="100%" y1="BOTTOM" y2="BOTTOM"`, `const axis = 'BOTTOM'`},
		{"a level", `class="strip-{{.Level}}" x="{{.X}}" width="{{.Width}}" y="86%" height="3%"`, "class: `strip-${level}`, x, width, y: '86%', height: '3%'"},
		{"a time", `x="{{.At}}" y="99%"`, `x: at, y: '99%'`},
		{"a mark", `class="mark" x1="{{.X}}" x2="{{.X}}" y1="TOP" y2="BOTTOM"`, `class: 'mark', x1: mark.x, x2: mark.x, y1: 'TOP', y2: axis`},
		{"the box of paths", `viewBox="0 0 1000 1000" preserveAspectRatio="none"`, `viewBox: '0 0 1000 1000', preserveAspectRatio: 'none'`},
	} {
		places := strings.NewReplacer("TOP", top, "BOTTOM", bottom, "HEIGHT", height)
		if want := places.Replace(c.template); !strings.Contains(string(parts), want) {
			t.Errorf("templates/parts.html does not draw %s as %s", c.what, want)
		}
		if want := places.Replace(c.element); !strings.Contains(string(script), want) {
			t.Errorf("widget/chart.ts does not draw %s as %s", c.what, want)
		}
	}
}
