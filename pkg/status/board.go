package status

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// Store reads buckets, as a window.Store does.
type Store interface {
	Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error)
	Networks(ctx context.Context, service string, at time.Time, span time.Duration) (window.NetworkCounts, error)
}

// Archive reads rollups, which cover the time before the buckets.
type Archive interface {
	Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error)
}

// Baselines returns the baseline of a cell of a service.
type Baselines interface {
	Of(ctx context.Context, service string, cell window.Cell, now time.Time) (*detect.Baseline, error)
}

// Judge returns what the monitor concluded.
type Judge interface {
	// Live returns the latest verdict on a service and its live incident.
	Live(service string) incident.Live
	// Judged returns the time of the last tick that could read the counts.
	Judged() time.Time
}

// Exclusions are what operators took out of the counts of Store.
type Exclusions interface {
	// Of returns those of a service of minutes from since on that took something out,
	// oldest action first.
	Of(service string, since time.Time) []window.Exclusion
}

// Options are the parts a Board reads from.
type Options struct {
	Catalog   *catalog.Catalog
	Store     Store
	Archive   Archive
	Baselines Baselines
	Judge     Judge
	// Exclusions may be nil.
	Exclusions Exclusions
	// StaleAfter is the age of the last judgement after which a level is
	// unknown. It must be several ticks of the monitor. Zero means one minute.
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

// windowKey names a window of a service, narrowed to a country or a symptom.
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
	b.statusCache.ServeLastGood = isTemporary
	b.breakdownCache.ServeLastGood = isTemporary
	b.countryCache.ServeLastGood = isTemporary
	b.seriesCache.ServeLastGood = isTemporary
	b.totalsCache.ServeLastGood = isTemporary
	return b
}

// Caches returns the totals of the caches, by the names that metrics show.
func (b *Board) Caches() map[string]func() cache.Stats {
	return map[string]func() cache.Stats{
		"status": b.statusCache.Stats, "breakdown": b.breakdownCache.Stats, "countries": b.countryCache.Stats, "series": b.seriesCache.Stats, "totals": b.totalsCache.Stats,
	}
}

// isTemporary reports whether err is a failure of ours, which may be over at
// the next try, and not a wrong question.
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

// now returns the present, cut to a whole second. Everything before that second
// is counted, and all processes give the same answer within it.
func (b *Board) now() time.Time { return b.Now().UTC().Truncate(time.Second) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
