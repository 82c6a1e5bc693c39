package baseline

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// historyHours is HistoryLength in hours.
	historyHours = hour(HistoryLength / time.Hour)
	// relearn is how many hours pass before a baseline is learned anew. The hours
	// of learning are fixed on the clock, different for each service. So services
	// do not all learn at once, and a process that starts in between learns the
	// same as one that has run for long.
	relearn = hour(24)
	// spread is the time over which services add the last hour, each with its own
	// delay, so that they do not all read at one tick.
	spread = 30 * time.Minute
	// shortHistory is the history, in hours, up to which a baseline is learned
	// anew every hour.
	shortHistory = hour(48)
	// levelShift is the factor between the last hours and the baseline at which
	// the baseline is learned anew at once: the level may have changed for good.
	levelShift = 1.3
	// recentHours is how many hours a baseline is adapted to each hour.
	recentHours = hour(48)
)

// Service is the baselines of the cells of one service. It is safe for
// concurrent use.
type Service struct {
	zone  func(country string) *time.Location
	shift hour          // moves the hours of learning
	delay time.Duration // after which an hour that is final is added

	mu       sync.Mutex
	until    hour   // history was read up to here
	shared   hour   // hours before it were added to the kind
	coverage series // share of each hour in which counting worked
	cells    map[window.Cell]*cellHistory
	whole    learned          // of the service, which is asked for at every tick
	parent   *detect.Baseline // of its kind; nil without one
	recent   newMinutes       // while it is young
}

// cellHistory is what was counted in a cell, and the baseline learned from it.
type cellHistory struct {
	hourlyCounts
	learned
}

// learned is the baseline of one cell: as of the last hour of learning, and
// adapted to the last hours.
type learned struct {
	daily     *detect.Baseline // level, season and variance
	dailyAt   hour             // the hour as of which daily was learned
	current   *detect.Baseline // daily, adapted to the last hours
	currentAt hour             // the hour as of which current was made
	minute    window.Minute    // the minute as of which current was made, of a young service
}

func newService(service string, zone func(string) *time.Location) *Service {
	if zone == nil {
		zone = func(string) *time.Location { return time.UTC }
	}
	h := fnv.New32a()
	h.Write([]byte(service)) //nolint:errcheck // a hash never fails
	n := h.Sum32()
	return &Service{
		zone: zone, shift: hour(n % uint32(relearn)), delay: time.Duration(n/uint32(relearn)) * time.Second % spread,
		cells: map[window.Cell]*cellHistory{},
	}
}

// Of returns the baseline of a cell. That of a cell without reports is a share
// of the service's baseline.
func (s *Service) Of(cell window.Cell) *detect.Baseline {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ofLocked(cell)
}

// Learn brings the baseline of a cell up to date, so that the next call of Of
// takes no time.
func (s *Service) Learn(cell window.Cell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ofLocked(cell)
}

func (s *Service) ofLocked(cell window.Cell) *detect.Baseline {
	if len(s.recent.hours) > 0 && s.isYoung() {
		return s.ofYoung(cell)
	}
	l := s.learnedOf(cell)
	if l.currentAt == s.until && l.current != nil {
		return l.current
	}
	daily := s.daily(cell, s.learningHour())
	l.current, l.currentAt = daily.WithRecent(s.hourly(cell, s.until-recentHours, s.until), s.until.start()), s.until
	if f := l.current.Recent; f >= levelShift || f <= 1/levelShift {
		l.current = s.learnAsOf(cell, s.until)
	}
	return l.current
}

// learnedOf returns the place of what was learned of a cell.
func (s *Service) learnedOf(cell window.Cell) *learned {
	if cell == Whole {
		return &s.whole
	}
	return &s.cell(cell).learned
}

// learningHour returns the hour as of which baselines are to be learned now.
func (s *Service) learningHour() hour {
	if s.until-s.knownFrom(s.until) < shortHistory {
		return s.until
	}
	return s.until - (s.until+s.shift)%relearn
}

// daily returns the baseline of a cell as of an hour of learning.
func (s *Service) daily(cell window.Cell, as hour) *detect.Baseline {
	l := s.learnedOf(cell)
	if l.daily == nil || l.dailyAt != as {
		l.daily, l.dailyAt = s.learnAsOf(cell, as), as
	}
	return l.daily
}

// learnAsOf learns the baseline of a cell as of an hour.
func (s *Service) learnAsOf(cell window.Cell, as hour) *detect.Baseline {
	counts := s.hourly(cell, as-historyHours, as)
	if s.counts(cell).between(as-historyHours, as) < detect.MinSeasonReports {
		if days := s.byDay(cell, as); days != nil {
			counts = days
		}
	}
	return s.learnCell(cell, counts, as.start(), func() *detect.Baseline {
		return s.daily(Whole, s.learningHour()).Scaled(1 / float64(1+s.siblings(cell, as)))
	})
}

