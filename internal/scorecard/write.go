package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// markdown returns the scorecard as Markdown.
func (c *card) markdown() []byte {
	var b bytes.Buffer
	printf := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	printf("# Scorecard\n\nWritten by `scripts/scorecard`; do not edit. It measures the detector on single series (as `outcry backtest` does): cells\n")
	printf("without networks and parents, on simulated series and on real report counts. Every constant was chosen on the seeds from\n%d; everything simulated below is from the seeds from %d. The real pages have no second set: the constants\nof a series' first day were chosen on simulated first days and with them in view.\n\n", tuning, reporting)
	printf("Simulated: five weeks of history; rates of 0.02 to 200 reports per 5 minutes, log-uniform; seasons by the hour of the\nweek; gamma-Poisson counts; a wander from hour to hour (standard deviation 3–18 %%; *rough*: twice that, and three times\nthe overdispersion); of every eight series one grows by 30 %% a week, one shifts its level, two change their clocks; up to\nfive gaps. Outages rise in 2–5 minutes to 3–100 times the usual rate, last 20 minutes to 7 hours and decay.\n*First week*: no history, 0.1–1.3 reports per 5 minutes, outages from the twelfth hour on that take 15–60 minutes to rise.\n\n")
	printf("*False* is an alarm that begins outside outages and the hour after them. *Declared*: an alarm begins between the onset and\n15 minutes after the rate is under twice the usual one again. *Delay* runs from the onset to the end of the declaring\nbucket. *Early*: over while the excess is still half its height. *Above twice*: over while the rate is still above twice the\nusual one, early ones included; where few reports are usual, a decaying tail cannot be told from the usual in time. *All-clear*\nruns from the moment the rate falls under twice the usual, negative ones included.\n\n")
	printf("## What was asked for\n\n| | asked | measured |\n|---|---|---|\n")
	c.writeTargets(printf)
	c.writeLive(printf)
	printf("\n## Outcry by grain\n\n| series | bucket | weeks | false per week | outages | declared | median delay | early | above twice | all-clear, median |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range c.results {
		if r.rule != "Outcry" || r.study == oddBuckets {
			continue
		}
		printf("| %s | %s | %.0f | %.4f | ", r.study, minutes(r.grain), r.all.Weeks, r.all.perWeek())
		if r.all.Outages == 0 {
			printf("– | – | – | – | – | – |\n")
			continue
		}
		printf("%d | %.1f %% | %.0f min | %.1f %% | %.1f %% | %.0f min |\n", r.all.Outages, share(r.all.Declared, r.all.Outages), median(r.all.Delays),
			share(r.all.Early, r.all.Declared), r.all.endedAboveTwice(), median(r.all.Clears))
	}
	printf("\n![Delay against size](scorecard-delay.svg)\n\n![False alarms against rate](scorecard-rate.svg)\n\n## Beside simple rules\n\nThe same series, at buckets of 1 and 5 minutes.\n\n| rule | series | bucket | false per week | declared | median delay | early |\n|---|---|---|---|---|---|---|\n")
	for _, r := range c.results {
		if r.grain < 15*time.Minute && (r.study == sparseQuiet || r.study == busyQuiet || r.study == clean) {
			printf("| %s | %s | %s | %.3f | ", r.rule, r.study, minutes(r.grain), r.all.perWeek())
			if r.all.Outages == 0 {
				printf("– | – | – |\n")
			} else {
				printf("%.1f %% | %.0f min | %.1f %% |\n", share(r.all.Declared, r.all.Outages), median(r.all.Delays), share(r.all.Early, r.all.Declared))
			}
		}
	}
	printf("\n![Outages declared against false alarms, simulated](scorecard-roc.svg)\n\n## Real pages\n\nThe %d of 69 archived incidents of one service whose lead-in is quiet (Cloud Uptime Archive, Talluri et al. 2025): 12 hours\nof history at 15 minutes, no parent.\n\n| rule | missed | by the end of the declared bucket | at or before the declared minute | false per week in the first 10 hours |\n|---|---|---|---|---|\n", c.pages["Outcry"].Pages)
	for _, name := range c.names {
		t := c.pages[name]
		printf("| %s | %d | %.0f %% | %.0f %% | %.2f (%d) |\n", name, t.Missed, share(t.InBucket, t.Pages), share(t.InTime, t.Pages), float64(t.False)/t.Weeks, t.False)
	}
	q := c.quietPages
	printf("\nWith %d quiet days before each page, drawn from the counts of its lead-in ten times, Outcry misses %d of %d, has %.0f %%\nby the end of the declared bucket and %.0f %% at or before the declared minute, and %.2f false a week (%d).\n", quietDays, q.Missed, q.Pages,
		share(q.InBucket, q.Pages), share(q.InTime, q.Pages), float64(q.False)/q.Weeks, q.False)
	printf("\n![Pages declared against false alarms](scorecard-pages.svg)\n")
	return b.Bytes()
}

