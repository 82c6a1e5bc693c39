package backtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// TimeLayout is the layout of times in a file. They are in UTC.
const TimeLayout = time.DateTime

// inputHeader is the first line of a file.
const inputHeader = "timestamp,value"

// maxLine is the longest line of input in bytes. maxValue is the largest count: up
// to it a float64 holds every whole number exactly.
const (
	maxLine  = 4096
	maxValue = 1 << 53
)

// Row is one row of a series.
type Row struct {
	Start time.Time
	Value float64
	Known bool // false when the value was empty
}

// Reader reads the rows of a series. It refuses a series that is not regular.
type Reader struct {
	name  string
	lines *bufio.Scanner
	line  int
	ahead []Row // rows read to find the step, not yet returned
	last  time.Time
	width time.Duration // of a bucket
}

// NewReader returns a reader of the series in r. It reads the header and two rows,
// and fails when they or the step between them are wrong. Errors begin with name
// and the number of the line.
func NewReader(name string, r io.Reader) (*Reader, error) {
	in := &Reader{name: name, lines: bufio.NewScanner(bufio.NewReaderSize(r, 64<<10))}
	in.lines.Buffer(make([]byte, 0, maxLine), maxLine)
	header, err := in.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(header) != inputHeader {
		return nil, in.refuse("the first line is not %q", inputHeader)
	}
	for range 2 {
		row, err := in.parse()
		if errors.Is(err, io.EOF) {
			return nil, in.refuse("a series has at least two rows")
		}
		if err != nil {
			return nil, err
		}
		in.ahead = append(in.ahead, row)
	}
	in.width = in.ahead[1].Start.Sub(in.ahead[0].Start)
	switch {
	case in.width <= 0:
		return nil, in.refuse("the time is not after the one before")
	case in.width < time.Minute || in.width > time.Hour || in.width%time.Minute != 0:
		return nil, in.refuse("the step is %v, not 1 to 60 whole minutes", in.width)
	}
	in.last = in.ahead[1].Start
	return in, nil
}

// Step returns the time from one row to the next, which is the length of a bucket.
func (in *Reader) Step() time.Duration { return in.width }

// Read returns the next row, or io.EOF after the last.
func (in *Reader) Read() (Row, error) {
	if len(in.ahead) > 0 {
		row := in.ahead[0]
		in.ahead = in.ahead[1:]
		return row, nil
	}
	row, err := in.parse()
	if err != nil {
		return Row{}, err
	}
	switch gap := row.Start.Sub(in.last); {
	case gap == in.width:
	case gap <= 0:
		return Row{}, in.refuse("the time is not after the one before")
	case gap%in.width == 0:
		return Row{}, in.refuse("%d rows are missing before this one; a count that is unknown is an empty value", gap/in.width-1)
	default:
		return Row{}, in.refuse("the step is %v, and was %v", gap, in.width)
	}
	in.last = row.Start
	return row, nil
}

// next returns the next line without its line break, or io.EOF.
func (in *Reader) next() ([]byte, error) {
	in.line++
	if !in.lines.Scan() {
		if err := in.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return nil, in.refuse("the line has more than %d bytes", maxLine)
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", in.name, err)
		}
		return nil, io.EOF
	}
	return in.lines.Bytes(), nil
}

// parse returns the next row, whatever its time.
func (in *Reader) parse() (Row, error) {
	line, err := in.next()
	if err != nil {
		return Row{}, err
	}
	at, value, ok := bytes.Cut(line, []byte{','})
	if !ok || bytes.IndexByte(value, ',') >= 0 {
		return Row{}, in.refuse("a row has two columns, timestamp and value")
	}
	var row Row
	if row.Start, ok = parseTime(at); !ok {
		return Row{}, in.refuse("%q is no time like 2024-05-01 12:00:00", at)
	}
	if len(value) == 0 {
		return row, nil
	}
	row.Known = true
	if row.Value, ok = parseCount(value); !ok {
		return Row{}, in.refuse("%q is no count: a number from 0 to 2^53, or empty when it is unknown", value)
	}
	return row, nil
}

// refuse returns an error with the name and the line.
func (in *Reader) refuse(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", in.name, in.line, fmt.Sprintf(format, args...))
}

// parseTime parses a time in TimeLayout and reports whether it is one. It is about
// five times as fast as time.Parse.
func parseTime(b []byte) (time.Time, bool) {
	const layout = "0000-00-00 00:00:00"
	if len(b) != len(layout) {
		return time.Time{}, false
	}
	for i, c := range b {
		if layout[i] == '0' {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
		} else if c != layout[i] {
			return time.Time{}, false
		}
	}
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	year, month, day := two(0)*100+two(2), time.Month(two(5)), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	return t, day >= 1 && (day <= 28 || t.Day() == day)
}

// parseCount parses a number in [0, maxValue] and reports whether it is one.
func parseCount(b []byte) (float64, bool) {
	if len(b) <= 15 {
		n := 0
		for _, c := range b {
			if c < '0' || c > '9' {
				n = -1
				break
			}
			n = n*10 + int(c-'0')
		}
		if n >= 0 {
			return float64(n), true
		}
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > maxValue || math.Signbit(v) {
		return 0, false
	}
	return v, true
}
