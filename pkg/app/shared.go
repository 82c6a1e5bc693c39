package app

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/cluster"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/window"
)

// shared is what many processes have in common in the distributed mode, and
// what carries between its parts.
type shared struct {
	conn        *redisconn.Conn
	archive     *archive.Postgres
	identity    string // of the archive
	source      *redisstore.Journal
	carrier     *journal.Archiver
	restorer    *journal.Restorer
	leases      *cluster.Leases
	limiter     *cluster.Limiter
	conclusions *cluster.Conclusions
	archivist   *cluster.Archivist
	relay       *cluster.Relay
}

// openShared connects to what the processes of the distributed mode share. This
// one writes no file.
func (p *parts) openShared(ctx context.Context, now time.Time) (err error) {
	s := &shared{}
	p.shared = s
	if s.archive, err = archive.OpenPostgres(ctx, p.config.DatabaseURL, archive.Options{Log: p.log}); err != nil {
		return err
	}
	p.archive = s.archive.Archive
	p.closers = append(p.closers, p.archive.Close)
	if err := s.archive.Mark(ctx, p.config.Simulated); err != nil {
		return err
	}
	if err := s.archive.Prepare(ctx, now); err != nil {
		return err
	}
	if s.conn, err = redisconn.Open(ctx, redisconn.Options{URL: p.config.RedisURL, Cluster: p.config.RedisCluster, Log: p.log}); err != nil {
		return err
	}
	p.closers = append(p.closers, s.conn.Close)
	if s.identity, err = s.archive.Identity(ctx); err != nil {
		return err
	}
	if err := cluster.BindArchive(ctx, s.conn, s.identity); err != nil {
		return err
	}

	windows := redisstore.New(s.conn, redisstore.Options{Unlimited: p.unlimited(), Log: p.log})
	p.store = windows
	p.keys = cluster.NewDayKeys(s.conn)
	s.limiter = cluster.NewLimiter(s.conn)
	p.limiter = s.limiter
	s.leases = cluster.NewLeases(s.conn, p.log)
	s.source = redisstore.NewJournal(s.conn)
	s.restorer = journal.NewRestorer(windows, s.archive, s.leases.Held, p.log)
	s.carrier = journal.NewArchiver(s.source, s.archive, s.restorer, p.log)
	s.conclusions = cluster.NewConclusions(s.conn, s.leases)
	s.archivist = cluster.NewArchivist(s.conclusions, p.archive, s.leases, p.log)
	p.events = s.conclusions
	s.relay = cluster.NewRelay(s.conclusions, p.hub, p.log)
	return s.relay.Skip(ctx)
}

// begin lets the first of many processes lead before it answers anybody.
func (s *shared) begin(ctx context.Context) {
	if s != nil {
		s.leases.Renew(ctx)
	}
}

// run starts what carries between the parts; the function that it returns ends
// it, what feeds others first. Of no shared parts nothing runs.
func (s *shared) run(work *group) (stop func()) {
	if s == nil {
		return func() {}
	}
	running := []*part{
		work.run("journal", s.carrier.Run),
		work.run("restore", s.restorer.Run),
		work.run("incidents", s.archivist.Run),
		work.run("events", s.relay.Run),
		work.run("limits", s.limiter.Run),
		work.run("leases", s.leases.Run),
		work.run("redis", s.conn.Run),
	}
	return func() {
		for _, p := range running {
			p.stop()
		}
	}
}

// archivedUpTo returns the time, at most now, before which everything that was
// counted is in the archive.
func (s *shared) archivedUpTo(ctx context.Context, now time.Time) (time.Time, error) {
	waiting, err := s.source.Backlog(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("look at the backlog of the archive: %w", err)
	}
	return now.Add(-waiting.Age(now)), nil
}

// backlog says how far the archive is behind, for people.
func (s *shared) backlog(now time.Time) string {
	b := s.carrier.Stats().Backlog
	if b == nil {
		return "archive backlog: unknown\n"
	}
	return fmt.Sprintf("archive backlog: %d batches of reports, the oldest %s old\n", b.Entries, b.Age(now).Truncate(time.Second))
}

// away says which part of Redis does not answer, for people.
func (s *shared) away() string {
	if n := s.conn.Unreachable(); n > 0 {
		return fmt.Sprintf("Redis: %d of %d partitions do not answer\n", n, window.Partitions)
	}
	return ""
}
