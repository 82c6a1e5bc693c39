package status

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// MaxExportSteps bounds the steps of one export: a year of hours.
	MaxExportSteps = 366 * 24
	// exportLength is how far an export reaches back without a start.
	exportLength = 30 * 24 * time.Hour
	// notArchived is how long after its end a step without counts may still be on
	// its way into the archive.
	notArchived = 2 * time.Hour
	// exportRows is about how many rollups an export reads at once.
	exportRows = 20_000
)

// ExportSteps are the steps of an export.
var ExportSteps = []time.Duration{window.RollupWidth, time.Hour, 24 * time.Hour}

// ExportQuery selects an export. Zero values ask for the defaults.
type ExportQuery struct {
	From, To time.Time     // default: the 30 days up to now
	Step     time.Duration // default: an hour
}

// ExportRow is the count of one cell in one step. A step without reports has one
// row without a cell.
type ExportRow struct {
	Start   time.Time
	Width   time.Duration // the step, or longer where the archive keeps no shorter counts
	Counted int           // minutes of it in which counting worked
	Kind    report.Kind   // Problem or Recovery
	window.Cell
	Count int64 // of single persons too; who shows it withholds small ones
}

// Plan returns q with its defaults filled in and its ends aligned, and where an
// export that goes on after it begins. That is zero if q asks for no more than
// one export may hold. The error is fault.Invalid for a query that cannot be
// answered.
func (q ExportQuery) Plan(now time.Time) (plan ExportQuery, next time.Time, err error) {
	if q.Step == 0 {
		q.Step = time.Hour
	}
	if !slices.Contains(ExportSteps, q.Step) {
		return q, next, fault.Field("step", "must be one of 15m, 1h, 24h")
	}
	if q.To.IsZero() || q.To.After(now) {
		q.To = now
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-exportLength)
	}
	if !q.From.Before(q.To) {
		return q, next, fault.Field("from", "must be before to and not in the future")
	}
	// A rollup of the archive lies within one step of its own width or more.
	q.From = q.From.UTC().Truncate(max(q.Step, archivedWidth(now.Sub(q.From))))
	q.To = q.To.UTC().Add(q.Step - 1).Truncate(q.Step)
	if end := q.From.Add(MaxExportSteps * q.Step); end.Before(q.To) {
		// The next one begins where the archive has a rollup that begins.
		end = end.Truncate(archivedWidth(now.Sub(end)))
		q.To, next = end, end
	}
	return q, next, nil
}

// archivedWidth returns the longest width of rollups of this age, and of those
// that are merged within the next days.
func archivedWidth(age time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case age < 34*day:
		return window.RollupWidth
	case age < 364*day:
		return time.Hour
	}
	return day
}

// Export gives emit the archived counts of a service, in the order of their
// steps: all rows of a step before any of the next. It takes a query that Plan
// returned. It reads some thousand rows at a time, within admit, so that its
// memory does not grow with the length of the export. The last half hour or so
// is not in the archive yet; the export ends before it.
func (b *Board) Export(ctx context.Context, slug string, q ExportQuery, admit func(read func() error) error, emit func([]ExportRow) error) error {
	if _, err := b.service(slug); err != nil {
		return err
	}
	now := b.now()
	e := export{step: q.Step, cells: map[exportCell]int64{}}
	length := 6 * time.Hour
	for at := q.From; at.Before(q.To); {
		length = max(length, archivedWidth(now.Sub(at)))
		end := earlier(at.Truncate(length).Add(length), q.To.Add(window.RollupWidth-1).Truncate(window.RollupWidth))
		var rollups []window.Rollup
		var spans []window.Span
		err := admit(func() (err error) {
			rollups, spans, err = b.Archive.Rollups(ctx, slug, at, end)
			return err
		})
		if err != nil {
			return fmt.Errorf("read the archive of %s: %w", slug, err)
		}
		over, err := e.add(at, end, rollups, spans, now, emit)
		if over || err != nil {
			return err
		}
		at = end
		switch { // the number of cells decides how long a part may be
		case len(rollups) > exportRows && length > time.Hour:
			length /= 2
		case len(rollups) < exportRows/4 && length < 4*24*time.Hour:
			length *= 2
		}
	}
	_, err := e.finish(now, emit)
	return err
}

// exportCell is what an export adds up.
type exportCell struct {
	kind report.Kind
	window.Cell
}

// export adds up the rows of the current step.
type export struct {
	step    time.Duration
	start   time.Time // of the current step; zero before the first
	width   time.Duration
	counted int
	cells   map[exportCell]int64
}

// add adds what the archive has in [from, to), and emits the steps that are
// complete. It reports whether the archive has no more.
func (e *export) add(from, to time.Time, rollups []window.Rollup, spans []window.Span, now time.Time, emit func([]ExportRow) error) (over bool, err error) {
	for at := from; at.Before(to); {
		if start := at.Truncate(e.step); e.start.IsZero() || !start.Before(e.start.Add(e.width)) {
			if over, err := e.finish(now, emit); over || err != nil {
				return over, err
			}
			e.start, e.width, e.counted = start, e.step, 0
		}
		next := at.Add(window.RollupWidth)
		for len(spans) > 0 && spans[0].Start.Before(next) {
			e.width = max(e.width, spans[0].Width)
			e.counted += spans[0].Known
			spans = spans[1:]
		}
		for len(rollups) > 0 && rollups[0].Start.Before(next) {
			r := rollups[0]
			e.width = max(e.width, r.Width)
			if r.Kind == report.Problem || r.Kind == report.Recovery {
				e.cells[exportCell{r.Kind, r.Cell}] += r.N
			}
			rollups = rollups[1:]
		}
		at = next
	}
	return false, nil
}

// finish emits the current step. It reports whether the step is one that the
// archive does not have yet.
func (e *export) finish(now time.Time, emit func([]ExportRow) error) (over bool, err error) {
	end := e.start.Add(e.width)
	if e.start.IsZero() || end.After(now.Add(-window.RollupDelay)) || e.counted == 0 && len(e.cells) == 0 && end.After(now.Add(-notArchived)) {
		return !e.start.IsZero(), nil
	}
	step := ExportRow{Start: e.start, Width: e.width, Counted: e.counted}
	rows := make([]ExportRow, 0, max(1, len(e.cells)))
	for cell, n := range e.cells {
		row := step
		row.Kind, row.Cell, row.Count = cell.kind, cell.Cell, n
		if n > 0 {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		rows = append(rows, step)
	}
	slices.SortFunc(rows, func(a, b ExportRow) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		if c := strings.Compare(a.Country, b.Country); c != 0 {
			return c
		}
		return strings.Compare(a.Symptom, b.Symptom)
	})
	clear(e.cells)
	return false, emit(rows)
}
