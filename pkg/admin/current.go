package admin

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// Archive has the incidents of all times.
type Archive interface {
	Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error)
	Neighbours(ctx context.Context, service string, onset time.Time) (before, after *incident.Incident, err error)
	Exclusion(ctx context.Context, id int64) (window.Exclusion, error)
}

// Live has the incidents that the monitor last worked with.
type Live interface {
	Live(service string) incident.Live
}

// latestIncidents is the incidents of an archive, or their live state where that is newer.
type latestIncidents struct {
	archive Archive
	live    Live
}

// Current returns the incidents of an archive as they are now.
func Current(archive Archive, live Live) Incidents { return latestIncidents{archive, live} }

// Incident returns an incident as it is now.
func (c latestIncidents) Incident(ctx context.Context, id string) (incident.Incident, error) {
	in, _, err := c.archive.Incident(ctx, id)
	if err != nil {
		return in, err
	}
	return newer(in, c.live.Live(in.Service).Incident), nil
}

// Neighbours returns the incidents before and after a time as they are now.
func (c latestIncidents) Neighbours(ctx context.Context, service string, onset time.Time) (before, after *incident.Incident, err error) {
	before, after, err = c.archive.Neighbours(ctx, service, onset)
	if err != nil {
		return nil, nil, err
	}
	before, after = NewerNeighbours(before, after, c.live.Live(service).Incident, onset)
	return before, after, nil
}

// Exclusion returns what an action excluded.
func (c latestIncidents) Exclusion(ctx context.Context, id int64) (window.Exclusion, error) {
	return c.archive.Exclusion(ctx, id)
}

// NewerNeighbours returns archived neighbours of an onset, in which live, the
// latest incident of the service, takes the place of an older version of itself,
// or its own place if it is not archived yet. A nil live changes nothing.
func NewerNeighbours(before, after, live *incident.Incident, onset time.Time) (_, _ *incident.Incident) {
	switch {
	case live == nil || live.IsRetracted() || live.Onset.Equal(onset):
	case live.Onset.Before(onset):
		if before == nil || !live.Onset.Before(before.Onset) {
			before = live
		}
	case after == nil || !live.Onset.After(after.Onset):
		after = live
	}
	return before, after
}

// newer returns live if it is a later version of in.
func newer(in incident.Incident, live *incident.Incident) incident.Incident {
	if live != nil && live.ID == in.ID && live.Version >= in.Version {
		return *live
	}
	return in
}
