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

// World is a map of the world: outlines of countries, projected, in whole units.
type World struct {
	Width, Height int
	Paths         map[string]string // by country, SVG path data of relative moves; "-": land without a code
	Dots          map[string]Point  // middles of countries too small to be seen
	codes         []string          // of Paths, sorted
	rooms         map[string]box    // of the largest part of each path
}

// Point is a place on the map.
type Point struct{ X, Y float64 }

// Earth returns the embedded map, read at the first call.
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
	w := &World{Width: file.Width, Height: file.Height, Paths: file.Paths, Dots: map[string]Point{}, rooms: map[string]box{}}
	for code, at := range file.Dots {
		w.Dots[code] = Point{at[0], at[1]}
	}
	for code, path := range file.Paths {
		rings, err := Rings(path)
		if err != nil {
			return nil, fmt.Errorf("outline of %s: %w", code, err)
		}
		w.codes = append(w.codes, code)
		w.rooms[code] = around(rings)
	}
	slices.Sort(w.codes)
	return w, nil
}

// Has tells whether a country is on the map.
func (w *World) Has(code string) bool {
	_, drawn := w.Paths[code]
	_, dot := w.Dots[code]
	return code != "-" && (drawn || dot)
}

// Sprite returns an SVG file that holds the outline of each country under its
// code as ID, all of them under "land", and those too small to be seen under
// "dots". A page that refers to it need not hold them.
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
	fmt.Fprintf(&b, "</g><path id=\"dots\" d=\"%s\"/></svg>\n", points(w.Dots))
	return []byte(b.String())
}

// points returns path data that is a dot at each place, where it is drawn with
// round caps.
func points(places map[string]Point) string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(places)) {
		fmt.Fprintf(&b, "M%g %gh0", places[code].X, places[code].Y)
	}
	return b.String()
}
