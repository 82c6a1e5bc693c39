// Package status answers what readers ask: how a service is, how its reports
// split, where they come from, how they moved. It reads windows, rollups,
// baselines and live incidents, and keeps for a second or five what many ask for
// at once. The JSON API and the pages show the same answers in other clothes.
package status

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// Status is how a service is.
type Status struct {
	Service    string
	Level      detect.Level
	State      incident.State // empty without an incident
	Since      time.Time      // since when it has this level; zero when never left ok
	AsOf       time.Time      // what came before is counted; a whole second
	ReadAt     time.Time      // when it was looked up: what was counted by then is in it
	Window     time.Duration
	Observed   int64   // reports in Window
	Expected   float64 // usual reports in Window at this hour
	Networks   int
	Confidence float64
	Reason     detect.Reason
	Countries  []Country // most reports first
	Incident   string    // ID of the live incident
	EchoOf     string    // slug of the service whose echo this may be; empty: its own trouble
	LastKnown  time.Time // for level unknown: the last minute that could be counted
}

// Country is one country's part of a window.
type Country struct {
	Code       string
	Count      int64
	Expected   float64
	Share      float64 // of the window's total
	Level      detect.Level
	PerMillion float64 // reports per million people; 0 where the population is unknown
}

// Countries is the heatmap of a service.
type Countries struct {
	AsOf      time.Time
	Window    time.Duration
	Total     int64
	Countries []Country // most reports first
}

// Share is one symptom's part of a window, with its 95 % interval.
type Share struct {
	Symptom          string
	Count            int64
	Share, Low, High float64 // of Total, in [0, 1]
}

// Breakdown is how a window splits by symptom.
type Breakdown struct {
	AsOf     time.Time
	Window   time.Duration
	Total    int64
	Symptoms []Share // the service's symptoms in catalog order, zero counts included
}

// Point is one step of a series.
type Point struct {
	Start    time.Time
	Count    int64
	Known    bool // false: nobody could count; Count means nothing
	Expected float64
	Upper    float64 // upper edge of the usual range
}

// Series is how the reports of a service moved.
type Series struct {
	AsOf   time.Time
	Step   time.Duration
	Points []Point // oldest first, without gaps; the last may be running
}

// SeriesQuery selects a series. Zero values ask for the defaults.
type SeriesQuery struct {
	From, To time.Time     // default: the 24 hours up to now
	Step     time.Duration // default: 15 minutes
	Country  string
	Symptom  string
}
