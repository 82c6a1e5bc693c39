package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/streak"
)

const (
	archiveInterval = time.Second
	archivePage     = 100 // versions of incidents read at once
)

// incidentArchive is what an Archivist needs of the archive.
type incidentArchive interface {
	SaveIncidents(ctx context.Context, all []publish.Conclusion) (saved [][]publish.Event, err error)
}

// Archivist brings incidents from Redis to the archive while its process leads.
// Versions that the archive could not take wait in Redis.
type Archivist struct {
	conclusions *Conclusions
	archive     incidentArchive
	term        func() int64
	streak      *streak.Streak
}

// NewArchivist returns an Archivist that archives while leases makes its process
// the leader.
func NewArchivist(c *Conclusions, a incidentArchive, leases *Leases, log *slog.Logger) *Archivist {
	return &Archivist{conclusions: c, archive: a, term: leases.LeaderTerm,
		streak: streak.New(log, slog.LevelWarn, "incidents cannot be archived; they wait in Redis", "incidents are archived again")}
}

// Run archives once a second until ctx ends.
func (a *Archivist) Run(ctx context.Context) error {
	ticker := time.NewTicker(archiveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if a.term() == 0 {
				continue
			}
			if err := a.ArchiveAll(ctx); ctx.Err() == nil {
				a.streak.Note(err)
			}
		}
	}
}

// ArchiveAll brings every waiting version of an incident to the archive, oldest
// first.
func (a *Archivist) ArchiveAll(ctx context.Context) error {
	for {
		waiting, err := a.conclusions.Unarchived(ctx, archivePage)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if err := a.save(ctx, waiting); err != nil {
			return fmt.Errorf("archive %d versions of incidents, the first of them of %s: %w", len(waiting), waiting[0].Incident.ID, err)
		}
		if err := a.conclusions.DropArchived(ctx, waiting); err != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

// save brings versions to the archive without their events, which are kept in Redis
// only.
func (a *Archivist) save(ctx context.Context, waiting []Concluded) error {
	limited, cancel := context.WithTimeout(ctx, archiveTimeout)
	defer cancel()
	all := make([]publish.Conclusion, len(waiting))
	for i, c := range waiting {
		all[i] = publish.Conclusion{Incident: c.Incident, Timeline: c.Timeline}
	}
	_, err := a.archive.SaveIncidents(limited, all)
	return err
}
