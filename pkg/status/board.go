package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// Store is what the board needs of window.Store.
type Store interface {
	Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error)
}

// Archive is what the board needs of the archive, for what is older than the
// buckets.
type Archive interface {
	Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error)
}

// Baselines says what is usual.
type Baselines interface {
	Of(ctx context.Context, service string, cell window.Cell, now time.Time) (*detect.Baseline, error)
}

// Judge is what the board needs of the monitor.
type Judge interface {
	// Live returns what is known of a service right now.
	Live(service string) incident.Live
	// Judged returns the time of the last tick that could read what was counted.
	Judged() time.Time
}

// Options are the parts a Board reads from.
type Options struct {
	Catalog   *catalog.Catalog
	Store     Store
	Archive   Archive
	Baselines Baselines
	Judge     Judge
	// Stale is how old the monitor's judgement may be before a level is unknown
	// rather than what it was. It must be some ticks of the monitor; zero is a
	// minute.
	StaleAfter time.Duration
	Now        func() time.Time
}

// Board answers readers. It is safe for concurrent use.
type Board struct {
	Options
	statusCache    *cache.Cache[string, Status]
	breakdownCache *cache.Cache[windowKey, Breakdown]
	countryCache   *cache.Cache[windowKey, Countries]
	seriesCache    *cache.Cache[seriesKey, Series]
	totalsCache    *cache.Cache[totalsKey, Totals]
}

// cut is a window of a service, narrowed to a country or a symptom.
type windowKey struct {
	service string
	window  time.Duration
	cell    window.Cell
}

// New returns a Board over its parts.
func New(o Options) *Board {
	if o.StaleAfter == 0 {
		o.StaleAfter = time.Minute
	}
	b := &Board{
		Options:        o,
		statusCache:    cache.New[string, Status](time.Second, 4096),
		breakdownCache: cache.New[windowKey, Breakdown](time.Second, 1024),
		countryCache:   cache.New[windowKey, Countries](time.Second, 1024),
		seriesCache:    cache.New[seriesKey, Series](5*time.Second, 1024),
		totalsCache:    cache.New[totalsKey, Totals](5*time.Second, 1024),
	}
	b.seriesCache.Cacheable = func(s Series) bool { return len(s.Points) <= maxCachedPoints }
	b.statusCache.ServeLastGood, b.breakdownCache.ServeLastGood, b.countryCache.ServeLastGood = isTemporary, isTemporary, isTemporary
	b.seriesCache.ServeLastGood, b.totalsCache.ServeLastGood = isTemporary, isTemporary
	return b
}

// cannotLook tells whether err says nothing but that nobody can look now.
func isTemporary(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Internal || kind == fault.Unavailable
}

// service returns the catalog's entry, or a NotFound error.
func (b *Board) service(slug string) (*catalog.Service, error) {
	s, ok := b.Catalog.Service(slug)
	if !ok {
		return nil, &fault.Error{Kind: fault.NotFound, Field: "service", Msg: "there is no such service; GET /api/v1/services lists them"}
	}
	return s, nil
}

// now is the second that an answer is made in. Whole seconds are honest (all
// that came before is counted), and make the answers of one second the same,
// whichever process gives them.
func (b *Board) now() time.Time { return b.Now().UTC().Truncate(time.Second) }

// Status returns how a service is.
func (b *Board) Status(ctx context.Context, slug string) (Status, error) {
	if _, err := b.service(slug); err != nil {
		return Status{}, err
	}
	now := b.now()
	s, err := b.statusCache.Get(ctx, slug, now, func(ctx context.Context) (Status, error) { return b.readStatus(ctx, slug, now) })
	if err != nil {
		return Status{}, err
	}
	if now.Sub(s.AsOf) > b.StaleAfter { // the last one that could be told, to whoever asked then
		s.unknownSince(later(s.AsOf, b.Judge.Judged()))
	}
	return s, nil
}

