package heatmap

import (
	"fmt"
	"strconv"
)

// Rings returns the closed lines of an outline. The path data may have only the SVG
// commands M, l and z, in that order for each ring, and whole numbers.
func Rings(path string) ([][]Point, error) {
	var rings [][]Point
	var numbers []float64
	var at Point
	for i := 0; i < len(path); {
		switch c := path[i]; {
		case c == 'M' || c == 'l' || c == 'z':
			if c != 'M' && len(numbers) < 2 || len(numbers)%2 != 0 {
				return nil, fmt.Errorf("%q at %d does not follow pairs of numbers", c, i)
			}
			for k := 0; k < len(numbers); k += 2 {
				if c == 'l' { // the numbers before it belong to M: the ring begins there
					at = Point{numbers[k], numbers[k+1]}
					rings = append(rings, []Point{at})
					continue
				}
				if len(rings) == 0 {
					return nil, fmt.Errorf("the line that ends at %d has no M", i)
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

// largestBox returns the box around the ring with the largest box.
func largestBox(rings [][]Point) box {
	var largest box
	for _, ring := range rings {
		b := box{ring[0].X, ring[0].Y, ring[0].X, ring[0].Y}
		for _, p := range ring {
			b = box{min(b.left, p.X), min(b.top, p.Y), max(b.right, p.X), max(b.bottom, p.Y)}
		}
		if (b.right-b.left)*(b.bottom-b.top) >= (largest.right-largest.left)*(largest.bottom-largest.top) {
			largest = b
		}
	}
	return largest
}
