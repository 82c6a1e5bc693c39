package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// forgetBatch bounds the rows of one statement of Forget, and so how long a
// Count may have to wait for it.
const forgetBatch = 1_000

// Forget drops what no answer at or after now needs, oldest first. Archived
// reports and beats are the archive's to drop.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	s.counting.Lock()
	s.memory.answers.forget(now.UnixMilli())
	s.memory.cooldowns.forget(minuteOf(now.Add(-report.Late)))
	s.reading.Lock()
	s.mirror.forget(minuteOf(now.Add(-window.Retention)), sliceOf(now.UnixMilli())-slicesKept+1)
	s.reading.Unlock()
	s.counting.Unlock()

	if err := s.prune(ctx, `DELETE FROM answers WHERE seq IN (SELECT seq FROM answers ORDER BY seq LIMIT ?) AND received <= ?`,
		forgetBatch, now.Add(-window.IDMemory).UnixMilli()); err != nil {
		return fmt.Errorf("forget answers: %w", err)
	}
	if err := s.prune(ctx, `DELETE FROM visits WHERE minute IN (SELECT minute FROM visits WHERE minute < ? ORDER BY minute LIMIT ?)`,
		minuteOf(now.Add(-window.Retention)), forgetBatch); err != nil {
		return fmt.Errorf("forget visits: %w", err)
	}
	return nil
}

// prune runs a statement, each time in its own short transaction, until it
// deletes nothing more.
func (s *Store) prune(ctx context.Context, statement string, args ...any) error {
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
