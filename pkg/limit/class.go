package limit

import "time"

// Class is what an allowance is for.
type Class int

// The classes.
const (
	Reports       Class = iota // submissions of reports
	Visits                     // visits of pages
	Pages                      // pages, and calls of the API that are cheap
	Archives                   // series, histories and incidents
	Pictures                   // cards
	Embeds                     // maps, badges, frames and the data of elements
	Making                     // pages that are made for the sender, because they are not kept
	Replays                    // event streams that begin with the events they missed
	Exports                    // downloads of the archive
	Rows                       // reports that are added to the storage
	Subscriptions              // asking to be told, and ending that

	classes
)

// String returns the class as headers and metrics name it.
func (c Class) String() string {
	return [...]string{"reports", "visits", "pages", "archives", "pictures", "embeds", "making", "replays", "exports", "rows", "subscriptions"}[c]
}

// Rate is the size of an allowance: so many at once, and as many again spread
// over each period. The zero Rate is no limit.
type Rate struct {
	Burst  int
	Period time.Duration
}

// every is the time in which one is refilled.
func (r Rate) every() time.Duration { return r.Period / time.Duration(r.Burst) }

// rates are the allowances of a class at each level. See
// docs/decisions/0055-senders-are-limited-at-each-level-of-their-address.md.
var rates = [classes][Levels]Rate{
	Reports:  {{600, time.Minute}, {6_000, time.Minute}, {24_000, time.Minute}},
	Visits:   {{1_200, time.Minute}, {12_000, time.Minute}, {48_000, time.Minute}},
	Pages:    {{2_000, 10 * time.Second}, {6_250, 10 * time.Second}, {20_000, 10 * time.Second}},
	Archives: {{500, 20 * time.Second}, {1_000, 20 * time.Second}, {2_000, 20 * time.Second}},
	Pictures: {{200, 20 * time.Second}, {500, 20 * time.Second}, {2_000, 20 * time.Second}},
	Embeds:   {{1_000, 10 * time.Second}, {2_000, 10 * time.Second}, {3_125, 10 * time.Second}},
	Making:   {{500, 10 * time.Second}, {800, 10 * time.Second}, {2_000, 10 * time.Second}},
	Replays:  {{300, time.Minute}, {1_000, time.Minute}, {2_500, time.Minute}},
	Exports:  {{30, time.Minute}, {100, time.Minute}, {300, time.Minute}},
	Rows:     {{}, {40_000, 30 * time.Minute}, {200_000, 30 * time.Minute}},
	// Many customers of a carrier may ask to be told in the first minutes of an outage.
	Subscriptions: {{60, time.Minute}, {300, time.Minute}, {1_200, time.Minute}},
}

// RateOf returns the allowance of a class at a level.
func RateOf(c Class, l Level) Rate { return rates[c][l] }