// writeTargets writes a table of the targets of the detector, each beside the
// measured figure.
func (c *card) writeTargets(printf func(string, ...any)) {
	var quiet, oddBucketTally tally
	for _, g := range grains[:2] {
		quiet.merge(c.resultOf(sparseQuiet, g).all)
		quiet.merge(c.resultOf(busyQuiet, g).all)
		oddBucketTally.merge(c.resultOf(oddBuckets, g).all)
	}
	oneMinute := c.resultOf(clean, time.Minute)
	afterOutages := c.resultOf(scarred, time.Minute)
	pages := c.pages["Outcry"]
	row := func(what, asked, format string, args ...any) {
		printf("| %s | %s | %s |\n", what, asked, fmt.Sprintf(format, args...))
	}
	row("false alarms on quiet series, per series-week", "≤ 0.01, over at least 800 weeks", "%.4f (%d in %.0f weeks)", quiet.perWeek(), quiet.False, quiet.Weeks)
	row("false alarms outside outages", "≤ 0.05", "%.4f (%d in %.0f weeks)", oneMinute.all.perWeek(), oneMinute.all.False, oneMinute.all.Weeks)
	row("outages of all sizes declared", "≥ 74 %", "%.1f %% of %d", share(oneMinute.all.Declared, oneMinute.all.Outages), oneMinute.all.Outages)
	row("median delay at 1 minute", "≤ 8 min", "%.0f min", median(oneMinute.all.Delays))
	row("declared where the excess is above 8 per 5 min", "≥ 96 %", "%.1f %% of %d", share(oneMinute.above[8].Declared, oneMinute.above[8].Outages), oneMinute.above[8].Outages)
	row("where it is above 40", "all, median ≤ 5 min", "%.1f %% of %d, %.0f min", share(oneMinute.above[40].Declared, oneMinute.above[40].Outages), oneMinute.above[40].Outages, median(oneMinute.above[40].Delays))
	row("single odd buckets that raise an alarm", "≤ 5 %", "%.1f %% of %d", share(oddBucketTally.Raised, oddBucketTally.Bursts), oddBucketTally.Bursts)
	row("ended early: while the excess is still half its height", "≤ 2 %", "%.1f %%", share(oneMinute.all.Early, oneMinute.all.Declared))
	fiveMinutes := c.resultOf(clean, 5*time.Minute)
	row("over while the rate is still above twice the usual", "–", "%.1f %% at 1 min, %.1f %% at 5 min; %.1f and %.1f %% where 3 an hour are usual",
		oneMinute.all.endedAboveTwice(), fiveMinutes.all.endedAboveTwice(), oneMinute.dense.endedAboveTwice(), fiveMinutes.dense.endedAboveTwice())
	row("all-clear, median", "≤ 20 min", "%.0f min (9 of 10 within %.0f)", median(oneMinute.all.Clears), quantile(oneMinute.all.Clears, 0.9))
	row("declared after a history with outages", "within 3 points", "%.1f %%, clean %.1f %%", share(afterOutages.all.Declared, afterOutages.all.Outages), share(oneMinute.all.Declared, oneMinute.all.Outages))
	row("declared where the level shifted for good", "≥ 70 %", "%.1f %% of %d", share(oneMinute.moved.Declared, oneMinute.moved.Outages), oneMinute.moved.Outages)
	row("real pages missed", "none", "%d of %d", pages.Missed, pages.Pages)
	row("real pages by the end of the declared bucket", "≥ 70 %", "%.0f %%", share(pages.InBucket, pages.Pages))
	row("real pages at or before the declared minute", "≥ 50 %", "%.0f %%", share(pages.InTime, pages.Pages))
	row("real pages, false onsets per series-week", "≤ 0.5", "%.2f", float64(pages.False)/pages.Weeks)
}

