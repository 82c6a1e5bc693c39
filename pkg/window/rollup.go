package window

import (
	"time"

	"github.com/outcry/outcry/pkg/report"
)

const (
	// RollupWidth is the width of a rollup when it is computed first: a quarter
	// of an hour.
	RollupWidth = 15 * time.Minute
	// RollupDelay is the time after its end at which a quarter is final: a report
	// may name a minute up to report.MaxDelay back.
	RollupDelay = 16 * time.Minute
)

// Rollup is the archived count of one cell of a service over an interval.
type Rollup struct {
	Service string
	Kind    report.Kind
	Cell
	Start time.Time
	Width time.Duration // RollupWidth, an hour or a day
	N     int64
	// Aside is how many of N are set aside, because one holder of addresses sent
	// more than Allowed.
	Aside int64
}

// Independent returns how many reports count as those of independent people.
func (r Rollup) Independent() int64 { return r.N - r.Aside }

// Span is an interval of archived time, and how much of it could be counted.
type Span struct {
	Start time.Time
	Width time.Duration
	Known int // minutes of Width in which counting worked
}
