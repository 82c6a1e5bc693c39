package year

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/outcry/outcry/internal/memstore"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// shard is a part of the services, with a store of its own.
type shard struct {
	*draw
	*memstore.Store
	course  Course
	slugs   []string
	counted int64 // reports since the watch began

	suspected, confirmed map[string]bool // IDs of incidents
}

// newShard returns the shard of a course with a number.
func newShard(c Course, number int) *shard {
	services := (c.Services + number) / c.Shards
	h := &shard{draw: newDraw(c, number, services), course: c, suspected: map[string]bool{}, confirmed: map[string]bool{}}
	for s := range services {
		h.slugs = append(h.slugs, fmt.Sprintf("service-%d-%04d", number, s))
	}
	h.Store = memstore.New(h.slugs, countries, symptoms)
	h.ReportsPerDay = float64(c.Reports) / 365
	h.OnSave = h.noteIncident
	return h
}

// noteIncident notes that an incident was suspected or confirmed.
func (h *shard) noteIncident(inc incident.Incident) {
	h.suspected[inc.ID] = true
	if !inc.Declared.IsZero() {
		h.confirmed[inc.ID] = true
	}
}

// drawMinute draws the reports of a minute and counts them.
func (h *shard) drawMinute(at time.Time) {
	h.minute(at, func(service, country, symptom, n int) {
		h.Add(at, service, country, symptom, n)
		h.counted += int64(n)
	})
}

// watch has a monitor watch the shard for all days of the course.
func (h *shard) watch(ctx context.Context, progress func(days int)) (*monitor.Monitor, error) {
	for at := start.Add(-baseline.HistoryLength); at.Before(start); at = at.Add(window.Width) {
		h.drawMinute(at)
	}
	h.counted = 0
	baselines := baseline.NewSet(h)
	baselines.Zone = catalog.Default().ZoneOf
	m := monitor.New(monitor.Options{
		Store: h, Archive: h, Baselines: baselines, Publisher: h, Settings: detect.Defaults(), FalsePerDay: h.course.Allowed,
		Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	for day := range h.course.Days {
		for minute := range window.Minutes(24 * time.Hour) {
			at := start.AddDate(0, 0, day).Add(minute.Duration())
			h.drawMinute(at)
			now := at.Add(window.Width)
			if now.Truncate(h.course.Tick) != now {
				continue
			}
			if err := m.Tick(ctx, now); err != nil {
				return nil, err
			}
		}
		progress(day + 1)
	}
	return m, nil
}
