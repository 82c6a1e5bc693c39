// Command scorecard measures the detector and writes the documents about it.
//
// It writes docs/scorecard.md with its plots and with the figures that the pages
// show, docs/scorecard-live.md from replays, and docs/scorecard-year.md from a
// quiet year.
//
// The detector judges simulated series, which are drawn from seeds that were not
// used to choose any constant, and the report counts of real incidents. Simple
// rules judge the same data for comparison.
package main
