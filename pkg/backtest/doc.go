// Package backtest runs the detector over one series from a file.
//
// A file is CSV with the columns timestamp and value. Times are in UTC, as
// "2006-01-02 15:04:05", at regular steps of one minute to an hour. Values are
// counts, whole or not; an empty value is unknown. Run writes one line for each
// row: the count, what was expected, the upper edge of the expected range, the
// score in nats and whether an alarm continues.
//
// Rows are judged in order, and an answer depends on no later row. A file says
// nothing about the sources of its counts, so there is no quorum: detect.Series
// judges it, not the detector of a whole installation.
package backtest
