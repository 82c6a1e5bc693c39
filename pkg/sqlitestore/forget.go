package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// forgetBatch bounds the rows that one statement of Forget deletes, and so how
// long a Count waits for it.
const forgetBatch = 1_000

// Forget drops what no answer at or after now needs, oldest first. It leaves
// archived reports and beats: archive.Retain deletes them.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	s.counting.Lock()
	s.memory.answers.forget(now.UnixMilli())
	s.claims.forget(now.UnixMilli())
	s.memory.cooldowns.forget(window.MinuteOf(now.Add(-report.MaxDelay)))
	s.reading.Lock()
	s.mirror.forget(window.MinuteOf(now.Add(-window.Retention)), sliceOf(now.UnixMilli())-slicesKept+1)
	s.reading.Unlock()
	s.counting.Unlock()

	if err := s.deleteInBatches(ctx, archive.SQLiteForgetAnswers, forgetBatch, now.Add(-window.IDMemory).UnixMilli()); err != nil {
		return fmt.Errorf("forget answers: %w", err)
	}
	if err := s.deleteInBatches(ctx, archive.SQLiteForgetClaims, now.Add(-window.IDMemory).UnixMilli(), forgetBatch); err != nil {
		return fmt.Errorf("forget idempotency keys: %w", err)
	}
	if err := s.deleteInBatches(ctx, archive.SQLiteForgetVisits,
		window.MinuteOf(now.Add(-window.Retention)), forgetBatch); err != nil {
		return fmt.Errorf("forget visits: %w", err)
	}
	return nil
}

// deleteInBatches runs a statement again and again, each time in a short
// transaction of its own, until it deletes nothing.
func (s *Store) deleteInBatches(ctx context.Context, statement string, args ...any) error {
	for {
		result, err := s.disk.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}
