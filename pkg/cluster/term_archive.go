package cluster

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// archiveTimeout bounds one call of the archive. One that takes longer counts as
// failed.
const archiveTimeout = 5 * time.Second

// termArchive is where the leader's monitor saves what it concludes in one term.
// It writes to Redis only; an Archivist brings incidents from there to the
// archive. It reads the incidents of both, so that neither the loss of Redis nor
// the absence of Postgres ends an incident.
type termArchive struct {
	conclusions *Conclusions
	archive     monitor.Archive
	term        int64
}

var _ monitor.Archive = (*termArchive)(nil)

// LiveIncidents returns the incidents that are not resolved, and those that
// were resolved after since, at most one of a service.
func (a *termArchive) LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error) {
	concluded, err := a.conclusions.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	var live []incident.Incident
	inRedis := map[string]bool{} // services
	for _, inc := range concluded {
		inRedis[inc.Service] = true
		if inc.State != incident.Resolved || inc.Resolved.After(since) || inc.EndedByHand() {
			live = append(live, inc)
		}
	}
	limited, cancel := context.WithTimeout(ctx, archiveTimeout)
	defer cancel()
	archived, err := a.archive.LiveIncidents(limited, since)
	if err != nil {
		// Without the archive Redis must have everything. It has not after a loss.
		if begun, beginErr := a.conclusions.Begun(ctx); beginErr != nil || !begun {
			return nil, errors.Join(err, beginErr)
		}
	}
	for _, inc := range archived {
		if !inRedis[inc.Service] { // Redis is never behind the archive
			live = append(live, inc)
		}
	}
	return live, nil
}

// SaveIncidents saves several incidents at once. After an error, the first len(saved)
// of them are saved.
func (a *termArchive) SaveIncidents(ctx context.Context, all []publish.Conclusion) (saved [][]publish.Event, err error) {
	return a.conclusions.SaveIncidents(ctx, a.term, all)
}

// Problems returns the number of problems of all services that were archived in
// a span.
func (a *termArchive) Problems(ctx context.Context, from, to time.Time) (int64, error) {
	return a.archive.Problems(ctx, from, to)
}

// Rollups returns the rollups of a service that start in [from, to).
func (a *termArchive) Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	return a.archive.Rollups(ctx, service, from, to)
}

// CountProblems returns the problems of a service in [from, to) by cell, from
// single reports.
func (a *termArchive) CountProblems(ctx context.Context, service string, from, to time.Time) (map[window.Cell]int64, error) {
	return a.archive.CountProblems(ctx, service, from, to)
}

// States returns the saved detector states by cell. They are in Redis only:
// after its loss the detector judges the last hour again.
func (a *termArchive) States(ctx context.Context) (map[string][]byte, error) {
	return a.conclusions.States(ctx)
}

// SaveStates saves the states of cells; nil deletes one.
func (a *termArchive) SaveStates(ctx context.Context, states map[string][]byte) error {
	return a.conclusions.SaveStates(ctx, a.term, states)
}

// termActions are the actions of operators for the leader. It reads no incident
// from the archive of which a later version is still on its way there.
type termActions struct {
	monitor.Actions
	conclusions *Conclusions
}

// Incident returns an incident with its timeline, or an error of kind
// fault.Unavailable while a version of it is not archived.
func (a termActions) Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error) {
	waiting, err := a.conclusions.Unarchived(ctx, archivePage)
	if err != nil {
		return incident.Incident{}, nil, err
	}
	if len(waiting) == archivePage || slices.ContainsFunc(waiting, func(c Concluded) bool { return c.Incident.ID == id }) {
		return incident.Incident{}, nil, fault.New(fault.Unavailable, "incident %s is being archived", id)
	}
	return a.Actions.Incident(ctx, id)
}
