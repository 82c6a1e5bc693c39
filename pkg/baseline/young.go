package baseline

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// A minute of a young service is learned from some time after its end, so that each
// is judged by the minutes before it: a fourth of what is known of the service, at
// least minLag and at most maxLag. What is steady from the start is then learned
// within minutes, and an outage after an hour or two is not learned before it is
// seen.
const (
	lagShare = 4
	minLag   = 2 * window.Width
	maxLag   = 15 * window.Width
)

// Minutes is what baselines need of the store.
type Minutes interface {
	// Buckets returns the minutes of a service in [from, to), oldest first and
	// without gaps.
	Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error)
}

// newMinutes is the minutes of a young service after its last final hour. The
// archive has them only when their hour is over and its reports are all in, which
// takes up to two and a half hours: too late for a service whose whole history is
// not longer than that.
type newMinutes struct {
	read  window.Minute // those before it were read
	hours []newHour     // from the last final hour on, oldest first, without gaps
}

// newHour is what was read of an hour.
type newHour struct {
	at    hour
	known int // minutes that could be counted, from the first report of the service on
	cells map[window.Cell]int64
}

// isYoung reports whether the service has so little history that its baselines
// are learned from minutes too.
func (s *Service) isYoung() bool { return s.until-s.knownFrom(s.until) < shortHistory }

// readMinutes adds the minutes up to now of a young service. If they cannot be
// read, what was learned before stays in use: the tick that asked reads the same
// store, and says so.
func (s *Service) readMinutes(ctx context.Context, store Minutes, service string, now time.Time) {
	to := window.Start(now.Add(-s.lag()))
	from := s.until.start()
	if at := s.recent.read.Start(); at.After(from) {
		from = at
	}
	if !from.Before(to) {
		return
	}
	buckets, err := store.Buckets(ctx, service, from, to)
	if err != nil {
		return
	}
	for _, b := range buckets {
		s.addMinute(b)
	}
	s.recent.read = window.MinuteOf(to)
}

// lag returns how long after their end minutes are learned from.
func (s *Service) lag() time.Duration {
	known := time.Duration(s.until-s.knownFrom(s.until)) * time.Hour
	for _, h := range s.recent.hours {
		known += window.Minute(h.known).Duration()
	}
	return min(max(known/lagShare, minLag), maxLag)
}

// addMinute adds a minute. Minutes without reports before the first report of the
// service tell nothing.
func (s *Service) addMinute(b window.Bucket) {
	if len(b.Problems) == 0 && len(s.recent.hours) == 0 && s.knownFrom(s.until) == s.until {
		return
	}
	at := hourOf(b.Start)
	last := len(s.recent.hours) - 1
	if last < 0 || s.recent.hours[last].at != at {
		s.recent.hours = append(s.recent.hours, newHour{at: at, cells: map[window.Cell]int64{}})
		last++
	}
	h := &s.recent.hours[last]
	if b.Known {
		h.known++
	}
	for _, c := range b.Problems {
		h.cells[Whole] += c.N
		h.cells[window.Cell{Country: c.Cell.Country}] += c.N
		if c.Cell.Symptom != "" {
			h.cells[window.Cell{Symptom: c.Cell.Symptom}] += c.N
		}
	}
	for _, v := range b.Visits {
		h.cells[VisitsFrom("")] += v.N
		h.cells[VisitsFrom(v.Cell.Country)] += v.N
	}
}

// forgetMinutes drops the minutes of hours that are final.
func (s *Service) forgetMinutes() {
	for len(s.recent.hours) > 0 && s.recent.hours[0].at < s.until {
		s.recent.hours = s.recent.hours[1:]
	}
}

// counts returns what was read of a cell by the hour. The last hour may be shorter.
func (m *newMinutes) counts(cell window.Cell) []detect.Count {
	var counts []detect.Count
	for _, h := range m.hours {
		width := min(time.Hour, m.read.Start().Sub(h.at.start()))
		if width <= 0 {
			continue
		}
		counts = append(counts, detect.Count{
			Start: h.at.start(), Width: width, N: float64(h.cells[cell]), Known: min(1, float64(h.known)/float64(window.Minutes(width))),
		})
	}
	return counts
}

// has reports whether a cell had reports.
func (m *newMinutes) has(cell window.Cell) bool {
	for _, h := range m.hours {
		if h.cells[cell] > 0 {
			return true
		}
	}
	return false
}

// ofYoung returns the baseline of a cell of a young service, learned from its hours
// and from the minutes since the last of them.
func (s *Service) ofYoung(cell window.Cell) *detect.Baseline {
	l := s.learnedOf(cell)
	if l.current != nil && l.minute == s.recent.read {
		return l.current
	}
	parent, end := s.parent, s.recent.read.Start()
	switch {
	case cell == Whole:
	case IsVisits(cell):
		parent = nil // people visit pages at other rates than they report
	default:
		if cell.Symptom == "" {
			end = end.In(s.zone(cell.Country))
		}
		parent = s.ofYoung(Whole).Scaled(1 / float64(1+s.siblings(cell, s.until)))
	}
	counts := append(s.hourly(cell, s.until-historyHours, s.until), s.recent.counts(cell)...)
	b := detect.Learn(counts, end, parent)
	if cell == Whole {
		b.LongestExposure = b.Exposure // others of its kind do not show what is usual here
	}
	l = s.learnedOf(cell) // learning the parent may have moved it
	l.current, l.minute, l.currentAt = b, s.recent.read, 0
	return b
}