// writeLive writes a table of the same series judged alone and by the server.
func (c *card) writeLive(printf func(string, ...any)) {
	printf("\n## Alone and through the server\n\nThe series of a minute once more, this time as a server judges them: each is a service in a country of its own, with six symptoms,\n")
	printf("counted in a store, with a baseline from the rollups of its hours, incidents, and a network for each report, but one for a burst. An alarm is\nan incident that is declared and not over. The volume of the installation sets its threshold; it is the lowest up to\n%.0f reports a day.\n\n", volumes[0])
	printf("| series | judged | weeks | false per week | outages | declared | median delay | early | above twice | all-clear, median |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for k := range studies() {
		name := studies()[k].name
		if c.liveOf(name, volumes[0]) == nil {
			continue
		}
		c.resultOf(name, time.Minute).writeRow(printf, "alone")
		for _, volume := range volumes {
			c.liveOf(name, volume).writeRow(printf, fmt.Sprintf("server, %.0f a day", volume))
		}
	}
	var quiet tally
	for _, study := range []string{sparseQuiet, busyQuiet} {
		quiet.merge(c.liveOf(study, volumes[0]).all)
	}
	large := c.liveOf(clean, volumes[0]).above[40]
	moved := c.liveOf(clean, volumes[0]).moved
	printf("\nThe server at %.0f reports a day: false outages on quiet series %.4f in %.0f weeks; outages above 40 reports per 5 minutes\ndeclared %.1f %% of %d, %.0f min; where the level shifted for good %.1f %% of %d.\n", volumes[0], quiet.perWeek(), quiet.Weeks,
		share(large.Declared, large.Outages), large.Outages, median(large.Delays), share(moved.Declared, moved.Outages), moved.Outages)
	printf("\nWhat explains the difference: an outage of the server needs ten networks beyond those that are usual, in the last 20 or 60\nminutes, so that an outage of fewer reports is a warning only; its threshold allows one false alarm a day for the whole\ninstallation and rises with its volume; what it knows of the last hours comes from rollups, which are up to an hour and a half\nold; its symptoms are judged too; and evidence must hold for a second tick, here a minute later.\n")
}

// writeRow writes a row of the table of writeLive.
func (r *result) writeRow(printf func(string, ...any), judged string) {
	t := &r.all
	printf("| %s | %s | %.0f | %.4f | ", r.study, judged, t.Weeks, t.perWeek())
	if t.Outages == 0 {
		if t.Bursts > 0 {
			printf("%d bursts | %.1f %% raised an alarm | – | – | – | – |\n", t.Bursts, share(t.Raised, t.Bursts))
			return
		}
		printf("– | – | – | – | – | – |\n")
		return
	}
	printf("%d | %.1f %% | %.0f min | %.1f %% | %.1f %% | %.0f min |\n", t.Outages, share(t.Declared, t.Outages), median(t.Delays),
		share(t.Early, t.Declared), t.endedAboveTwice(), median(t.Clears))
}

func minutes(d time.Duration) string { return fmt.Sprintf("%d min", int(d.Minutes())) }

// plots returns the plots as SVG, by file name.
func (c *card) plots() map[string][]byte {
	delay := plot{title: "Delay against size, 1-minute buckets", x: "excess at its height, reports per 5 minutes", y: "minutes to the declaration"}
	r := c.resultOf(clean, time.Minute)
	for _, q := range []struct {
		name string
		at   float64
	}{{"median", 0.5}, {"9 of 10", 0.9}} {
		var line []point
		for i, t := range r.bands {
			if len(t.Delays) > 0 {
				line = append(line, point{bandMiddle(excessBands[i], excessBands[i+1]), quantile(t.Delays, q.at)})
			}
		}
		delay.lines = append(delay.lines, line)
		delay.names = append(delay.names, q.name)
	}
	rate := plot{title: "False alarms against rate, quiet series", x: "reports per 5 minutes", y: "false alarms per series-week"}
	var line []point
	for i, t := range c.byRate {
		if t.Weeks > 0 {
			line = append(line, point{bandMiddle(rateBands[i], rateBands[i+1]), t.perWeek()})
		}
	}
	rate.lines, rate.names = [][]point{line}, []string{"Outcry"}
	return map[string][]byte{
		"scorecard-delay.svg": delay.svg(),
		"scorecard-rate.svg":  rate.svg(),
		"scorecard-roc.svg":   tradeOff("Outages declared at equal false alarms, simulated, 5-minute buckets", "outages declared, %", c.curves).svg(),
		"scorecard-pages.svg": tradeOff("Real pages declared by the end of the declared bucket", "pages declared, %", c.pageCurves).svg(),
	}
}

// tradeOff returns a plot with one line for each rule. A line has one point for
// each setting of its rule.
func tradeOff(title, yLabel string, curves map[string][]point) *plot {
	p := &plot{title: title, x: "false alarms per series-week", y: yLabel}
	for name := range curves {
		p.names = append(p.names, name)
	}
	sort.Strings(p.names)
	for _, name := range p.names {
		line := slices.Clone(curves[name])
		slices.SortFunc(line, func(a, b point) int {
			if a.falsePerWeek != b.falsePerWeek {
				return int(math.Copysign(1, a.falsePerWeek-b.falsePerWeek))
			}
			return int(a.found - b.found)
		})
		p.lines = append(p.lines, line)
	}
	return p
}

// bandMiddle returns where a band is drawn: at the geometric mean of its limits, or
// near the one limit of a band with an open end.
func bandMiddle(low, high float64) float64 {
	switch {
	case low == 0:
		return high / 4
	case high >= 1e9:
		return 2 * low
	}
	return math.Sqrt(low * high)
}
