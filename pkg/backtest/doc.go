// Package backtest runs the detector over one series from a file, row by row
// and causally: what it says of a row depends on no later row.
//
// A file is CSV with the columns timestamp and value: times as
// "2006-01-02 15:04:05" in UTC, at regular steps of one minute to an hour, and
// counts, whole or not; an empty value is unknown. Nothing is known of the
// sources of the counts, so no quorum is asked for.
package backtest
