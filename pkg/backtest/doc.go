// Package backtest runs the detector over one series from a file.
//
// A file is CSV. Its first line names the columns timestamp and value, in any
// letter case and order; other columns are ignored. Rows come oldest first at
// regular steps of whole minutes up to a day. ParseTime says what times look like.
// Values are counts, whole or not; an empty value, NaN, NA and null are unknown.
// Run writes one line for each row: its time in UTC as "2006-01-02 15:04:05", the
// count, what was expected, the upper edge of the expected range, the score in nats
// and whether an alarm continues.
//
// Rows are judged in order, and an answer depends on no later row. A file says
// nothing about the sources of its counts, so there is no quorum: detect.Single
// judges it, by the code that judges a cell of an installation.
package backtest
