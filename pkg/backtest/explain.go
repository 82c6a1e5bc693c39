package backtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Explain returns the verdict of a row in words.
func Explain(row Row, v detect.SingleVerdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s UTC: ", row.Start.Format(TimeLayout))
	if !row.Known {
		b.WriteString("unknown, nobody could count; nothing begins, ends or is learned")
	} else {
		fmt.Fprintf(&b, "%s counted, normally %s and in 99 of 100 cases at most %s",
			number(row.Value), number(v.Mean), number(v.Upper))
	}
	b.WriteString(". ")
	if v.Run > 0 {
		fmt.Fprintf(&b, "In the %s since %s %s were counted, normally %s: %s times as many. ",
			span(v.Run), v.RunStart.Format("15:04"), number(v.RunReports), number(v.RunExpected), number(v.RunReports/v.RunExpected))
	} else {
		b.WriteString("Nothing speaks for more than the usual rate. ")
	}
	fmt.Fprintf(&b, "The evidence is %.1f nats; %.1f begin an alarm. ", v.Score, v.Threshold)
	switch {
	case v.Reason.Code == detect.ReasonNoHistory:
		b.WriteString("No alarm: it is not known yet what is usual here.")
	case v.Level > detect.OK:
		fmt.Fprintf(&b, "Alarm, with an onset at %s; it ends when the counts have nearly been usual for some minutes.", v.Onset.Format(TimeLayout))
	default:
		fmt.Fprintf(&b, "No alarm: %.1f nats are missing.", max(0, v.Threshold-v.Score))
	}
	return b.String()
}

// number returns v whole, with one digit after the point from 10 to 100, or with two
// significant digits below.
func number(v float64) string {
	if v == math.Trunc(v) || v >= 100 {
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	}
	if v >= 10 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// span returns a length of time in words.
func span(d time.Duration) string {
	if d == time.Minute {
		return "minute"
	}
	if d < 2*time.Hour {
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%.1f hours", d.Hours())
}
