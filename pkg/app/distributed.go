package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/cluster"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/window"
)

// Distributed is the mode of many processes that share a Redis and a Postgres.
// They write no files.
type Distributed struct {
	Conn     *redisconn.Conn
	Archive  *archive.Postgres
	Journal  *redisstore.Journal
	Archiver *journal.Archiver

	archiveID   string
	restorer    *journal.Restorer
	leases      *cluster.Leases
	limiter     *cluster.Limiter
	conclusions *cluster.Conclusions
	archivist   *cluster.Archivist
	relay       *cluster.Relay
	erasure     *cluster.Erasure
}

// openDistributed connects to Redis and Postgres.
func (p *Parts) openDistributed(ctx context.Context, now time.Time) (err error) {
	d := &Distributed{}
	p.mode = d
	if d.Archive, err = archive.OpenPostgres(ctx, p.config.DatabaseURL, p.archiveOptions(false)); err != nil {
		return err
	}
	p.Archive = d.Archive.Archive
	p.closers = append(p.closers, p.Archive.Close)
	if err := d.Archive.Mark(ctx, p.config.Simulated); err != nil {
		return err
	}
	if err := d.Archive.Prepare(ctx, now); err != nil {
		return err
	}
	if d.Conn, err = redisconn.Open(ctx, redisconn.Options{URL: p.config.RedisURL, Cluster: p.config.RedisCluster, Log: p.log}); err != nil {
		return err
	}
	p.closers = append(p.closers, d.Conn.Client.Close)
	if d.archiveID, err = d.Archive.Identity(ctx); err != nil {
		return err
	}
	if err := cluster.BindArchive(ctx, d.Conn, d.archiveID); err != nil {
		return err
	}

	windows := redisstore.New(d.Conn, redisstore.Options{Unlimited: p.unlimited(), Log: p.log})
	d.limiter = cluster.NewLimiter(d.Conn)
	p.Store, p.DayKeys, p.limiter = windows, cluster.NewDayKeys(d.Conn), d.limiter
	d.erasure = cluster.NewErasure(d.Conn)
	d.leases = cluster.NewLeases(d.Conn, p.log)
	d.Journal = redisstore.NewJournal(d.Conn)
	d.restorer = journal.NewRestorer(windows, d.Archive, d.leases.Held, p.log)
	d.Archiver = journal.NewArchiver(d.Journal, d.Archive, d.restorer, p.log)
	d.conclusions = cluster.NewConclusions(d.Conn, d.leases)
	d.archivist = cluster.NewArchivist(d.conclusions, p.Archive, d.leases, p.log)
	p.events = d.conclusions
	d.relay = cluster.NewRelay(d.conclusions, p.hub, p.log)
	return d.relay.Skip(ctx)
}

func (d *Distributed) newMonitor(_ context.Context, o monitor.Options, _ time.Time) (Monitor, error) {
	return cluster.NewMonitor(o, d.leases, d.conclusions), nil
}

// start makes the first of many processes the leader before it answers requests.
func (d *Distributed) start(ctx context.Context) { d.leases.Renew(ctx) }

func (d *Distributed) run(g *Group) (stop func()) {
	running := []*Part{
		g.Run("journal", d.Archiver.Run),
		g.Run("restore", d.restorer.Run),
		g.Run("incidents", d.archivist.Run),
		g.Run("events", d.relay.Run),
		g.Run("limits", d.limiter.Run),
		g.Run("leases", d.leases.Run),
		g.Run("redis", d.Conn.Run),
	}
	return func() {
		for _, p := range running {
			p.Stop()
		}
	}
}

// ready needs no archive: a process can answer without it.
func (d *Distributed) ready(_ context.Context, now time.Time) (string, error) {
	notes := "archive backlog: unknown\n"
	if b := d.Archiver.Stats().Backlog; b != nil {
		notes = fmt.Sprintf("archive backlog: %d batches of reports, the oldest %s old\n", b.Entries, b.Age(now).Truncate(time.Second))
	}
	if n := d.Conn.Unreachable(); n > 0 {
		notes += fmt.Sprintf("Redis: %d of %d partitions do not answer\n", n, window.Partitions)
	}
	return notes, nil
}

// tidy does nothing unless this process leads.
func (d *Distributed) tidy(ctx context.Context, now time.Time, hourly bool) (archivedUpTo time.Time, tidies bool, err error) {
	if d.leases.LeaderTerm() == 0 {
		return time.Time{}, false, nil
	}
	backlog, err := d.Journal.Backlog(ctx)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read the backlog of the archive: %w", err)
	}
	err = errors.Join(
		wrap("confirm which archive Redis is bound to", cluster.BindArchive(ctx, d.Conn, d.archiveID)),
		wrap("erase old day keys from the files of Redis", d.erasure.Run(ctx, now)),
		wrap("prepare the archive", d.Archive.Prepare(ctx, now)),
		wrap("forget old incidents", d.conclusions.Forget(ctx, now.Add(-incident.Defaults().ReopenWithin))),
	)
	if hourly {
		err = errors.Join(err, wrap("forget archivers that are gone", d.Journal.Forget(ctx, 24*time.Hour)))
	}
	return now.Add(-backlog.Age(now)), true, err
}

func (d *Distributed) dispatches() func() bool { return d.leases.Dispatches }

// leads reports whether this process judges all services.
func (d *Distributed) leads() bool { return d.leases.LeaderTerm() != 0 }

func (d *Distributed) collectors() []prometheus.Collector {
	return []prometheus.Collector{archivingMetrics{d.Archiver, time.Now}}
}
