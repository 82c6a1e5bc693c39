package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// figure is one line of the result: a side compared with a yardstick. RPS is
// requests per second.
type figure struct {
	Bench        string  `json:"bench"`
	RPS          float64 `json:"rps"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
	Reference    string  `json:"reference"`
	ReferenceRPS float64 `json:"reference_rps"`
	ReferenceP50 float64 `json:"reference_p50_ms"`
	ReferenceP99 float64 `json:"reference_p99_ms"`
	Ratio        float64 `json:"ratio"`
	Answered     int64   `json:"answered"`
	Counted      int64   `json:"counted"`
	InFlight     int64   `json:"in_flight"`
}

func (f figure) write(out io.Writer) {
	fmt.Fprintf(out, "%-28s %12.0f %9.2f %9.2f   %.2f of %s (%.0f); %d answered, %d counted, at most %d on their way\n",
		f.Bench, f.RPS, f.P50, f.P99, f.Ratio, f.Reference, f.ReferenceRPS, f.Answered, f.Counted, f.InFlight)
}

func (f figure) json(out *json.Encoder) error { return out.Encode(f) }

// The names of the sides that count in a sorted set.
const (
	sortedSet       = "sorted-set"           // a round trip for each command
	sortedSetAtOnce = "sorted-set-pipelined" // one round trip for all commands
)

// contest measures all sides in turn, round by round, so that changes in the
// speed of the machine affect all of them.
type contest struct {
	binary, redisURL, databaseURL string
	rounds                        int
	load                          load
}

// side is one server under load, with its measurements of each round.
type side struct {
	name    string
	counts  bool // whether the server counts reports and answers how many
	measure func(context.Context) (m measurement, counted int64, err error)
	rounds  []measurement
	counted int64
}

func (c contest) run(ctx context.Context) ([]result, error) {
	bare := &side{name: "bare-gin", measure: c.bareGin}
	embedded := &side{name: "ingest-embedded", counts: true, measure: c.embedded}
	sides := []*side{bare, embedded}
	pairs := [][2]*side{{embedded, bare}}
	if c.redisURL != "" {
		distributed := &side{name: "ingest-distributed", counts: true, measure: c.distributed}
		sides = append(sides, distributed)
		pairs = append(pairs, [2]*side{distributed, bare})
		for _, name := range []string{sortedSet, sortedSetAtOnce} {
			plain := &side{name: name, measure: func(ctx context.Context) (measurement, int64, error) { return c.sortedSet(ctx, name) }}
			sides = append(sides, plain)
			pairs = append(pairs, [2]*side{distributed, plain})
		}
	}
	for round := range c.rounds {
		for _, s := range sides {
			m, counted, err := s.measure(ctx)
			if err != nil {
				return nil, fmt.Errorf("round %d, %s: %w", round+1, s.name, err)
			}
			if s.counts && (counted < m.Answered || counted > m.Answered+int64(c.load.Connections)) {
				return nil, fmt.Errorf("the figures are worthless: of %s %d reports were answered with 202 and %d were counted", s.name, m.Answered, counted)
			}
			s.rounds = append(s.rounds, m)
			s.counted += counted
		}
	}
	var results []result
	for _, p := range pairs {
		results = append(results, c.compare(p[0], p[1]))
	}
	return results, nil
}

func (c contest) compare(ours, with *side) figure {
	f := figure{Bench: ours.name, Reference: with.name, Counted: ours.counted, InFlight: int64(c.rounds * c.load.Connections)}
	var ratios []float64
	for i, m := range ours.rounds {
		f.Answered += m.Answered
		ratios = append(ratios, m.RPS/with.rounds[i].RPS)
	}
	f.RPS, f.P50, f.P99 = medians(ours.rounds)
	f.ReferenceRPS, f.ReferenceP50, f.ReferenceP99 = medians(with.rounds)
	f.Ratio = median(ratios, func(r float64) float64 { return r })
	return f
}

func medians(all []measurement) (rps, p50, p99 float64) {
	return median(all, func(m measurement) float64 { return m.RPS }),
		median(all, func(m measurement) float64 { return m.P50 }),
		median(all, func(m measurement) float64 { return m.P99 })
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	mid := len(values) / 2
	if len(values)%2 == 0 {
		return (values[mid-1] + values[mid]) / 2
	}
	return values[mid]
}
