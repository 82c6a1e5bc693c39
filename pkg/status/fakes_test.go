package status

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// noon is the present of these tests, half way through a minute.
var noon = time.Date(2022, 10, 25, 12, 0, 30, 0, time.UTC)

// sources is everything a Board reads from, in memory.
type sources struct {
	mu         sync.Mutex
	now        time.Time
	counts     map[time.Time][]window.Count // problems by minute
	unknown    map[time.Time]bool
	archived   []window.Rollup
	spans      []window.Span
	liveState  incident.Live
	judgedAt   time.Time
	baseline   *detect.Baseline
	cells      map[window.Cell]*detect.Baseline // cells with a baseline of their own
	reads      int
	arrivals   []window.Arrival
	storeErr   error // returned by Buckets
	archiveErr error // returned by Rollups
}

func newSources() *sources {
	return &sources{
		now: noon, judgedAt: noon, counts: map[time.Time][]window.Count{}, unknown: map[time.Time]bool{},
		baseline: detect.Learn(nil, noon, nil),
	}
}

func (h *sources) board(t *testing.T) *Board {
	t.Helper()
	return New(Options{Catalog: catalog.Default(), Store: h, Archive: h, Baselines: h, Judge: h, Now: func() time.Time { return h.now }})
}

func (h *sources) count(at time.Time, country, symptom string, n int64) {
	start := window.Start(at)
	h.counts[start] = append(h.counts[start], window.Count{Cell: window.Cell{Country: country, Symptom: symptom}, N: n})
}

func (h *sources) Networks(context.Context, string, time.Time, time.Duration) (window.NetworkCounts, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var tally window.Tally
	for _, a := range h.arrivals {
		tally.Add(a)
	}
	return tally.Counts(), nil
}

func (h *sources) Buckets(_ context.Context, _ string, from, to time.Time) ([]window.Bucket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads++
	if h.storeErr != nil {
		return nil, h.storeErr
	}
	var buckets []window.Bucket
	for at := window.Start(from); at.Before(window.Start(to)); at = at.Add(window.Width) {
		buckets = append(buckets, window.Bucket{Start: at, Known: !h.unknown[at], Problems: h.counts[at]})
	}
	return buckets, nil
}

func (h *sources) Rollups(_ context.Context, _ string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	if h.archiveErr != nil {
		return nil, nil, h.archiveErr
	}
	within := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	var rollups []window.Rollup
	for _, r := range h.archived {
		if within(r.Start) {
			rollups = append(rollups, r)
		}
	}
	var spans []window.Span
	for _, s := range h.spans {
		if within(s.Start) {
			spans = append(spans, s)
		}
	}
	return rollups, spans, nil
}

func (h *sources) Of(_ context.Context, _ string, cell window.Cell, _ time.Time) (*detect.Baseline, error) {
	if own := h.cells[cell]; own != nil {
		return own, nil
	}
	return h.baseline, nil
}

func (h *sources) Live(string) incident.Live { return h.liveState }
func (h *sources) Judged() time.Time         { return h.judgedAt }
