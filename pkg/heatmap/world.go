package heatmap

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/outcry/outcry/frontend"
)

// World is a map of the world. Its outlines of countries are projected and in whole
// units.
type World struct {
	Width, Height int
	Paths         map[string]string // SVG path data by country; "-" is land without a code
	Dots          map[string]Point  // middles of countries that are too small to see
	codes         []string          // of Paths, sorted
	boxes         map[string]box    // around the largest part of each path
}

// Point is a place on the map.
type Point struct{ X, Y float64 }

// Earth returns the embedded map, which is parsed at the first call.
var Earth = sync.OnceValue(func() *World {
	data, err := frontend.Files.ReadFile("world/world.json")
	if err != nil {
		panic(fmt.Sprintf("heatmap: %v", err))
	}
	w, err := readWorld(data)
	if err != nil {
		panic(fmt.Sprintf("heatmap: embedded world.json: %v", err))
	}
	return w
})

func readWorld(data []byte) (*World, error) {
	var file struct {
		Width, Height int
		Paths         map[string]string
		Dots          map[string][2]float64
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	w := &World{Width: file.Width, Height: file.Height, Paths: file.Paths, Dots: map[string]Point{}, boxes: map[string]box{}}
	for code, at := range file.Dots {
		w.Dots[code] = Point{at[0], at[1]}
	}
	for code, path := range file.Paths {
		rings, err := Rings(path)
		if err != nil {
			return nil, fmt.Errorf("outline of %s: %w", code, err)
		}
		w.codes = append(w.codes, code)
		w.boxes[code] = largestBox(rings)
	}
	slices.Sort(w.codes)
	return w, nil
}

// Has reports whether a country is on the map.
func (w *World) Has(code string) bool {
	_, drawn := w.Paths[code]
	_, dot := w.Dots[code]
	return code != "-" && (drawn || dot)
}

// Sprite returns an SVG file for pages to refer to, so that they need not repeat the
// outlines. The outline of a country has the country code as ID. The group "land"
// has all outlines, and the path "dots" has the dots.
func (w *World) Sprite() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><g id="land">`, w.Width, w.Height)
	for _, code := range w.codes {
		if code == "-" {
			fmt.Fprintf(&b, `<path d="%s"/>`, w.Paths[code])
		} else {
			fmt.Fprintf(&b, `<path id="%s" d="%s"/>`, code, w.Paths[code])
		}
	}
	fmt.Fprintf(&b, "</g><path id=\"dots\" d=\"%s\"/></svg>\n", dotPath(w.Dots))
	return []byte(b.String())
}

// dotPath returns path data that shows a dot at each place if it is drawn with round
// caps.
func dotPath(places map[string]Point) string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(places)) {
		fmt.Fprintf(&b, "M%g %gh0", places[code].X, places[code].Y)
	}
	return b.String()
}
