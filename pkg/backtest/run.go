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

// Summary is what a run over a file came to.
type Summary struct {
	Rows    int
	Unknown int
	Alarms  int // that began
}

// Run judges the series of in and writes a line for each row to out: what was
// counted, what was expected, the upper edge of the usual range, the score in
// nats and 1 while an alarm goes on. Each row is also given to see, which may be
// nil. It fails at the first row that in refuses.
func Run(in *Reader, out io.Writer, see func(Row, detect.SeriesVerdict)) (Summary, error) {
	w := bufio.NewWriterSize(out, 64<<10)
	if _, err := w.WriteString(outputHeader); err != nil {
		return Summary{}, fmt.Errorf("write the header: %w", err)
	}
	series := detect.NewSeries(in.Step())
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
		j := series.Step(row.Start, row.Value, row.Known)
		sum.Rows++
		if !row.Known {
			sum.Unknown++
		}
		if j.Anomalous && !alarming {
			sum.Alarms++
		}
		alarming = j.Anomalous
		line = appendRow(line[:0], row, j)
		if _, err := w.Write(line); err != nil {
			return sum, fmt.Errorf("write row %d: %w", sum.Rows, err)
		}
		if see != nil {
			see(row, j)
		}
	}
	if err := w.Flush(); err != nil {
		return sum, fmt.Errorf("write the last rows: %w", err)
	}
	return sum, nil
}

// appendRow appends one line of output.
func appendRow(b []byte, row Row, j detect.SeriesVerdict) []byte {
	b = appendTime(b, row.Start)
	b = append(b, ',')
	if row.Known {
		b = strconv.AppendFloat(b, row.Value, 'f', -1, 64)
	}
	b = append(b, ',')
	b = appendFixed(b, j.Expected)
	b = append(b, ',')
	b = strconv.AppendFloat(b, j.Upper, 'f', -1, 64)
	b = append(b, ',')
	b = appendFixed(b, j.Score)
	if j.Anomalous {
		return append(b, ",1\n"...)
	}
	return append(b, ",0\n"...)
}

// appendFixed appends a number from 0 on with four digits after the point.
func appendFixed(b []byte, v float64) []byte {
	const scale = 10000
	if v >= 1e12 {
		return strconv.AppendFloat(b, v, 'f', 4, 64)
	}
	n := int64(v*scale + 0.5)
	b = strconv.AppendInt(b, n/scale, 10)
	rest := n % scale
	return append(b, '.', byte('0'+rest/1000), byte('0'+rest/100%10), byte('0'+rest/10%10), byte('0'+rest%10))
}

// appendTime appends t in TimeLayout.
func appendTime(b []byte, t time.Time) []byte { return t.AppendFormat(b, TimeLayout) }
