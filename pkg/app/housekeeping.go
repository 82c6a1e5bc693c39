package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/cluster"
	"github.com/outcry/outcry/pkg/incident"
)

// keepHouse tidies once a minute until ctx ends.
func (p *parts) keepHouse(ctx context.Context) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if err := p.tidyInTime(ctx, now.UTC()); err != nil && ctx.Err() == nil {
				p.log.Error("housekeeping failed and is tried again in a minute", "error", err)
			}
		}
	}
}

// tidyTime bounds one tidying, so that a database that hangs is asked again.
const tidyTime = 10 * time.Minute

func (p *parts) tidyInTime(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	return p.tidy(ctx, now)
}

// tidy computes the rollups that became final, drops what nobody needs any
// more, and destroys old day keys. A replay calls it with its own clock.
func (p *parts) tidy(ctx context.Context, now time.Time) error {
	var failed error
	step := func(what string, err error) {
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", what, err))
		}
	}
	step("destroy old day keys", p.keys.Forget(now))
	final := now
	if p.shared != nil {
		if p.shared.leases.LeaderTerm() == 0 {
			return failed // who leads does the rest
		}
		var err error
		if final, err = p.shared.archivedUpTo(ctx, now); err != nil {
			return errors.Join(failed, err)
		}
		step("confirm whose windows these are", cluster.BindArchive(ctx, p.shared.conn, p.shared.identity))
		step("prepare the archive", p.shared.archive.Prepare(ctx, now))
		step("forget old incidents", p.shared.conclusions.Forget(ctx, now.Add(-incident.Defaults().ReopenWithin)))
	}
	_, err := p.archive.RollUp(ctx, final)
	step("compute rollups", err)
	step("forget old windows", p.store.Forget(ctx, now))
	if now.Sub(p.tidiedAt) >= time.Hour {
		if p.shared != nil {
			step("forget who archived", p.shared.source.Forget(ctx, 24*time.Hour))
		}
		step("merge old rollups", p.archive.Merge(ctx, now))
		step("drop old reports", p.archive.Retain(ctx, now.Add(-p.config.Retention)))
		p.tidiedAt = now
	}
	return failed
}