// learnCell learns the baseline of a cell from counts as of end. The parent of a country
// or symptom is its share of the service: the service lends its rhythm, and an equal
// share of its level to a cell without reports.
func (s *Service) learnCell(cell window.Cell, counts []detect.Count, end time.Time, share func() *detect.Baseline) *detect.Baseline {
	parent := s.parent
	switch {
	case cell == Whole:
	case IsVisits(cell):
		parent = nil // people visit pages at other rates than they report
	default:
		if cell.Symptom == "" {
			end = end.In(s.zone(cell.Country))
		}
		parent = share()
	}
	b := detect.Learn(counts, end, parent)
	if cell == Whole {
		b.LongestExposure = b.Exposure // others of its kind do not show what is usual here
	}
	return b
}

// siblings returns how many other cells of the same sort, countries or symptoms,
// had reports before an hour.
func (s *Service) siblings(cell window.Cell, as hour) int {
	n := 0
	for other, h := range s.cells {
		if areSiblings(cell, other) && h.before(as) {
			n++
		}
	}
	return n
}

// areSiblings reports whether two cells are different ones of the same sort.
func areSiblings(a, b window.Cell) bool {
	return a != b && b != Whole && !IsVisits(b) && (a.Symptom == "") == (b.Symptom == "")
}

// readLocked adds the hours that became final since the last reading. Hours
// whose rollups are not final yet are left for later.
func (s *Service) readLocked(ctx context.Context, history History, service string, until hour) error {
	from := max(s.until, until-relearn-historyHours)
	rollups, spans, err := history.Rollups(ctx, service, from.start(), until.start())
	if err != nil {
		return err
	}
	for _, r := range rollups {
		s.addRollup(r)
	}
	for _, span := range spans {
		share := s.coverage.cell(hourOf(span.Start))
		*share = min(1, *share+float64(span.Known)/float64(window.Minutes(time.Hour)))
	}
	s.forget(until - relearn - historyHours)
	s.until = until
	s.forgetMinutes()
	return nil
}

// addRollup adds what counts as independent in a rollup to the cells that it
// belongs to.
func (s *Service) addRollup(r window.Rollup) {
	if r.N <= 0 {
		return
	}
	eachCell(r.Kind, r.Cell, func(cell window.Cell) { s.cell(cell).add(hourOf(r.Start), r.Independent()) })
}

// eachCell calls f with the cells that learn from reports of a kind with this
// country and symptom.
func eachCell(kind report.Kind, c window.Cell, f func(window.Cell)) {
	switch kind {
	case report.Visit:
		f(VisitsFrom(""))
		f(VisitsFrom(c.Country))
	case report.Problem:
		f(Whole)
		f(window.Cell{Country: c.Country})
		if c.Symptom != "" {
			f(window.Cell{Symptom: c.Symptom})
		}
	}
}

// forget drops the hours before one, and the cells of which nothing remains.
func (s *Service) forget(before hour) {
	s.coverage.forget(before)
	for cell, h := range s.cells {
		if h.forget(before); len(h.hours) == 0 && h.daily == nil {
			delete(s.cells, cell)
		}
	}
}

// cell returns the history of a cell, which it creates if there is none.
func (s *Service) cell(cell window.Cell) *cellHistory {
	h := s.cells[cell]
	if h == nil {
		h = &cellHistory{}
		s.cells[cell] = h
	}
	return h
}

// knownFrom returns the hour from which the counts of the service tell something,
// as of another hour: that of its first report. Before it, nobody may have known
// the service, and silence says nothing about what is usual.
func (s *Service) knownFrom(as hour) hour {
	all := s.counts(Whole)
	if all == nil || len(all.hours) == 0 {
		return as
	}
	return max(s.coverage.from, min(as, s.until+all.hours[0].since(s.until)))
}

// counts returns what was counted in a cell, nil if nothing was.
func (s *Service) counts(cell window.Cell) *hourlyCounts {
	if h := s.cells[cell]; h != nil {
		return &h.hourlyCounts
	}
	return nil
}

// hourly returns the counts of a cell in the hours [from, to), oldest first and
// without gaps. An hour in which nobody could count has Known 0.
func (s *Service) hourly(cell window.Cell, from, to hour) []detect.Count {
	if len(s.coverage.values) == 0 {
		return nil
	}
	first := max(s.knownFrom(to), from)
	counts := make([]detect.Count, max(to-first, 0))
	for i := range counts {
		at := first + hour(i)
		counts[i] = detect.Count{Start: at.start(), Width: time.Hour, Known: s.coverage.at(at)}
	}
	s.counts(cell).each(first, to, func(at hour, n float64) { counts[at-first].N += n })
	return counts
}

// byDay returns the counts of a cell by the day, or nil if fewer than two whole
// days could be counted. Days are enough for a cell with few reports: hours would
// show no rhythm.
func (s *Service) byDay(cell window.Cell, as hour) []detect.Count {
	const day = 24
	first := as - historyHours
	counts := make([]detect.Count, historyHours/day)
	known := 0.0
	for i := range counts {
		start := first + hour(i)*day
		for at := start; at < start+day; at++ {
			if at >= s.knownFrom(as) {
				counts[i].Known += s.coverage.at(at) / day
			}
		}
		counts[i].Start, counts[i].Width = start.start(), day*time.Hour
		known += counts[i].Known
	}
	if known < float64(shortHistory)/day {
		return nil
	}
	s.counts(cell).each(first, as, func(at hour, n float64) { counts[(at-first)/day].N += n })
	return counts
}
