package backtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Explain puts the judgement of a row in words.
func Explain(row Row, j detect.SeriesVerdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s UTC: ", row.Start.Format(TimeLayout))
	if !row.Known {
		b.WriteString("unknown, nobody could count; nothing begins, ends or is learned")
	} else {
		fmt.Fprintf(&b, "%s counted, normally %s and in 99 of 100 cases at most %s",
			number(row.Value), number(j.Expected), number(j.Upper))
	}
	b.WriteString(". ")
	if j.Window > 0 {
		fmt.Fprintf(&b, "In the %s since %s %s were counted, normally %s: %s times as many. ",
			span(j.Window), j.WindowStart.Format("15:04"), number(j.WindowReports), number(j.WindowExpected), number(j.WindowReports/j.WindowExpected))
	} else {
		b.WriteString("Nothing speaks for more than the usual rate. ")
	}
	fmt.Fprintf(&b, "The evidence is %.1f nats; %.1f begin an alarm. ", j.Score, j.Threshold)
	if j.Anomalous {
		fmt.Fprintf(&b, "Alarm, with an onset at %s; it ends when the counts have nearly been usual for some minutes.", j.Onset.Format(TimeLayout))
	} else {
		fmt.Fprintf(&b, "No alarm: %.1f nats are missing.", j.Threshold-j.Score)
	}
	return b.String()
}

// number words a count: whole, or with two significant digits.
func number(v float64) string {
	if v == math.Trunc(v) || v >= 100 {
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	}
	if v >= 10 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// span words a length of time.
func span(d time.Duration) string {
	if d == time.Minute {
		return "minute"
	}
	if d < 2*time.Hour {
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%.1f hours", d.Hours())
}
