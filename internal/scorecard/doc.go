// Command scorecard measures the detector and writes docs/scorecard.md with its
// plots and the figures that pages show, docs/scorecard-live.md from replays, and
// docs/scorecard-year.md from a quiet year.
//
// It judges simulated series, drawn from seeds that were not used to choose any
// constant, and the report counts of real incidents, and sets simple rules
// beside the detector on the same data.
package main
