package ingest

import (
	"time"

	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/window"
)

// takeRow takes a row of the storage from the allowances of the network and the
// holder of a sender. Beyond them the report is surplus: it is answered and
// counted in a number, and nothing is stored.
func (in *Ingester) takeRow(a *acceptance, via Via, from limit.Sender, now time.Time) {
	if !in.Limiter.Take(limit.Rows, from, now).Allowed {
		a.isSurplus = true
		in.totals.note(via, OutcomeNotStored, 1)
		return
	}
	a.from, a.takesRow = from, true
}

// giveBack returns the row of a report that was not stored.
func (in *Ingester) giveBack(a acceptance) {
	if a.takesRow {
		in.Limiter.GiveBack(limit.Rows, a.from, a.Received)
	}
}

// surplus returns the receipt of a report that is not stored.
func (a acceptance) surplus() (Receipt, error) {
	return newReceipt(a.Report, window.Outcome{Status: window.Limited}, a.Received, a.left)
}
