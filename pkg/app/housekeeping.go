package app

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	tidyInterval = time.Minute
	// tidyTimeout bounds one tidying, so that a database that hangs is asked again.
	tidyTimeout = 10 * time.Minute
)

// keepTidy tidies once a minute until ctx ends.
func (p *Parts) keepTidy(ctx context.Context) error {
	ticker := time.NewTicker(tidyInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			limited, cancel := context.WithTimeout(ctx, tidyTimeout)
			err := p.Tidy(limited, now.UTC())
			cancel()
			if err != nil && ctx.Err() == nil {
				p.log.Error("housekeeping failed and is tried again in a minute", "error", err)
			}
		}
	}
}

// Tidy destroys old day keys, computes the rollups that became final, and
// deletes what is no longer needed. A replay calls it with its own clock.
func (p *Parts) Tidy(ctx context.Context, now time.Time) error {
	err := wrap("destroy old day keys", p.DayKeys.Forget(now))
	hourly := now.Sub(p.tidiedAt) >= time.Hour
	archivedUpTo, tidies, modeErr := p.mode.tidy(ctx, now, hourly)
	err = errors.Join(err, modeErr)
	if !tidies {
		return err
	}
	_, rollUpErr := p.Archive.RollUp(ctx, archivedUpTo)
	err = errors.Join(err,
		wrap("compute rollups", rollUpErr),
		wrap("forget old windows", p.Store.Forget(ctx, now)))
	if hourly {
		err = errors.Join(err,
			wrap("merge old rollups", p.Archive.Merge(ctx, now)),
			wrap("drop old reports", p.Archive.Retain(ctx, now.Add(-p.config.Retention))))
		p.tidiedAt = now
	}
	return err
}

// wrap returns err with the step that failed, or nil if err is nil.
func wrap(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, err)
}
