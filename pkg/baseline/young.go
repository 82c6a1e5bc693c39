package baseline

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/report"
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
	// BucketsOf returns for each of services its minutes in [from, to), oldest first
	// and without gaps.
	BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error)
	// NetworksOf returns for each of services the networks of its problems in the last
	// span up to at.
	NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error)
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

// Refresh has those of services that are young learn from the minutes of the store
// up to now. Their hours are those of the last call of Service. If the store cannot
// be read, what was learned before stays in use.
func (b *Set) Refresh(ctx context.Context, now time.Time, services ...string) error {
	if b.Minutes == nil {
		return nil
	}
	var young []*Service
	var names []string
	var from, to time.Time
	for _, name := range services {
		s, _ := b.entry(name)
		first, end := s.missingMinutes(now)
		if !first.Before(end) {
			continue
		}
		if len(young) == 0 || first.Before(from) {
			from = first
		}
		if end.After(to) {
			to = end
		}
		young, names = append(young, s), append(names, name)
	}
	if len(young) == 0 {
		return nil
	}
	buckets, err := b.Minutes.BucketsOf(ctx, names, from, to)
	if err != nil {
		return fmt.Errorf("learn from the last minutes of %d services: %w", len(names), err)
	}
	networks, err := b.Minutes.NetworksOf(ctx, names, now, window.SliceRetention)
	if err != nil {
		return fmt.Errorf("learn from the networks of %d services: %w", len(names), err)
	}
	for i, s := range young {
		s.addMinutes(buckets[i], networks[i], now)
	}
	return nil
}

// missingMinutes returns the minutes [from, to) that a young service is to learn
// from at now; none if from is not before to.
func (s *Service) missingMinutes(now time.Time) (from, to time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.missingMinutesLocked(now)
}

func (s *Service) missingMinutesLocked(now time.Time) (from, to time.Time) {
	if s.until == 0 || !s.isYoung() {
		return from, to
	}
	from, to = s.until.start(), window.Start(now.Add(-s.lag()))
	if read := s.recent.read.Start(); read.After(from) {
		from = read
	}
	return from, to
}

// addMinutes adds those of buckets that are missing at now. Of the reports of a holder
// that sent too many, it adds what counts; those of minutes whose networks are known no
// more count.
func (s *Service) addMinutes(buckets []window.Bucket, networks window.NetworkCounts, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to := s.missingMinutesLocked(now)
	if !from.Before(to) {
		return // somebody else added them
	}
	shares := map[window.Slice]map[string]float64{}
	for _, b := range buckets {
		if b.Start.Before(from) || !b.Start.Before(to) {
			continue
		}
		slice := window.SliceOf(b.Start)
		if _, found := shares[slice]; !found {
			shares[slice] = networks.Of(slice).Independence(slice)
		}
		s.addMinute(b.Independent(shares[slice]))
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
	h.add(report.Problem, b.Problems)
	h.add(report.Visit, b.Visits)
}

// add adds the reports of a kind in a minute.
func (h *newHour) add(kind report.Kind, counts []window.Count) {
	for _, c := range counts {
		eachCell(kind, c.Cell, func(cell window.Cell) { h.cells[cell] += c.N })
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

// newSiblings returns how many other cells of the same sort as cell had their first
// reports in the minutes that were read.
func (s *Service) newSiblings(cell window.Cell) int {
	found := map[window.Cell]bool{}
	for _, h := range s.recent.hours {
		for other := range h.cells {
			if c := s.counts(other); areSiblings(cell, other) && (c == nil || !c.before(s.until)) {
				found[other] = true
			}
		}
	}
	return len(found)
}

// ofYoung returns the baseline of a cell of a young service, learned from its hours
// and from the minutes since the last of them.
func (s *Service) ofYoung(cell window.Cell) *detect.Baseline {
	l := s.learnedOf(cell)
	if l.current != nil && l.minute == s.recent.read {
		return l.current
	}
	counts := append(s.hourly(cell, s.until-historyHours, s.until), s.recent.counts(cell)...)
	l.current = s.learnCell(cell, counts, s.recent.read.Start(), func() *detect.Baseline {
		return s.ofYoung(Whole).Scaled(1 / float64(1+s.siblings(cell, s.until)+s.newSiblings(cell)))
	})
	l.minute, l.currentAt = s.recent.read, 0
	return l.current
}
