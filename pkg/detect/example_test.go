package detect_test

import (
	"fmt"
	"math"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

var monday = time.Date(2024, 1, 29, 12, 0, 0, 0, time.UTC)

// steady returns four weeks of hours with 60 reports each.
func steady() (history []detect.Count) {
	for at := monday.Add(-28 * 24 * time.Hour); at.Before(monday); at = at.Add(time.Hour) {
		history = append(history, detect.Count{Start: at, Width: time.Hour, N: 60, Known: 1})
	}
	return history
}

// A baseline says how many reports are expected in a span, and which counts are
// still within its range.
func ExampleLearn() {
	b := detect.Learn(steady(), monday, nil)
	expected := b.Expected(monday, monday.Add(15*time.Minute))
	fmt.Printf("expected in 15 minutes: %.1f\n", expected)
	fmt.Printf("99 of 100 counts are at most: %.0f\n", b.Upper(expected))
	// Output:
	// expected in 15 minutes: 15.0
	// 99 of 100 counts are at most: 27
}

// A cell that counts one report a minute counts more and more. Each report comes
// from a network of its own.
func ExampleStep() {
	var (
		baseline = detect.Learn(steady(), monday, nil)
		settings = detect.Defaults()
		state    detect.State
		verdict  detect.Verdict
		sources  detect.Sources
	)
	for minute, reports := range []int{1, 0, 2, 1, 1, 3, 6, 9, 12, 15} {
		bucket := detect.Bucket{
			Start: monday.Add(time.Duration(minute) * time.Minute),
			N:     float64(reports),
			Known: true,
		}
		sources.Networks += reports
		sources.Reports += int64(reports)
		sources.Discounted += float64(reports)
		sources.Largest = 1 / sources.Discounted
		state, verdict = detect.Step(settings, state, baseline, bucket, sources)
		fmt.Printf("%s %2d reports  %4.1f nats  %-7v %s\n",
			bucket.Start.Format("15:04"), reports, verdict.Score, verdict.Level, verdict.Reason.Code)
	}
	fmt.Println("onset", verdict.Onset.Format("15:04"))
	// Output:
	// 12:00  1 reports   0.0 nats  ok      usual
	// 12:01  0 reports   0.0 nats  ok      usual
	// 12:02  2 reports   0.2 nats  ok      usual
	// 12:03  1 reports   0.0 nats  ok      usual
	// 12:04  1 reports   0.0 nats  ok      usual
	// 12:05  3 reports   1.0 nats  ok      usual
	// 12:06  6 reports   4.4 nats  ok      usual
	// 12:07  9 reports  10.7 nats  ok      usual
	// 12:08 12 reports  19.3 nats  outage  unusual
	// 12:09 15 reports  32.7 nats  outage  unusual
	// onset 12:06
}

// Many reports from one network are no outage.
func ExampleStep_oneNetwork() {
	baseline := detect.Learn(steady(), monday, nil)
	var state detect.State
	var verdict detect.Verdict
	for minute := range 10 {
		bucket := detect.Bucket{Start: monday.Add(time.Duration(minute) * time.Minute), N: 15, Known: true}
		n := float64(15 * (minute + 1))
		sources := detect.Sources{SourceCounts: detect.SourceCounts{Networks: 1, Reports: int64(n), Discounted: 1 + math.Log2(n), Largest: 1}}
		state, verdict = detect.Step(detect.Defaults(), state, baseline, bucket, sources)
	}
	fmt.Printf("%v after 150 reports: %.1f of %.1f nats\n", verdict.Level, verdict.Score, verdict.Threshold)
	// Output:
	// ok after 150 reports: 4.3 of 12.4 nats
}

// A Single learns its baseline from its own past. Here it counts four reports in
// five minutes for a week, and then eight times as many for half an hour.
func ExampleSingle() {
	series := detect.NewSingle(detect.SingleSettings(5 * time.Minute))
	anomalous := false
	for i := range 8 * 24 * 12 {
		at := monday.Add(time.Duration(i) * 5 * time.Minute)
		count := 4.0
		if hour := at.Sub(monday).Hours(); hour >= 7*24 && hour < 7*24+0.5 {
			count = 32
		}
		v := series.Step(at, count, true)
		if (v.Level > detect.OK) == anomalous {
			continue
		}
		anomalous = v.Level > detect.OK
		if anomalous {
			fmt.Printf("%s begun: %.0f counted since %s, %.0f expected\n",
				at.Format("Mon 15:04"), v.RunReports, v.Onset.Format("15:04"), v.RunExpected)
		} else {
			fmt.Printf("%s ended\n", at.Format("Mon 15:04"))
		}
	}
	// Output:
	// Mon 12:05 begun: 64 counted since 12:00, 8 expected
	// Mon 12:40 ended
}
