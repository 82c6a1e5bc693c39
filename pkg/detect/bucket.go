package detect

import "time"

// Count is one span of the history of a cell: an hour, or a quarter of one.
type Count struct {
	Start time.Time
	Width time.Duration
	N     float64 // reports
	Known float64 // share of Width in which counting worked, in [0, 1]
}

// Bucket is the count of a cell in one bucket of Settings.Width.
type Bucket struct {
	Start    time.Time
	N        float64 // reports
	Known    bool    // false when nobody could count
	Exposure float64 // share of the running bucket that has passed, in (0, 1]; only Preview reads it
	// Support is the evidence of another signal, such as page visits, in nats. At
	// most MaxSupport of it counts, and only beside evidence of reports.
	Support float64
	// CommonFactor is how many times the usual comparable cells count at this time: those
	// of the other services of a country. So much is expected here too, and only what
	// exceeds it is evidence. Less than 1 means 1.
	CommonFactor float64
}

// common returns how many times the baseline is expected in x.
func (x Bucket) common() float64 { return max(x.CommonFactor, 1) }

// Sources describes the networks that the reports of a cell's last minutes came
// from. The zero Sources means that nothing is known about them.
type Sources struct {
	SourceCounts
	// Longer describes those of a longer time, which may have the quorum that the
	// last minutes lack; nil if they are not known.
	Longer *SourceCounts
	// Newest returns the networks of the slice that holds the newest bucket; nil if
	// they are not known apart.
	Newest func() SourceCounts
	// Holders returns what each holder of addresses sent since a time, and what it
	// sent before another one; nil if holders are not known, which then count as
	// many.
	Holders func(since, split time.Time) Holdings
}

// Holdings is what the holders of addresses sent in some time up to now, and in a
// time before that it is compared with.
type Holdings struct {
	List  []Holding // in any order
	Since time.Time // start of the time of Holding.Reports, at the start of a slice
	// First and Split are the start and the end of the time of Holding.Before. They
	// are equal when there is nothing to compare with.
	First, Split time.Time
	// Reports is the number of reports that are judged. It is that of the list, or
	// less where only some of the listed reports are meant, and not which ones.
	Reports float64
}

// Holding is what one holder sent.
type Holding struct {
	Reports  float64 // since Holdings.Since
	Before   float64 // from Holdings.First to Holdings.Split
	Networks int     // distinct networks behind Reports
}

// SourceCounts describes the networks of the reports of some time up to now. Its
// fields are those of window.Sources, so that one converts to the other.
type SourceCounts struct {
	Networks   int     // distinct networks
	Reports    int64   // reports that are described
	Discounted float64 // sum over networks of 1 + log2(n), with n reports of a network
	Largest    float64 // largest share of Discounted that one network holds, in [0, 1]
}

// MaxSupport is the most that another signal may add to the evidence of reports,
// in nats. It makes a verdict sooner and never makes one alone.
const MaxSupport = 2
