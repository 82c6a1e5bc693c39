// Package detect decides whether the counts of one cell are what they usually
// are. A cell is a service, or one country or one symptom of it.
//
// It is arithmetic on its arguments: it holds no clock, reads no store and
// knows no incident, so that the live monitor and a replay run the same code.
// Rates are reports per minute, evidence is in nats (a score of s
// says that counts as high as these have a probability of e^-s when nothing is
// wrong).
//
// Learn makes a Baseline of a cell's history. Step moves the State of a cell
// over one closed bucket and returns a Verdict, Skip moves it over a stretch
// without reports, and Peek judges the running bucket without moving anything.
//
// The statistic is the tail of a negative-binomial forecast over several
// windows at once, combined as Cauchy's combination does for small
// probabilities (Liu & Xie 2020).
//
// A Series stands beside this: one series alone, without sources, as a backtest
// has it, judged by a bank of four CUSUMs. It is the statistic that the cells
// are to get next.
package detect
