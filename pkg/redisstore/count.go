package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Count decides on reports and counts them, in one step for each partition. A
// failure in one partition does not affect the others. A report may be counted
// though Redis did not answer in time; it is safe to send it again, because of
// its ID.
func (s *Store) Count(ctx context.Context, reports []report.Report) []window.Outcome {
	outcomes := make([]window.Outcome, len(reports))
	if len(reports) == 0 {
		return outcomes
	}
	sorted := sortReports(reports, outcomes)
	beatAll := len(sorted.minutes) > 1 || len(sorted.minutes) == 1 && s.lastBeat.Load() != sorted.minutes[0]
	epoch := newEpoch()
	var calls []call
	for p, places := range sorted.parts {
		if len(places) == 0 && !beatAll {
			continue
		}
		first, rest := places[:min(maxCall, len(places))], places[min(maxCall, len(places)):]
		calls = append(calls, s.newCall(counting, p, reports, first, sorted.minutes, epoch, sorted.at))
		for next := range slices.Chunk(rest, maxCall) {
			calls = append(calls, s.newCall(counting, p, reports, next, nil, epoch, sorted.at))
		}
	}
	answers, errs := s.eval(ctx, countScript, calls)
	var countErr error // of the last call with reports or visits that failed
	failures := 0
	for n, c := range calls {
		err := readAnswer(c, answers[n], errs[n], outcomes)
		if err == nil {
			continue
		}
		failures++
		if len(c.reports)+len(c.visits) > 0 {
			countErr = err
		}
	}
	if beatAll && failures == 0 {
		s.lastBeat.Store(slices.Max(sorted.minutes))
	}
	if failures < len(calls) {
		s.noteCounting(nil)
	} else if !errors.Is(ctx.Err(), context.Canceled) { // an error of a canceled call is not about Redis
		s.noteCounting(countErr)
	}
	return outcomes
}

// batch is what the calls that count some reports are made of.
type batch struct {
	parts   [window.Partitions][]int // places of the reports of each partition
	minutes []int64                  // in which reports were received
	at      time.Time                // when the last one was received
}

// sortReports sorts valid reports by partition. The outcome of the others is that
// they failed.
func sortReports(reports []report.Report, outcomes []window.Outcome) *batch {
	b := &batch{}
	for i := range reports {
		r := &reports[i]
		if err := validate(r); err != nil {
			outcomes[i] = window.Outcome{Status: window.Failed, Err: fmt.Errorf("count a report: %w", err)}
			continue
		}
		p := window.PartitionOf(r.Service)
		b.parts[p] = append(b.parts[p], i)
		if m := number(r.Received, window.Width); !slices.Contains(b.minutes, m) {
			b.minutes = append(b.minutes, m)
		}
		if r.Received.After(b.at) {
			b.at = r.Received
		}
	}
	return b
}

// readAnswer writes the outcomes of a call, from its answer or its error. It returns
// the error with which the call failed, if it did.
func readAnswer(c call, answer any, err error, outcomes []window.Outcome) error {
	if err == nil {
		err = readOutcomes(answer, c.reports, outcomes)
	}
	visit := window.Outcome{Status: window.Counted}
	if err != nil {
		err = unavailable(fmt.Errorf("count %d reports: %w", len(c.reports)+len(c.visits), err))
		visit = window.Outcome{Status: window.Failed, Err: err}
		for _, i := range c.reports {
			outcomes[i] = visit
		}
	}
	for _, i := range c.visits {
		outcomes[i] = visit
	}
	return err
}

// Beat notes that counting works in the minute of at, in every partition that
// answers. If only some answer, the error is a *window.Missing.
func (s *Store) Beat(ctx context.Context, at time.Time) error {
	epoch := newEpoch()
	calls := make([]call, len(allPartitions))
	for i, p := range allPartitions {
		calls[i] = s.newCall(counting, p, nil, nil, []int64{number(at, window.Width)}, epoch, at)
	}
	_, errs := s.eval(ctx, countScript, calls)
	err := partitionsErr(errs)
	if err != nil {
		return fmt.Errorf("note that counting works: %w", err)
	}
	s.noteCounting(nil)
	return nil
}

// partitionsErr returns one error for errs, which has one for each partition: nil
// if all are nil, a *window.Missing if some are, or else the last of them.
func partitionsErr(errs []error) error {
	m := &window.Missing{}
	for p, err := range errs {
		if err != nil {
			m.Partitions, m.Err = append(m.Partitions, p), unavailable(err)
		}
	}
	switch len(m.Partitions) {
	case 0:
		return nil
	case len(errs):
		return m.Err
	}
	return m
}

// readOutcomes unpacks the answer of countScript into the outcomes at places.
func readOutcomes(answer any, places []int, outcomes []window.Outcome) error {
	parts, _ := answer.([]any)
	if len(parts) < 2 {
		return errors.New("the script did not answer with a list")
	}
	text, _ := parts[1].(string)
	if len(text) != outcomeLayout.size*len(places) {
		return fmt.Errorf("the script gave %d bytes for %d reports", len(text), len(places))
	}
	var symptoms map[uint16]string
	if len(parts) > 2 {
		var err error
		if symptoms, err = readSymptoms(parts[2]); err != nil {
			return err
		}
	}
	for n, i := range places {
		o := text[outcomeLayout.size*n:][:outcomeLayout.size]
		if o[0] != outcomeKnown {
			outcomes[i] = window.Outcome{Status: window.Status(o[0])}
			continue
		}
		status := window.Status(o[3] >> 6)
		cell, kind := unpackCell(o[1], o[2], o[3]&63, symptoms)
		outcomes[i] = window.Outcome{Status: status, Resent: true, Kind: kind, Cell: cell}
	}
	return nil
}

// readSymptoms returns the names of symptoms by their numbers. list has names and
// numbers in turn.
func readSymptoms(list any) (map[uint16]string, error) {
	pairs, _ := list.([]any)
	symptoms := map[uint16]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		digits, _ := pairs[i+1].(string)
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("a symptom has the number %q", digits)
		}
		symptoms[uint16(n)] = name
	}
	return symptoms, nil
}
