package sqlitestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Count decides and counts reports in one transaction: all of them have their
// outcome, or all have failed.
func (s *Store) Count(ctx context.Context, reports []report.Report) []window.Outcome {
	outcomes := make([]window.Outcome, len(reports))
	if len(reports) == 0 {
		return outcomes
	}
	err := s.write(ctx, func(b *batch) (err error) {
		for i := range reports {
			if outcomes[i], err = b.decide(&reports[i]); err != nil {
				return fmt.Errorf("count a report: %w", err)
			}
		}
		return b.writeVisits()
	})
	if err != nil {
		for i := range outcomes {
			outcomes[i] = window.Outcome{Status: window.Failed, Err: err}
		}
	}
	return outcomes
}

// Beat notes that counting works in the minute of at. The first one of a
// minute writes that down. While counting fails every one goes the way of a
// report, so that it fails as long as reports would.
func (s *Store) Beat(ctx context.Context, at time.Time) error {
	return s.write(ctx, func(b *batch) error {
		if s.failure != nil {
			if err := b.try(minuteOf(at)); err != nil {
				return fmt.Errorf("try a report: %w", err)
			}
		}
		return b.beat(minuteOf(at))
	})
}

// write runs f, which decides and writes a batch, and lets readers see it once
// it is on disk. When that fails, the memory may be ahead of the disk and is
// read anew before the next batch. The error is fault.Unavailable.
func (s *Store) write(ctx context.Context, f func(*batch) error) error {
	s.counting.Lock()
	defer s.counting.Unlock()
	wrote, err := s.writeLocked(ctx, f)
	if err != nil {
		err = unavailable(err)
	}
	if wrote || err != nil && !errors.Is(ctx.Err(), context.Canceled) { // else it says nothing of the disk
		s.note(err)
	}
	return err
}

// note keeps how the last write ended and logs it when that has changed.
func (s *Store) note(err error) {
	changed := (err != nil) != (s.failure != nil)
	s.reading.Lock()
	s.failure = err
	s.reading.Unlock()
	switch {
	case changed && err != nil:
		s.log.Error("counting fails", "error", err)
	case changed:
		s.log.Info("counting works again")
	}
}

func (s *Store) writeLocked(ctx context.Context, f func(*batch) error) (wrote bool, err error) {
	if s.stale {
		if err := s.reload(ctx); err != nil {
			return false, err
		}
	}
	b := batch{disk: s.disk, memory: s.memory, known: s.mirror.known}
	err = s.disk.transaction(ctx, func() error {
		s.stale = true // until it is on disk
		return f(&b)
	})
	if err != nil {
		return false, err
	}
	s.stale = false
	s.reading.Lock()
	b.show(s.mirror)
	s.reading.Unlock()
	return s.disk.begun, nil
}

// unavailable is what a client learns of err.
func unavailable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Msg: "reports cannot be stored at the moment; try again later",
		RetryAfter: 5 * time.Second, Err: err,
	}
}

// batch is one Count under way. It writes and remembers as it goes; what
// readers may see it keeps until all is on disk.
type batch struct {
	disk   *disk
	memory *memory
	known  map[int64]bool

	counted []counted
	visits  map[visit]int64
	beats   []int64
}

// counted is a problem or a recovery that counts.
type counted struct {
	report *report.Report
	cell   int64
}

type visit struct {
	service string
	minute  int64
	cell    int64
	country string
}

// decide answers one report as window.Store says.
func (b *batch) decide(r *report.Report) (window.Outcome, error) {
	received := r.Received.UnixMilli()
	if err := b.beat(received / 60_000); err != nil {
		return window.Outcome{}, err
	}
	service, cell, err := b.numbers(r)
	if err != nil {
		return window.Outcome{}, err
	}
	if r.Kind == report.Visit {
		if b.visits == nil {
			b.visits = map[visit]int64{}
		}
		b.visits[visit{r.Service, minuteOf(r.Minute), cell, r.Country}]++
		return window.Outcome{Status: window.Counted}, nil
	}
	if first, ok := b.memory.answers.of(service, r.ID, received); ok {
		return b.again(first.status, cmp.Or(int64(first.cell), cell)), nil // 0: answered before cells were kept
	}
	minute := minuteOf(r.Minute)
	status := b.memory.cooldowns.judge(service, r.Kind, r.Reporter, r.Yesterday, minute)
	if status == window.Counted {
		added, err := b.add(r, service, cell, minute, received)
		if err != nil {
			return window.Outcome{}, err
		}
		if !added { // archived longer ago than IDs are remembered
			first, err := b.disk.findReport.number(minute/minutesOfDay, service, r.ID[:])
			return b.again(window.Counted, first), err
		}
		b.memory.cooldowns.start(service, r.Kind, r.Reporter, minute)
		b.counted = append(b.counted, counted{r, cell})
	} else if err := b.answer(r, service, cell, status, received); err != nil {
		return window.Outcome{}, err
	}
	b.memory.answers.remember(service, r.ID, received, cell, status)
	return window.Outcome{Status: status}, nil
}

