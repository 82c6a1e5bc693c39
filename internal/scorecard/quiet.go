package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/outcry/outcry/internal/year"
)

// yearMarkdown returns the scorecard of a quiet year as Markdown.
func yearMarkdown(r year.Result) []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# Scorecard of a quiet year\n\nWritten by `scripts/scorecard --part year`; do not edit. The live monitor watches services in which nothing is wrong,\n")
	p("every minute of them, with a judgement every %s, after four weeks of history. Reports are drawn with the rhythm of days and weeks in local time, a wander\nfrom hour to hour, and clumps, each from a network of its own, so that the quorum is always reached. Every declared outage is false.\nWith ticks of more than a few seconds a suspicion must last longer than in a live server; so the warnings say\nmore than the outages.\n\n", r.Tick)
	p("| | |\n|---|---|\n")
	p("| services × countries | %d × %d |\n| days | %d |\n| reports | %d |\n", r.Services, r.Countries, r.Days, r.Counted)
	p("| threshold | %.1f nats |\n", r.Threshold)
	p("| false outages | %d, %.3f a day (allowed: %g a day) |\n", r.Outages, float64(r.Outages)/float64(r.Days), r.Allowed)
	p("| warnings, those of outages included | %d, %.3f a day |\n", r.Warnings, float64(r.Warnings)/float64(r.Days))
	p("| run time | %s, %s of CPU |\n| most memory | %d MB |\n", r.Took.Round(time.Second), r.CPU.Round(time.Second), r.Memory>>20)
	return b.Bytes()
}
