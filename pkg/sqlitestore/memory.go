package sqlitestore

import (
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// memory is what decisions need: the dictionary, the IDs that were answered and
// the cool-downs.
type memory struct {
	services  map[string]int64  // IDs, by slug
	cells     map[cellKey]int64 // IDs
	cellKeys  map[int64]cellKey // cells, by ID
	answers   answers
	cooldowns cooldowns
}

func newMemory(unlimited bool) *memory {
	return &memory{
		services:  map[string]int64{},
		cells:     map[cellKey]int64{},
		cellKeys:  map[int64]cellKey{},
		answers:   answers{},
		cooldowns: cooldowns{unlimited: unlimited, blocks: map[window.Minute]*block{}},
	}
}

// addCell adds a cell of the dictionary.
func (m *memory) addCell(id int64, key cellKey) {
	m.cells[key] = id
	m.cellKeys[id] = key
}

// cellKey identifies a cell in the dictionary.
type cellKey struct {
	service int64
	kind    report.Kind
	window.Cell
}
