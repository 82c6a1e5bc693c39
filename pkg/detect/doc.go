// Package detect decides whether the counts of one cell are higher than its
// baseline predicts. A cell is a service, or one country or one symptom of it.
//
// The input is counts of reports: a history of hours, then one bucket (usually
// a minute) after the other, each with a summary of the networks that its
// reports came from. The output is a Verdict for each bucket: a level, a score,
// the onset of the anomaly and the reason.
//
// The package is a pure function of its arguments. It holds no clock, reads no
// store and knows nothing of incidents, so the live monitor and a replay run the
// same code. Package incident decides how long a verdict must last before
// anybody hears of it.
//
// # Units
//
// Counts are reports. Rates are reports per minute. Evidence, scores and
// thresholds are log-likelihoods in nats: a score of 12 says that counts like
// these are about e^12 times as likely during an outage as without one.
//
// # Use
//
//   - Learn returns the Baseline of a cell from its history. WithRecent refits the
//     part of it that follows the last hours.
//   - Step moves the State of a cell over one closed bucket and returns the
//     Verdict.
//   - Skip moves a State over a stretch in which nobody reported anything, or
//     nobody could count.
//   - Preview judges the running bucket and keeps nothing.
//   - Single judges one series alone: a cell without sources or a parent, which
//     learns its baseline from its own past. Package backtest uses it.
//
// # Method
//
// The statistic is a Bank of four CUSUMs (Page 1954). Each tests "the rate is k
// times the baseline" against "the rate is the baseline", for its own k, under a
// negative binomial forecast. A CUSUM is the largest log-likelihood ratio over
// all starting times, so no window has to be chosen. Four measures keep false
// alarms rare on real counts:
//
//   - A bucket is compared with the busiest hour around it in the busiest week of
//     the memory, and a margin (Baseline.NullMean).
//   - One bucket adds little evidence unless many independent networks stand
//     behind its excess (Settings.bucketCap).
//   - Evidence leaks, and is divided by how heavy the tail of the cell's past
//     excursions was (Bank.Tail).
//   - The threshold follows from the number of false alarms that the operator
//     allows in a day (Threshold).
package detect