// Statuses returns how every service of the catalog is, in catalog order.
func (b *Board) Statuses(ctx context.Context) ([]Status, error) {
	all := make([]Status, 0, len(b.Catalog.Services()))
	for _, s := range b.Catalog.Services() {
		one, err := b.Status(ctx, s.Slug)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (b *Board) readStatus(ctx context.Context, slug string, now time.Time) (Status, error) {
	read := b.Now().UTC()
	where, counted, err := b.countWhere(ctx, windowKey{service: slug, window: window.Default}, now)
	if err != nil {
		return Status{}, err
	}
	usual, err := b.Baselines.Of(ctx, slug, window.Cell{}, now)
	if err != nil {
		return Status{}, err
	}
	j := b.Judge.Live(slug)
	s := Status{
		Service: slug, Level: detect.OK, AsOf: now, ReadAt: read, Window: window.Default,
		Observed: where.Total, Expected: counted.expect(usual),
		Networks: j.Verdict.Networks, Confidence: j.Verdict.Confidence, Reason: j.Verdict.Reason,
		Countries: where.Countries, LastKnown: j.LastKnown,
	}
	if s.Reason.Code == "" {
		s.Reason.Code = detect.ReasonUsual
	}
	if w := j.Verdict.Window; w > 0 { // readers see one window: the verdict's may be another
		s.Reason.Below *= float64(s.Window) / float64(w)
	}
	if inc := j.Incident; inc != nil {
		s.Level, s.State, s.Incident, s.Since = inc.Level, inc.State, inc.ID, since(inc)
		if inc.State != incident.Resolved {
			s.EchoOf = inc.EchoOf
		}
	}
	judged := b.Judge.Judged()
	if !j.At.IsZero() { // one service may not be judged while the others are
		judged = earlier(judged, j.At)
	}
	if now.Sub(judged) > b.StaleAfter {
		s.unknownSince(judged)
	}
	return s, nil
}

// unknownSince makes s that of a service of which nothing is known since at.
func (s *Status) unknownSince(at time.Time) {
	s.Level, s.LastKnown, s.Since, s.EchoOf = detect.Unknown, at, at, ""
	s.Reason = detect.Reason{Code: detect.ReasonNotCounted}
}

// since is when an incident took its present level.
func since(inc *incident.Incident) time.Time {
	if inc.State == incident.Resolved {
		return inc.Resolved
	}
	if !inc.Declared.IsZero() {
		return inc.Declared
	}
	return inc.Suspected
}

// Breakdown returns how the window of a service splits by symptom, in one
// country or, with country "", in all.
func (b *Board) Breakdown(ctx context.Context, slug string, w time.Duration, country string) (Breakdown, error) {
	s, err := b.service(slug)
	if err != nil {
		return Breakdown{}, err
	}
	now := b.now()
	c := windowKey{slug, w, window.Cell{Country: country}}
	return b.breakdownCache.Get(ctx, c, now, func(ctx context.Context) (Breakdown, error) {
		buckets, err := b.Store.Buckets(ctx, slug, windowStart(now, w), now.Add(window.Width))
		if err != nil {
			return Breakdown{}, fmt.Errorf("split %s by symptom: %w", slug, err)
		}
		counts := map[string]int64{}
		for _, bucket := range buckets {
			for _, n := range bucket.Problems {
				if country == "" || n.Country == country {
					counts[n.Symptom] += n.N
				}
			}
		}
		return split(s.Symptoms, counts, now, w), nil
	})
}

// Countries returns where the reports of a window come from, those with one
// symptom or, with symptom "", all.
func (b *Board) Countries(ctx context.Context, slug string, w time.Duration, symptom string) (Countries, error) {
	if _, err := b.service(slug); err != nil {
		return Countries{}, err
	}
	now := b.now()
	c := windowKey{slug, w, window.Cell{Symptom: symptom}}
	return b.countryCache.Get(ctx, c, now, func(ctx context.Context) (Countries, error) {
		where, _, err := b.countWhere(ctx, c, now)
		return where, err
	})
}

// countWhere counts a cut by country, and tells which part of its window could
// be counted.
func (b *Board) countWhere(ctx context.Context, c windowKey, now time.Time) (Countries, countedTime, error) {
	buckets, err := b.Store.Buckets(ctx, c.service, windowStart(now, c.window), now.Add(window.Width))
	if err != nil {
		return Countries{}, nil, fmt.Errorf("count %s by country: %w", c.service, err)
	}
	counted := countedTimeOf(buckets, now)
	counts := map[string]int64{}
	var all int64
	for _, bucket := range buckets {
		for _, n := range bucket.Problems {
			if c.cell.Symptom == "" || n.Symptom == c.cell.Symptom {
				counts[n.Country] += n.N
				all += n.N
			}
		}
	}
	where := Countries{AsOf: now, Window: c.window, Total: all, Countries: make([]Country, 0, len(counts))}
	judged := b.Judge.Live(c.service)
	for code, n := range counts {
		usual, err := b.baseline(ctx, c.service, window.Cell{Country: code, Symptom: c.cell.Symptom}, now)
		if err != nil {
			return Countries{}, nil, err
		}
		where.Countries = append(where.Countries, Country{
			Code: code, Count: n, Expected: counted.expect(usual), Share: float64(n) / float64(all),
			Level: judged.Countries[code].Level, PerMillion: b.perMillion(code, n),
		})
	}
	slices.SortFunc(where.Countries, mostReports)
	return where, counted, nil
}

func (b *Board) perMillion(code string, n int64) float64 {
	c, ok := b.Catalog.Country(code)
	if !ok || c.Population == 0 {
		return 0
	}
	return float64(n) / float64(c.Population) * 1e6
}

// windowStart is the start of the window w that ends with the bucket of now.
func windowStart(now time.Time, w time.Duration) time.Time {
	return window.Start(now).Add(window.Width - w)
}
