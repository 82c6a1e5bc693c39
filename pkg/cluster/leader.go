package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/streak"
)

// ErrNotLeading is the error of a write in a term that is over.
var ErrNotLeading = errors.New("another process leads now")

// followInterval is the time between two looks for a new tick of the leader.
const followInterval = time.Second

// lastTick is what a Monitor needs of Conclusions.
type lastTick interface {
	SaveTick(ctx context.Context, term int64, at time.Time, services map[string]monitor.Assessment) error
	LastTick(ctx context.Context, since time.Time) (at time.Time, services map[string]monitor.Assessment, err error)
}

// Monitor is the monitor of one of many processes. While its process leads it
// judges every service and saves the results of each tick for the followers.
// While its process follows it shows the last tick of the leader.
//
// Tick and Run may not be called concurrently; Live and Judged may, at any time.
type Monitor struct {
	options   monitor.Options
	term      func() int64                     // in which this process leads; 0: it follows
	archiveOf func(term int64) monitor.Archive // for the writes of a term
	lastTick  lastTick
	view      *monitor.Monitor // what readers of this process see
	streak    *streak.Streak

	leading     *monitor.Monitor // judges in leadingTerm; nil while following
	leadingTerm int64
}

// NewMonitor returns a Monitor that follows until leases makes its process the
// leader. o.Archive is the archive that all processes share.
func NewMonitor(o monitor.Options, leases *Leases, c *Conclusions) *Monitor {
	if o.Actions != nil {
		o.Actions = termActions{o.Actions, c}
	}
	archiveOf := func(term int64) monitor.Archive { return &termArchive{c, o.Archive, term} }
	return assembleMonitor(o, leases.LeaderTerm, archiveOf, c)
}

func assembleMonitor(o monitor.Options, term func() int64, archiveOf func(term int64) monitor.Archive, t lastTick) *Monitor {
	return &Monitor{
		options: o, term: term, archiveOf: archiveOf, lastTick: t, view: monitor.New(o),
		streak: streak.New(o.Log, slog.LevelError, "the monitor could not judge; incidents stay as they are until it can", "the monitor judges again"),
	}
}

// Tick judges every active service at now if this process leads, and else
// follows the leader. Either way it records that this process can count.
func (m *Monitor) Tick(ctx context.Context, now time.Time) error {
	term := m.term()
	if term == 0 {
		return errors.Join(m.options.Store.Beat(ctx, now), m.follow(ctx))
	}
	if term != m.leadingTerm {
		if err := m.beginTerm(ctx, term, now); err != nil {
			return fmt.Errorf("continue from the last leader: %w", err)
		}
	}
	err := m.leading.Tick(ctx, now)
	if judged := m.leading.Judged(); judged.Equal(now.UTC()) {
		services := m.leading.Assessments()
		m.view.Adopt(judged, services)
		err = errors.Join(err, m.lastTick.SaveTick(ctx, term, judged, services))
	}
	return err
}

// beginTerm makes a monitor for a new term of this process, which continues
// from the conclusions of the term before.
func (m *Monitor) beginTerm(ctx context.Context, term int64, now time.Time) error {
	o := m.options
	o.Archive = m.archiveOf(term)
	o.Publisher = noPublisher{} // view and Relay publish in every process
	next := monitor.New(o)
	if err := next.Restore(ctx, now); err != nil {
		return err
	}
	m.leading, m.leadingTerm = next, term
	return nil
}

// follow shows the last tick of the leader if it is new.
func (m *Monitor) follow(ctx context.Context) error {
	m.leading, m.leadingTerm = nil, 0
	at, services, err := m.lastTick.LastTick(ctx, m.view.Judged())
	if err == nil && at.After(m.view.Judged()) {
		m.view.Adopt(at, services)
	}
	return err
}

// Run ticks every interval until ctx ends, and then saves the states of the
// detector if this process leads. A failed tick is made up for by the next one.
func (m *Monitor) Run(ctx context.Context, interval time.Duration) error {
	ticks, looks := time.NewTicker(interval), time.NewTicker(followInterval)
	defer ticks.Stop()
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			if m.leading != nil {
				return m.leading.Save(context.WithoutCancel(ctx))
			}
			return nil
		case now := <-ticks.C:
			m.note(ctx, m.Tick(ctx, now))
		case now := <-looks.C:
			switch term := m.term(); {
			case term == 0:
				m.note(ctx, m.follow(ctx))
			case term != m.leadingTerm: // no leader has judged for a while
				m.note(ctx, m.Tick(ctx, now))
			}
		}
	}
}

func (m *Monitor) note(ctx context.Context, err error) {
	if ctx.Err() == nil {
		m.streak.Note(err)
	}
}

// Assessments returns the assessments of the last tick of any leader.
func (m *Monitor) Assessments() map[string]monitor.Assessment { return m.view.Assessments() }

// Live returns what is known of service right now.
func (m *Monitor) Live(service string) incident.Live { return m.view.Live(service) }

// Judged returns the time of the last tick, of any process, that could count and
// read the counts.
func (m *Monitor) Judged() time.Time { return m.view.Judged() }

// noPublisher discards events.
type noPublisher struct{}

func (noPublisher) Publish(...publish.Event) {}
