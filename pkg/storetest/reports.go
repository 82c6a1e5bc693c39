package storetest

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// noon is the time of most tests, far from midnight.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// The outcomes that tests expect. Reports that are sent again are those of
// problem.
var (
	counted       = window.Outcome{Status: window.Counted}
	repeat        = window.Outcome{Status: window.Repeat}
	limited       = window.Outcome{Status: window.Limited}
	resentCounted = resent(window.Counted)
	resentRepeat  = resent(window.Repeat)
	resentLimited = resent(window.Limited)
)

// resent returns the outcome of a report of problem that is sent again, whatever
// the second one says.
func resent(first window.Status) window.Outcome {
	return window.Outcome{Status: first, Resent: true, Kind: report.Problem, Cell: window.Cell{Country: "IN", Symptom: "login"}}
}

// id returns the nth ID. IDs are spread as random ones are.
func id(n int) uuid.UUID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:], uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	return u
}

// reporter returns the nth reporter, alone at its address.
func reporter(n int) report.Reporter {
	return report.Reporter{Address: uint64(n) << 32, Device: uint64(n)<<32 + 1}
}

// problem returns report n, a problem of reporter n that arrives at a time and
// names that minute.
func problem(n int, at time.Time) report.Report {
	return report.Report{
		ID: id(n), Service: "acme", Kind: report.Problem, Symptom: "login", Country: "IN",
		Minute: window.Start(at), Received: at, Reporter: reporter(n), Network: report.Network(n),
	}
}

// with returns r after change.
func with(r report.Report, change func(*report.Report)) report.Report {
	change(&r)
	return r
}

// repeated returns o n times.
func repeated(o window.Outcome, n int) []window.Outcome {
	return slices.Repeat([]window.Outcome{o}, n)
}
