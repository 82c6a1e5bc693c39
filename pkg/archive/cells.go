package archive

import "github.com/outcry/outcry/pkg/report"

// cell is what a report or a rollup counts for. The tables services and cells,
// the dictionary, give each an ID, which never changes.
type cell struct {
	service string
	kind    report.Kind
	country string
	symptom string
}

// cellIDs are the IDs of a cell and of its service.
type cellIDs struct{ service, cell int64 }
