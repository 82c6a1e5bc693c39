package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
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

// ErrAtOnce is the cause of a context that ends when nobody sends requests to
// another process first.
var ErrAtOnce = errors.New("stop at once")

// Surroundings are what a server has to do with whoever started it.
type Surroundings struct {
	// Started is called once with the address of the server when it answers requests.
	Started func(net.Addr)
	// Reload asks the server to read again what can change while it runs.
	Reload <-chan os.Signal
	// Tell tells a service manager about a new state, as sd_notify(3) does. It may
	// be nil.
	Tell func(state string)
}

// Serve runs Outcry until ctx ends. Then /readyz answers 503, and the server goes on
// for cfg.DrainWait, unless the cause is ErrAtOnce. After that it takes no new
// request, answers those it has, counts every accepted report, and closes the store
// last.
//
// When somebody replaces its data folder by another, it begins anew with that one.
func Serve(ctx context.Context, cfg config.Config, log *slog.Logger, around Surroundings) (err error) {
	if around.Tell == nil {
		around.Tell = func(string) {}
	}
	// It comes first, while all memory is new: the runtime clears memory that it uses again.
	defer runtime.KeepAlive(make([]byte, headroom))
	var l keptListener
	defer func() { err = errors.Join(err, l.end()) }()
	for {
		err := serveOnce(ctx, cfg, log, &l, around)
		if !errors.Is(err, errReopen) || ctx.Err() != nil {
			return err
		}
		around.Started = func(net.Addr) { log.Info("the server goes on with the files in the data folder") }
	}
}

// serveOnce does what Serve does, until ctx ends or the error is errReopen.
func serveOnce(ctx context.Context, cfg config.Config, log *slog.Logger, l *keptListener, around Surroundings) (err error) {
	p, err := Open(ctx, cfg, log, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	p.mode.start(ctx)
	tick := p.beginFirstTick(ctx)
	defer tick.end()
	if err := tick.within(firstTickWait); err != nil {
		return err
	}
	handler, err := p.newHandler()
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
	return p.run(ctx, endpoints{
		handler: handler, dispatcher: p.newDispatcher(), server: newServer(p.untilStop(handler), log),
		listener: listener, metricsListener: metricsListener, around: around, tick: tick,
	})
}

// endpoints is what run serves besides the parts.
type endpoints struct {
	handler                   *liveHandler
	dispatcher                *dispatch.Dispatcher
	server                    *http.Server
	listener, metricsListener net.Listener
	around                    Surroundings
	tick                      *firstTick
}

// untilStop returns a handler that asks clients to use another connection for their
// next request once the server is about to stop, so that none is sent on a
// connection that closes.
func (p *Parts) untilStop(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
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
func (p *Parts) run(ctx context.Context, s endpoints) error {
	work := NewGroup(context.WithoutCancel(ctx))
	stopMode := p.mode.run(work)
	ingesting := work.Run("ingest", p.Ingester.Run)
	blocking := work.Run("blocks", p.blocks.Run)
	excluding := work.Run("exclusions", p.counts.Run)
	monitoring := work.Run("monitor", func(ctx context.Context) error {
		if err := s.tick.wait(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the first tick was not complete; the next one makes up for it", "error", err)
		}
		return p.Monitor.Run(ctx, p.config.Tick)
	})
	dispatching := work.Run("dispatch", s.dispatcher.Run)
	tidying := work.Run("housekeeping", p.keepTidy)
	answering := work.Run("http", func(context.Context) error {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve requests: %w", err)
		}
		return nil
	})
	metrics := work.Run("metrics", func(ctx context.Context) error { return p.serveMetrics(ctx, s.metricsListener, p.log) })
	warming := work.Run("warm-up", func(ctx context.Context) error {
		if err := s.tick.wait(ctx); err != nil {
			return nil // it was logged, and the baselines are learned when they are needed
		}
		return p.warmUp(ctx)
	})
	reloading := work.Run("reload", func(ctx context.Context) error {
		return p.reloadWhenAsked(ctx, s.handler, s.around.Reload, s.around.Tell)
	})
	s.around.Started(s.listener.Addr())
	s.around.Tell("READY=1")

	select {
	case <-ctx.Done():
	case <-work.firstFailure:
	}
	if ctx.Err() != nil {
		s.around.Tell("STOPPING=1")
	}
	p.standAside(ctx, work)
	p.log.Info("stopping: no new request is taken, open ones are answered; a second signal ends the process at once")
	reloading.Stop()
	warming.Stop()
	if ctx.Err() != nil {
		s.refuseNew(p.log)
	}
	p.hub.Close()
	drain(context.WithoutCancel(ctx), s.server, p.log)
	answering.Stop()
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

// warmUp learns the baselines of all services, so that no visitor waits for them, and
// then gives back the memory that only the start needed. With the history of many
// services it takes seconds, in which reports are counted already.
func (p *Parts) warmUp(ctx context.Context) error {
	p.Locator.Country(netip.IPv6Loopback()) // it unpacks its table at the first address
	if _, err := p.board.Statuses(ctx); err != nil {
		if ctx.Err() == nil {
			p.log.Warn("the usual numbers of some services are not read yet; they are read when they are needed", "error", err)
		}
		return nil
	}
	if err := releaseMemory(); err != nil {
		p.log.Debug("memory that only the start needed is not released", "error", err)
	}
	return nil
}

// standAside makes /readyz answer 503 and gives those who send requests here the
// time to notice, while everything is served as before. It returns at once when a
// part has failed, or when ctx ended because of ErrAtOnce.
func (p *Parts) standAside(ctx context.Context, work *Group) {
	p.draining.Store(true)
	if ctx.Err() == nil || errors.Is(context.Cause(ctx), ErrAtOnce) || p.config.DrainWait == 0 {
		return
	}
	p.log.Info("about to stop: /readyz answers 503, requests are still served", "for", p.config.DrainWait)
	timer := time.NewTimer(p.config.DrainWait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-work.firstFailure:
	}
}

// refuseNew lets no further connection begin and waits until those that did have been
// accepted.
func (s endpoints) refuseNew(log *slog.Logger) {
	kept, ok := s.listener.(*keptListener)
	if !ok {
		return
	}
	if err := refuseNew(kept.TCPListener); err != nil {
		log.Debug("connections that begin while the server stops may be reset", "error", err)
	}
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
