// Package detect decides whether the counts of one cell are what they usually
// are. A cell is a service, or one country or one symptom of it.
//
// It is arithmetic on its arguments: it holds no clock, reads no store and
// knows no incident, so that the live monitor and a replay run the same code.
// Rates are reports per minute, evidence is in nats.
//
// Learn makes a Baseline of a cell's history, Renewed brings it up to what the
// last hours showed. Step moves the State of a cell over one closed bucket and
// returns a Verdict, Skip moves it over a stretch without reports, and Peek
// judges the running bucket without moving anything.
//
// The statistic is a Bank of four CUSUMs (Page 1954), each the largest
// log-likelihood ratio, over all moments in the past, of "since then the rate is
// a multiple of the usual one" against "it is usual", under a negative-binomial
// forecast. No window has to be chosen. What makes it hold on real counts:
//
//   - a bucket is compared with the busiest hour around it and a margin for the
//     wander (Baseline.Most);
//   - one bucket adds little, unless many independent networks stand behind what
//     exceeds the usual (Dials.limit, crowd);
//   - evidence leaks, and is divided by how heavy the tail of its own excursions
//     has been (Bank.settle);
//   - the threshold follows from the false alarms that a house allows itself
//     (Threshold).
//
// A Series stands beside this: one series alone, without sources or a parent, as
// a backtest has it, which learns bucket by bucket what a Baseline learns from
// rollups, and is judged by the same bank.
package detect
