package backtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/outcry/outcry/pkg/textfile"
)

// maxStep is the longest step of a series. maxGap is the longest gap that is filled
// with unknown rows; a longer one is more likely a wrong year.
const (
	maxStep = 24 * time.Hour
	maxGap  = 10 * 366 * 24 * time.Hour
)

// sample is how many rows a Reader that fills gaps looks at to find the step.
const sample = 100

// Row is one row of a series.
type Row struct {
	Start time.Time
	Value float64
	Known bool // false when the value was empty
}

// Reader reads the rows of a series. It refuses a series that is not regular.
type Reader struct {
	name     string
	records  *csv.Reader
	lines    *lineLimit
	columns  columns
	fillGaps bool
	ahead    []numbered  // rows of the file that Read has not returned
	next     [1]numbered // what ahead holds once the step is found
	begun    bool        // whether Read has returned a row
	last     time.Time   // when the row began that Read returned last
	width    time.Duration
}

// numbered is a row with its line in the file.
type numbered struct {
	Row
	line int
}

// NewReader returns a reader of the series in r, which refuses a series with missing
// rows. It reads the header and two rows, and fails when they or the step between
// them are wrong. Errors begin with name and the number of the line.
func NewReader(name string, r io.Reader) (*Reader, error) { return readSeries(name, r, false) }

// NewFillingReader returns a reader like NewReader, for which a missing row is a row
// without a value. The step is the shortest time between two of the first hundred
// rows.
func NewFillingReader(name string, r io.Reader) (*Reader, error) { return readSeries(name, r, true) }

func readSeries(name string, r io.Reader, fillGaps bool) (*Reader, error) {
	text, err := textfile.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%s:1: %w", name, err)
	}
	lines := &lineLimit{r: text, line: 1}
	in := &Reader{name: name, records: csv.NewReader(lines), lines: lines, fillGaps: fillGaps}
	in.records.ReuseRecord = true
	in.records.TrimLeadingSpace = true
	if in.columns, err = in.readHeader(); err != nil {
		return nil, err
	}
	if err := in.findStep(); err != nil {
		return nil, err
	}
	return in, nil
}

// Step returns the time from one row to the next, which is the length of a bucket.
func (in *Reader) Step() time.Duration { return in.width }

// Read returns the next row, or io.EOF after the last.
func (in *Reader) Read() (Row, error) {
	next, err := in.peek()
	if err != nil {
		return Row{}, err
	}
	row := next.Row
	if in.begun {
		expected := in.last.Add(in.width)
		switch gap := row.Start.Sub(in.last); {
		case gap == in.width:
		case gap <= 0:
			return Row{}, in.refuseOrder(next.line, gap)
		case in.width%gap == 0 && !in.fillGaps:
			return Row{}, in.refuse(next.line, "the step is %v, and was %v; are rows missing above? --fill-gaps takes them for unknown ones", gap, in.width)
		case gap%in.width != 0:
			return Row{}, in.refuse(next.line, "the step is %v, and was %v", gap, in.width)
		case !in.fillGaps:
			return Row{}, in.refuse(next.line, "%s missing before this one, the first at %s; --fill-gaps takes missing rows for unknown ones",
				rows(int(gap/in.width-1)), expected.Format(TimeLayout))
		case gap > maxGap:
			return Row{}, in.refuse(next.line, "%d days are missing before this row; is the year right?", gap/(24*time.Hour))
		default:
			in.last = expected
			return Row{Start: expected}, nil
		}
	}
	in.begun, in.last = true, row.Start
	in.ahead = in.ahead[1:]
	return row, nil
}

// peek returns the row that comes next in the file without taking it, or io.EOF.
func (in *Reader) peek() (numbered, error) {
	if len(in.ahead) == 0 {
		row, err := in.parse()
		if err != nil {
			return numbered{}, err
		}
		in.next[0] = row
		in.ahead = in.next[:]
	}
	return in.ahead[0], nil
}

// findStep reads ahead to set the step.
func (in *Reader) findStep() error {
	want := 2
	if in.fillGaps {
		want = sample
	}
	for len(in.ahead) < want {
		row, err := in.parse()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n := len(in.ahead); n > 0 {
			step := row.Start.Sub(in.ahead[n-1].Start)
			if step <= 0 {
				return in.refuseOrder(row.line, step)
			}
			if step < time.Minute || step%time.Minute != 0 {
				return in.refuse(row.line, "the step is %v, not whole minutes", step)
			}
			if in.width == 0 || step < in.width {
				in.width = step
			}
		}
		in.ahead = append(in.ahead, row)
	}
	switch {
	case len(in.ahead) < 2:
		return in.refuse(in.lines.line, "a series has at least two rows after its header")
	case in.width > maxStep:
		return in.refuse(in.ahead[1].line, "the step is %v, more than a day", in.width)
	}
	return nil
}

// refuse returns an error with the name of the series and a line.
func (in *Reader) refuse(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{in.name, line}, args...)...)
}

// refuseOrder returns the error of a row that does not come after the one before.
func (in *Reader) refuseOrder(line int, step time.Duration) error {
	if step == 0 {
		return in.refuse(line, "the time is that of the row before")
	}
	return in.refuse(line, "the time is before that of the row above; sort the rows by time, oldest first")
}

// rows returns a number of rows in words, with its verb.
func rows(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}
