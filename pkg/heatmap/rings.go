package heatmap

import (
	"fmt"
	"math"
	"strconv"
)

// Rings returns the closed lines of an outline: path data that consists of
// M, l and z, in that order.
func Rings(path string) ([][]Point, error) {
	var rings [][]Point
	var numbers []float64
	var at Point
	for i := 0; i < len(path); {
		switch c := path[i]; {
		case c == 'M' || c == 'l' || c == 'z':
			if c != 'M' && len(numbers) < 2 || len(numbers)%2 != 0 {
				return nil, fmt.Errorf("%q at %d ends an odd number of values", c, i)
			}
			for k := 0; k < len(numbers); k += 2 {
				if c == 'l' { // what stands before it is where the ring begins
					at = Point{numbers[k], numbers[k+1]}
					rings = append(rings, []Point{at})
					continue
				}
				if len(rings) == 0 {
					return nil, fmt.Errorf("a line at %d begins nowhere", i)
				}
				at = Point{at.X + numbers[k], at.Y + numbers[k+1]}
				rings[len(rings)-1] = append(rings[len(rings)-1], at)
			}
			numbers = numbers[:0]
			i++
		case c == ' ':
			i++
		default:
			end := i + 1
			for end < len(path) && path[end] >= '0' && path[end] <= '9' {
				end++
			}
			n, err := strconv.Atoi(path[i:end])
			if err != nil {
				return nil, fmt.Errorf("read a number at %d: %w", i, err)
			}
			numbers = append(numbers, float64(n))
			i = end
		}
	}
	if len(numbers) > 0 || len(rings) == 0 {
		return nil, fmt.Errorf("the outline is not closed")
	}
	return rings, nil
}

// middle is the centre of mass of the largest ring.
func middle(rings [][]Point) Point {
	var best Point
	largest := -1.0
	for _, ring := range rings {
		var area, x, y float64
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			cross := a.X*b.Y - b.X*a.Y
			area += cross
			x += (a.X + b.X) * cross
			y += (a.Y + b.Y) * cross
		}
		if math.Abs(area) > largest {
			largest = math.Abs(area)
			best = ring[0]
			if area != 0 {
				best = Point{x / (3 * area), y / (3 * area)}
			}
		}
	}
	return best
}
