package web

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
)

// Incidents is what pages need of the archive.
type Incidents interface {
	// Incident returns an incident with its timeline, oldest entry first; the
	// error is fault.NotFound where there is none.
	Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error)
	// Incidents returns a page of incidents, latest onset first, and the Before of
	// the next page, which is empty on the last one.
	Incidents(ctx context.Context, f archive.IncidentFilter) (page []incident.Incident, next string, err error)
}

// Live is what pages need of the monitor.
type Live interface {
	Live(service string) incident.Live
}

// marked is how far back the chart of a service marks incidents. One with an
// earlier onset that still runs is found as the live one.
const marked = 48 * time.Hour

// recent returns the incidents that the chart of a service marks, as they are
// now, latest first.
func (s *Pages) recent(ctx context.Context, slug string, now time.Time) ([]incident.Incident, error) {
	page, _, err := s.Incidents.Incidents(ctx, archive.IncidentFilter{Service: slug, From: now.Add(-marked)})
	if err != nil {
		return nil, err
	}
	live := s.Live.Live(slug)
	known := false
	for i := range page {
		page[i] = status.Current(page[i], live)
		known = known || live.Incident != nil && live.Incident.ID == page[i].ID
	}
	if now := live.Incident; now != nil && !known {
		page = append(page, *now)
	}
	return page, nil
}

// story returns the incident with this ID as it is now, with its timeline.
func (s *Pages) story(ctx context.Context, id string) (incident.Incident, []incident.Event, error) {
	inc, timeline, err := s.Incidents.Incident(ctx, id)
	if err != nil {
		return inc, nil, err
	}
	return status.Current(inc, s.Live.Live(inc.Service)), timeline, nil
}

// logArchiveError logs that a part of the archive could not be read. A visitor
// who went away is no error, and refusals of gates are counted.
func (s *Pages) logArchiveError(err error, what, service string) {
	if errors.Is(err, context.Canceled) || gate.IsRefusal(err) {
		return
	}
	s.Log.Warn("cannot read the archive", slog.String("part", what), slog.String("service", service), slog.Any("error", err))
}