// again is the outcome of a report whose ID was first sent with what a cell
// says.
func (b *batch) again(first window.Status, cell int64) window.Outcome {
	said := b.memory.named[cell]
	return window.Outcome{Status: first, Resent: true, Kind: said.kind, Cell: said.Cell}
}

// beat notes that counting works in a minute.
func (b *batch) beat(minute int64) error {
	if b.known[minute] || len(b.beats) > 0 && b.beats[len(b.beats)-1] == minute {
		return nil
	}
	if err := b.disk.write(); err != nil {
		return err
	}
	b.beats = append(b.beats, minute)
	_, err := b.disk.addBeat.exec(minute)
	return err
}

// try archives a report of nobody and takes it back. It leaves nothing but its
// pages, which have to reach the disk.
func (b *batch) try(minute int64) error {
	if err := b.disk.write(); err != nil {
		return err
	}
	const none = int64(0) // the dictionary begins at 1
	day := minute / minutesOfDay
	if _, err := b.disk.addReport.exec(day, none, uuid.Nil[:], none, minute, none, none, none, none); err != nil {
		return err
	}
	_, err := b.disk.dropReport.exec(day, none, uuid.Nil[:])
	return err
}

// numbers returns those of the report's service and cell, which the dictionary
// learns if they are new.
func (b *batch) numbers(r *report.Report) (service, cell int64, err error) {
	service, ok := b.memory.services[r.Service]
	if !ok {
		if err := b.disk.write(); err != nil {
			return 0, 0, err
		}
		if service, err = b.disk.internService.number(r.Service); err != nil {
			return 0, 0, fmt.Errorf("number a service: %w", err)
		}
		b.memory.services[r.Service] = service
	}
	key := cellKey{service, r.Kind, window.Cell{Country: r.Country, Symptom: r.Symptom}}
	cell, ok = b.memory.cells[key]
	if !ok {
		if err := b.disk.write(); err != nil {
			return 0, 0, err
		}
		if cell, err = b.disk.internCell.number(service, int64(r.Kind), r.Country, r.Symptom); err != nil {
			return 0, 0, fmt.Errorf("number a cell: %w", err)
		}
		b.memory.name(cell, key)
	}
	return service, cell, nil
}

// add archives a report, unless its ID is in the archive for that day.
func (b *batch) add(r *report.Report, service, cell, minute, received int64) (added bool, err error) {
	if err := b.disk.write(); err != nil {
		return false, err
	}
	n, err := b.disk.addReport.exec(minute/minutesOfDay, service, r.ID[:], cell, minute, received,
		int64(r.Reporter.Address), int64(r.Reporter.Device), int64(r.Network))
	return n == 1, err
}

// answer writes down an answer other than "counted".
func (b *batch) answer(r *report.Report, service, cell int64, status window.Status, received int64) error {
	if err := b.disk.write(); err != nil {
		return err
	}
	_, err := b.disk.addAnswer.exec(service, r.ID[:], cell, int64(status), received)
	return err
}

func (b *batch) writeVisits() error {
	for v, n := range b.visits {
		if err := b.disk.write(); err != nil {
			return err
		}
		if _, err := b.disk.addVisits.exec(v.minute, v.cell, n); err != nil {
			return fmt.Errorf("count visits: %w", err)
		}
	}
	return nil
}

// show lets readers see what is on disk now.
func (b *batch) show(m *mirror) {
	for _, minute := range b.beats {
		m.known[minute] = true
	}
	for _, c := range b.counted {
		r := c.report
		se := m.of(r.Service)
		se.add(minuteOf(r.Minute), r.Kind, c.cell, window.Cell{Country: r.Country, Symptom: r.Symptom}, 1)
		if r.Kind == report.Problem {
			se.network(sliceOf(r.Received.UnixMilli()), r.Country, r.Network)
		}
	}
	for v, n := range b.visits {
		m.of(v.service).add(v.minute, report.Visit, v.cell, window.Cell{Country: v.country}, n)
	}
}
