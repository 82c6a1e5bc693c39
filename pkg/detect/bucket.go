package detect

import "time"

// Count is a span of a cell's history: an hour, or a quarter of one.
type Count struct {
	Start time.Time
	Width time.Duration
	N     float64 // reports counted in it
	Known float64 // share of Width in which counting worked, in [0, 1]
}

// Bucket is what a cell counted in one bucket of Dials.Width.
type Bucket struct {
	Start    time.Time
	N        float64 // reports; whole unless a backtest brings something else
	Known    bool    // false: nobody could count
	Exposure float64 // how much of the running bucket has passed, in (0, 1]; only Peek asks
	// Support is what another signal says for trouble, in nats. At most MostSupport
	// of it counts, and only beside reports.
	Support float64
}

// Sources says where a cell's reports of the last minutes came from. Its fields
// are those of window.Sources, so that one converts to the other. The zero
// Sources says that nothing is known about them.
type Sources struct {
	Networks   int
	Reports    int64
	Discounted float64 // sum over networks of 1 + log2(n)
	Largest    float64 // largest share of Discounted that one network holds
}

// MostSupport is the most that another signal, such as page visits, may add to
// the evidence of reports: it makes a verdict sooner, and never alone.
const MaxSupport = 2
