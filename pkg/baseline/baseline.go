// Package baseline learns from the archive what each service usually counts: as
// a whole, by country, by symptom, and the visits of its page. It keeps the
// history that a baseline needs, decides when to learn anew, and leaves the
// statistics to package detect. It judges nothing.
//
// Counts are of whole hours in UTC. A country's baseline follows the clock of
// the country.
package baseline

import (
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// HistoryLength is how much of the past a baseline rests on: whole weeks, so
// that no day of the week weighs more than another.
const HistoryLength = 28 * 24 * time.Hour

// Whole is the cell of a service as a whole.
var Whole window.Cell

// visits stands for the symptom in the cells of visits. No symptom has such an
// ID.
const visits = " visits"

// VisitsFrom returns the cell of the visits of a service's page from a country;
// "" is all countries together.
func VisitsFrom(country string) window.Cell {
	return window.Cell{Country: country, Symptom: visits}
}

// IsVisits reports whether a cell counts visits and not reports.
func IsVisits(cell window.Cell) bool { return cell.Symptom == visits }
