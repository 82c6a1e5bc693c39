package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/dispatch"
)

const (
	// drainTime is how long open requests may take once the server stops.
	drainTime = 20 * time.Second
	// Event streams end when the hub closes; all other requests are short.
	readTime  = 10 * time.Second
	writeTime = 30 * time.Second
	idleTime  = 2 * time.Minute
	// headroom is the size of an allocation that is never touched, and so takes no
	// memory. It makes the garbage collector run less often: it runs when the heap
	// has doubled, which in a small server with a few MB of live objects is twenty
	// times a second under load.
	headroom = 16 << 20
)

// Serve runs Outcry until ctx ends. Then it takes no new request, answers those
// it has, counts every accepted report, and closes the store last. It calls
// started once with its address when it answers requests.
//
// When somebody replaces its data folder by another, it begins anew with that one.
func Serve(ctx context.Context, cfg config.Config, log *slog.Logger, started func(net.Addr)) (err error) {
	var l keptListener
	defer func() { err = errors.Join(err, l.end()) }()
	for {
		err := serveOnce(ctx, cfg, log, &l, started)
		if !errors.Is(err, errReopen) || ctx.Err() != nil {
			return err
		}
		started = func(net.Addr) { log.Info("the server goes on with the files in the data folder") }
	}
}

// serveOnce does what Serve does, until ctx ends or the error is errReopen.
func serveOnce(ctx context.Context, cfg config.Config, log *slog.Logger, l *keptListener, started func(net.Addr)) (err error) {
	p, err := Open(ctx, cfg, log, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	defer runtime.KeepAlive(make([]byte, headroom))

	p.mode.start(ctx)
	// The first tick shows that counting works, and gives the first visitor a
	// level instead of "unknown".
	if err := p.Monitor.Tick(ctx, time.Now()); err != nil {
		return fmt.Errorf("tick for the first time: %w", err)
	}
	// Baselines are learned now, not while the first visitor waits.
	if _, err := p.board.Statuses(ctx); err != nil {
		return fmt.Errorf("learn the baselines: %w", err)
	}
	handler, err := p.watchedHandler()
	if err != nil {
		return err
	}
	listener, err := l.listen(cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s (OUTCRY_LISTEN says where): %w", cfg.Listen, err)
	}
	metricsListener, err := listenMetrics(cfg.MetricsListen)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	dispatcher, err := p.newDispatcher()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return p.run(ctx, dispatcher, newServer(handler, log), listener, metricsListener, started)
}

// newServer returns a server with limits for slow and silent clients.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          serverLog(log),
	}
}

// run runs the parts until ctx ends or one of them fails. They end in the order of
// the flow: first what takes reports, then what counts them, then what reads the
// counts.
func (p *Parts) run(ctx context.Context, dispatcher *dispatch.Dispatcher, server *http.Server, listener, metricsListener net.Listener, started func(net.Addr)) error {
	work := NewGroup(context.WithoutCancel(ctx))
	stopMode := p.mode.run(work)
	ingesting := work.Run("ingest", p.Ingester.Run)
	blocking := work.Run("blocks", p.blocks.Run)
	excluding := work.Run("exclusions", p.counts.Run)
	monitoring := work.Run("monitor", func(ctx context.Context) error { return p.Monitor.Run(ctx, p.config.Tick) })
	dispatching := work.Run("dispatch", dispatcher.Run)
	tidying := work.Run("housekeeping", p.keepTidy)
	serving := work.Run("http", func(context.Context) error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve requests: %w", err)
		}
		return nil
	})
	metrics := work.Run("metrics", func(ctx context.Context) error { return p.serveMetrics(ctx, metricsListener, p.log) })
	started(listener.Addr())

	select {
	case <-ctx.Done():
	case <-work.firstFailure:
	}
	p.log.Info("draining")
	p.hub.Close()
	drain(context.WithoutCancel(ctx), server, p.log)
	serving.Stop()
	ingesting.Stop()
	blocking.Stop()
	excluding.Stop()
	monitoring.Stop()
	dispatching.Stop()
	tidying.Stop()
	stopMode()
	metrics.Stop()
	p.log.Info("stopped")
	return work.Err()
}

// drain lets open requests end, and cuts off those that take too long.
func drain(ctx context.Context, server *http.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("some requests did not end in time and are cut off", "error", err)
		if err := server.Close(); err != nil {
			log.Warn("a connection did not close", "error", err)
		}
	}
}
