package sqlitestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Count decides about reports and counts them in one transaction: all of them
// have their outcome, or all have failed.
func (s *Store) Count(ctx context.Context, reports []report.Report) []window.Outcome {
	outcomes := make([]window.Outcome, len(reports))
	if len(reports) == 0 {
		return outcomes
	}
	var unwritten []claim
	err := s.write(ctx, func(b *batch) (err error) {
		unwritten = s.claims.take()
		for i := range reports {
			if outcomes[i], err = b.decide(&reports[i]); err != nil {
				return fmt.Errorf("count a report: %w", err)
			}
		}
		if err := b.writeVisits(); err != nil {
			return err
		}
		return b.writeClaims(unwritten)
	})
	if err != nil {
		s.claims.give(unwritten)
		for i := range outcomes {
			outcomes[i] = window.Outcome{Status: window.Failed, Err: err}
		}
	}
	return outcomes
}

// Beat records that counting works in the minute of at. Only the first beat of a
// minute is written. After a failed write every beat also writes a report and
// takes it back, so that it fails for as long as reports would.
func (s *Store) Beat(ctx context.Context, at time.Time) error {
	return s.write(ctx, func(b *batch) error {
		if s.lastErr != nil {
			if err := b.tryReport(window.MinuteOf(at)); err != nil {
				return fmt.Errorf("try a report: %w", err)
			}
		}
		return b.beat(window.MinuteOf(at))
	})
}

// write runs f, which decides about a batch and writes it, and shows the batch
// to readers once it is on disk. Its error is of kind fault.Unavailable.
func (s *Store) write(ctx context.Context, f func(*batch) error) error {
	s.counting.Lock()
	defer s.counting.Unlock()
	wrote, err := s.writeLocked(ctx, f)
	if err != nil {
		err = unavailable(err)
	}
	// A batch that wrote nothing, or that its caller cancelled, is no evidence
	// about the disk.
	if wrote || err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		s.setLastErr(err)
	}
	return err
}

// setLastErr sets the error of the last write, and logs when counting begins to
// fail and when it works again.
func (s *Store) setLastErr(err error) {
	changed := (err != nil) != (s.lastErr != nil)
	s.reading.Lock()
	s.lastErr = err
	s.reading.Unlock()
	switch {
	case changed && err != nil:
		s.log.Error("counting fails", "error", err)
	case changed:
		s.log.Info("counting works again")
	}
}

// writeLocked does what write does while counting is locked. It reports whether
// the batch wrote something. When a write fails, memory may be ahead of the disk
// and is read again before the next batch.
func (s *Store) writeLocked(ctx context.Context, f func(*batch) error) (wrote bool, err error) {
	if err := s.CheckFiles(); err != nil {
		return false, err
	}
	if s.stale {
		if err := s.reload(ctx); err != nil {
			return false, err
		}
	}
	b := batch{disk: s.disk, memory: s.memory, knownMinutes: s.mirror.knownMinutes}
	err = s.disk.transaction(ctx, func() error {
		s.stale = true // until it is on disk
		return f(&b)
	})
	if err != nil {
		// A commit fails when a file is gone; SQLite does not say why.
		return false, cmp.Or(s.CheckFiles(), err)
	}
	s.stale = false
	s.reading.Lock()
	b.addTo(s.mirror)
	s.reading.Unlock()
	return s.disk.begun, nil
}

// unavailable returns the error that a client gets because of err.
func unavailable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Msg: "reports cannot be stored at the moment; try again later",
		RetryAfter: 5 * time.Second, Err: err,
	}
}
