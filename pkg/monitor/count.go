package monitor

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// counts are the problems of a service by cell.
type counts map[window.Cell]int64

// total returns the problems of all cells.
func (c counts) total() (n int64) {
	for _, x := range c {
		n += x
	}
	return n
}

// add adds the problems of buckets.
func (c counts) add(buckets []window.Bucket) {
	for _, b := range buckets {
		for _, x := range b.Problems {
			c[x.Cell] += x.N
		}
	}
}

// earlierCounts are the problems of a live incident from its onset to a time,
// before which counts no longer change.
type earlierCounts struct {
	onset, until time.Time
	counts       counts
	notBefore    time.Time // when the archive may be asked again
}

// keptWhole returns the time from which the store has every bucket: the first
// full hour within its retention. Earlier reports are read from the archive.
func keptWhole(now time.Time) time.Time {
	return now.Add(-window.Retention).Truncate(time.Hour).Add(time.Hour)
}

// sinceOnset is what was counted of a service since the onset of an incident.
type sinceOnset struct {
	counts   counts
	buckets  []window.Bucket // those that the store still has
	complete bool            // false if the archive could not be read and earlier reports are missing
}

// countSince counts the problems of a service from onset to end. What is older
// than the buckets comes from the archive; without it the rest is counted, and
// judging goes on.
func (m *Monitor) countSince(ctx context.Context, w *watch, onset, end, now time.Time) (sinceOnset, error) {
	from, since := onset, sinceOnset{counts: counts{}, complete: true}
	if kept := keptWhole(now); from.Before(kept) {
		from = kept
		since.complete = m.countEarlier(ctx, w, onset, kept, now)
		for cell, n := range w.earlier.counts {
			since.counts[cell] = n
		}
	}
	var err error
	since.buckets, err = m.Store.Buckets(ctx, w.service, from, end)
	if err != nil {
		return since, fmt.Errorf("count since the onset: %w", err)
	}
	since.counts.add(since.buckets)
	return since, nil
}

// earlierTimeout bounds the reading of earlier counts, for which a tick waits.
const earlierTimeout = 5 * time.Second

// countEarlier brings w.earlier up to a time, and reports whether it could. After
// a failure the archive is left alone for a while.
func (m *Monitor) countEarlier(ctx context.Context, w *watch, onset, until, now time.Time) (complete bool) {
	e := w.earlier
	if !e.onset.Equal(onset) || e.until.After(until) {
		e = earlierCounts{onset: onset, until: onset}
	}
	switch {
	case e.until.Equal(until):
		return true
	case now.Before(e.notBefore):
		return false
	}
	limited, cancel := context.WithTimeout(ctx, earlierTimeout)
	defer cancel()
	added, err := m.archived(limited, w.service, e.until, until)
	if err != nil {
		m.Log.Warn("the reports of a long incident cannot be read from the archive; its total grows later", "service", w.service, "error", err)
		e.notBefore = now.Add(volumePause)
		w.earlier = e
		return false
	}
	for cell, n := range e.counts {
		added[cell] += n
	}
	w.earlier = earlierCounts{onset: onset, until: until, counts: added}
	return true
}

// archived counts the problems of a service that the archive has of a time, which
// ends with a quarter of an hour. Rollups hold whole quarters; the part of one at
// the beginning is read from single reports.
func (m *Monitor) archived(ctx context.Context, service string, from, to time.Time) (counts, error) {
	all := counts{}
	if whole := from.Add(window.RollupWidth - 1).Truncate(window.RollupWidth); from.Before(whole) {
		part, err := m.Archive.CountProblems(ctx, service, from, whole)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, part)
		from = whole
	}
	rollups, _, err := m.Archive.Rollups(ctx, service, from, to)
	if err != nil {
		return nil, err
	}
	for _, r := range rollups {
		if r.Kind == report.Problem {
			all[r.Cell] += r.N
		}
	}
	return all, nil
}

// minutesOf returns buckets as minutes up to now, with what the baseline expects
// in them whether they could be counted or not.
func minutesOf(buckets []window.Bucket, b *baseline.Service, now time.Time) []incident.Minute {
	all := make([]incident.Minute, 0, len(buckets))
	for _, bucket := range buckets {
		end := earlier(bucket.Start.Add(window.Width), now)
		if end.Before(bucket.Start) {
			break
		}
		all = append(all, incident.Minute{Start: bucket.Start, Observed: problems(bucket), Expected: b.Of(baseline.Whole).Expected(bucket.Start, end)})
	}
	return all
}

// splitOf divides counts by symptom and by country, with what is expected of the
// countries.
func splitOf(all counts, b *baseline.Service, from, to time.Time) *incident.Split {
	symptoms, countries := map[string]int64{}, map[string]int64{}
	for cell, n := range all {
		symptoms[cell.Symptom] += n
		countries[cell.Country] += n
	}
	s := &incident.Split{}
	for id, n := range symptoms {
		s.Symptoms = append(s.Symptoms, incident.Segment{ID: id, Observed: n})
	}
	for id, n := range countries {
		expected := b.Of(window.Cell{Country: id}).Expected(from, to)
		s.Countries = append(s.Countries, incident.Segment{ID: id, Observed: n, Expected: expected})
	}
	incident.SortSegments(s.Symptoms)
	incident.SortSegments(s.Countries)
	return s
}
