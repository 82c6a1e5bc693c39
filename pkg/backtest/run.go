package backtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// outputHeader is the first line of what Run writes.
const outputHeader = "timestamp,value,expected,upper,score,alarm\n"

// Summary counts the rows of a run.
type Summary struct {
	Rows    int
	Unknown int // rows without a value
	Alarms  int // alarms that began
}

// Run judges the series of in and writes a line for each row to out: the time, the
// count, the expected count, the upper edge of the expected range, the score in
// nats and 1 while an alarm continues, else 0. It calls observe with each row and
// its verdict, unless observe is nil. It fails at the first row that in refuses.
func Run(in *Reader, out io.Writer, observe func(Row, detect.SingleVerdict)) (Summary, error) {
	w := bufio.NewWriterSize(out, 64<<10)
	if _, err := w.WriteString(outputHeader); err != nil {
		return Summary{}, fmt.Errorf("write the header: %w", err)
	}
	series := detect.NewSingle(detect.SingleSettings(in.Step()))
	var sum Summary
	var line []byte
	alarming := false
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sum, err
		}
		v := series.Step(row.Start, row.Value, row.Known)
		sum.Rows++
		if !row.Known {
			sum.Unknown++
		}
		if isAlarm(v) && !alarming {
			sum.Alarms++
		}
		alarming = isAlarm(v)
		line = appendRow(line[:0], row, v)
		if _, err := w.Write(line); err != nil {
			return sum, fmt.Errorf("write row %d: %w", sum.Rows, err)
		}
		if observe != nil {
			observe(row, v)
		}
	}
	if err := w.Flush(); err != nil {
		return sum, fmt.Errorf("write the last rows: %w", err)
	}
	return sum, nil
}

// isAlarm reports whether the series is in alarm. A series has no networks, so every
// anomaly is one.
func isAlarm(v detect.SingleVerdict) bool { return v.Level > detect.OK }

// appendRow appends one line of output.
func appendRow(b []byte, row Row, v detect.SingleVerdict) []byte {
	b = appendTime(b, row.Start)
	b = append(b, ',')
	if row.Known {
		b = strconv.AppendFloat(b, row.Value, 'f', -1, 64)
	}
	b = append(b, ',')
	b = appendFixed(b, v.Mean)
	b = append(b, ',')
	b = strconv.AppendFloat(b, v.Upper, 'f', -1, 64)
	b = append(b, ',')
	b = appendFixed(b, v.Score)
	if isAlarm(v) {
		return append(b, ",1\n"...)
	}
	return append(b, ",0\n"...)
}

// appendFixed appends a number of at least 0 with four digits after the point.
func appendFixed(b []byte, x float64) []byte {
	const scale = 10000
	if x >= 1e12 {
		return strconv.AppendFloat(b, x, 'f', 4, 64)
	}
	n := int64(x*scale + 0.5)
	b = strconv.AppendInt(b, n/scale, 10)
	rest := n % scale
	return append(b, '.', byte('0'+rest/1000), byte('0'+rest/100%10), byte('0'+rest/10%10), byte('0'+rest%10))
}

// appendTime appends t in TimeLayout.
func appendTime(b []byte, t time.Time) []byte { return t.AppendFormat(b, TimeLayout) }
