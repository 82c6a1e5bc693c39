package window

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Exclusion is what an operator takes out of the counts of a service: the problems
// and recoveries that match all of its fields. They stay in the archive.
type Exclusion struct {
	ID        int64 // of the action in the audit trail
	Service   string
	From, To  time.Time         // whole minutes; the reports that name a minute in [From, To)
	Countries []string          // codes; none for all
	Symptom   string            // ID; empty for all
	Sender    report.Sender     // zero for everybody
	Text      map[string]string // what the operator says in public, by language code
	Reports   int64             // how many are taken out so far
	IsOver    bool              // they were put back
}

// Excluded is what exclusions take out of the counts of one service.
type Excluded struct {
	Problems, Recoveries map[Minute]map[Cell]int64
	Arrivals             []Arrival
}

// Without returns b without what was taken out. It shares nothing with b that it
// changes.
func (e *Excluded) Without(b Bucket) Bucket {
	minute := MinuteOf(b.Start)
	b.Problems = without(b.Problems, e.Problems[minute])
	b.Recoveries = without(b.Recoveries, e.Recoveries[minute])
	return b
}

func without(counts []Count, excluded map[Cell]int64) []Count {
	if len(excluded) == 0 {
		return counts
	}
	var rest []Count
	for _, c := range counts {
		if c.N -= excluded[c.Cell]; c.N > 0 {
			rest = append(rest, c)
		}
	}
	return rest
}

// Without returns c without arrivals that were taken out. A network that c has only
// as its holder loses from that.
func (c NetworkCounts) Without(excluded []Arrival) NetworkCounts {
	if len(excluded) == 0 || len(c.Arrivals) == 0 {
		return c
	}
	type place struct {
		slice   Slice
		country string
		network report.Network
	}
	rest := slices.Clone(c.Arrivals)
	index := make(map[place]int, len(rest))
	for i, a := range rest {
		index[place{a.Slice, a.Country, a.Network}] = i
	}
	for _, a := range excluded {
		n := a.N
		for _, as := range []report.Network{a.Network, a.Network.OfHolder(), a.Network.Coarse()} {
			i, found := index[place{a.Slice, a.Country, as}]
			if !found {
				continue
			}
			taken := min(n, rest[i].N)
			rest[i].N -= taken
			n -= taken
		}
	}
	rest = slices.DeleteFunc(rest, func(a Arrival) bool { return a.N == 0 })
	tally := Tally{rest}
	return tally.Counts()
}
