package view

import (
	"time"

	"github.com/outcry/outcry/pkg/locale"
)

// Kept is what a copy of a page says that the visitor's device keeps and shows
// while there is no connection. The page carries it hidden.
type Kept struct {
	Text []locale.Part
	Made string // time, zone and day of its numbers, for a list of copies
}

// newKept returns what the copy of a page says whose numbers are those of asOf.
func newKept(l *locale.Locale, asOf time.Time) *Kept {
	return &Kept{
		Text: locale.Parts(l.Fill("kept_page", locale.Values{"Time": l.Time(asOf), "Date": l.Date(asOf)})),
		Made: l.Fill("kept_made", locale.Values{"Time": l.ZonedTime(asOf), "Date": l.Date(asOf)}),
	}
}

// OfflinePage is shown in place of a page that the device does not keep, while there
// is no connection.
type OfflinePage struct{ Frame }
