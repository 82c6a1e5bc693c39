package window

import (
	"time"

	"github.com/outcry/outcry/pkg/report"
)

const (
	// RollupWidth is the grain of rollups when they are computed.
	RollupWidth = 15 * time.Minute
	// RollupDelay is how long after its end a quarter is final: a report may
	// name a minute up to report.Late back.
	RollupDelay = 16 * time.Minute
)

// Rollup is the archived count of one cell of a service over a span of time.
type Rollup struct {
	Service string
	Kind    report.Kind
	Cell
	Start time.Time
	Width time.Duration // RollupWidth, an hour or a day
	N     int64
}

// Span is a stretch of archived time and how much of it could be counted.
type Span struct {
	Start time.Time
	Width time.Duration
	Known int // minutes in which counting worked, of Width
}
