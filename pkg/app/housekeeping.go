package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/steady"
)

const (
	tidyInterval = time.Minute
	// tidyTimeout bounds one tidying, so that a database that hangs is asked again.
	tidyTimeout = 10 * time.Minute
)

// keepTidy tidies once a minute until ctx ends, while the clock is steady.
func (p *Parts) keepTidy(ctx context.Context) error {
	var clock steady.Clock
	ticker := time.NewTicker(tidyInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			p.tidyWhenSteady(ctx, &clock, clock.LookAt(now))
		}
	}
}

// tidyWhenSteady tidies if clock confirms the time of a look. A clock that jumps
// must delete nothing, destroy no key and make no number final.
func (p *Parts) tidyWhenSteady(ctx context.Context, clock *steady.Clock, look steady.Look) {
	isConfirmed, hasJumped := clock.Confirm(look)
	if hasJumped {
		p.log.Warn("the clock of this machine has jumped; nothing is deleted until it has been steady for some minutes", "clock", look.Wall.UTC(), "minutes", steady.Apart.Minutes())
	}
	if !isConfirmed {
		return
	}
	limited, cancel := context.WithTimeout(ctx, tidyTimeout)
	defer cancel()
	if err := p.Tidy(limited, look.Wall.UTC()); err != nil && ctx.Err() == nil {
		p.log.Error("housekeeping failed and is tried again in a minute", "error", err)
	}
}

// Tidy destroys old day keys, computes the rollups that became final, and
// deletes what is no longer needed. now must be a time that can be believed. A
// replay calls Tidy with its own clock.
func (p *Parts) Tidy(ctx context.Context, now time.Time) error {
	err := wrap("destroy old day keys", p.DayKeys.Forget(now))
	age := now.Sub(p.tidiedAt)
	hourly := age >= time.Hour || age < 0 // or the clock was set back
	archivedUpTo, tidies, modeErr := p.mode.tidy(ctx, now, hourly)
	err = errors.Join(err, modeErr)
	if !tidies {
		return err
	}
	err = errors.Join(err, wrap("exclude what arrived late", p.Archive.ExcludeLate(ctx, archivedUpTo)))
	_, rollUpErr := p.Archive.RollUp(ctx, archivedUpTo)
	err = errors.Join(err,
		wrap("compute rollups", rollUpErr),
		wrap("forget old windows", p.Store.Forget(ctx, now)))
	if hourly {
		err = errors.Join(err,
			wrap("merge old rollups", p.Archive.Merge(ctx, now)),
			wrap("drop old reports", p.Archive.Retain(ctx, now.Add(-p.config.Retention))),
			wrap("drop old messages", p.Archive.RetainMessages(ctx, now)))
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
