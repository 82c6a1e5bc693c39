package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// judged is the judgement of one service at one tick.
type judged struct {
	*watch
	incident.Judgement
	reading *reading // what was read of a service in trouble; nil otherwise
}

// isTroubled reports whether the service has a live incident or an anomaly.
func (j *judged) isTroubled() bool { return j.hasIncident() || j.Anomalous() }

// workspace is memory that is used again for each service that is judged. It
// carries nothing from one service to the next.
type workspace struct {
	minute   tally                           // of one bucket
	pending  tally                           // of the minutes that are not settled yet
	window   tally                           // of the default window
	states   map[window.Cell]*detect.State   // after closed minutes that are not settled yet
	verdicts map[window.Cell]*detect.Verdict // of countries and symptoms
	ended    map[window.Cell]time.Time       // ends of anomalies in the minutes consumed
}

func newWorkspace() *workspace {
	return &workspace{
		states: map[window.Cell]*detect.State{}, verdicts: map[window.Cell]*detect.Verdict{}, ended: map[window.Cell]time.Time{},
	}
}

// judgeInput is what the judgement of one service needs: what was read of it,
// and memory to work in.
type judgeInput struct {
	*reading
	work        *workspace
	windowAdded bool // work.window holds the counts of the service
}

// judge judges services by what was read of them. It leaves out services that
// cannot be judged; the error says why.
func (m *Monitor) judge(ctx context.Context, readings []*reading, work *workspace) (all []*judged, err error) {
	all = make([]*judged, 0, len(readings))
	for _, r := range readings {
		j, judgeErr := m.judgeService(ctx, &judgeInput{reading: r, work: work})
		if judgeErr != nil {
			err = errors.Join(err, fmt.Errorf("judge %s: %w", r.service, judgeErr))
			r.judgeAgain()
			continue
		}
		r.mustJudge = false
		one := &judged{watch: r.watch, Judgement: j}
		if one.isTroubled() {
			one.reading = r
		}
		all = append(all, one)
	}
	return all, err
}

// judgeService consumes the minutes that closed since the last tick, and judges
// those after them provisionally.
func (m *Monitor) judgeService(ctx context.Context, in *judgeInput) (incident.Judgement, error) {
	in.recent.set(in.defaultWindow())
	ended := m.consumeClosed(in)
	in.watch.pending = pendingOf(in.buckets, in.next)
	service, cells := m.preview(in)
	noteEnds(&service, cells, ended)

	j := incident.Judgement{At: in.now, Known: in.buckets[len(in.buckets)-1].Known, Service: service}
	addCells(&j, cells)
	if in.watch.incident != nil && !in.watch.incident.Dismissed.IsZero() {
		j = j.Dismiss(in.watch.incident.Dismissed)
	}
	if m.muteOf(in.service) != nil {
		j = j.Mute()
	}
	if !in.hasIncident() && !j.Anomalous() {
		return j, nil
	}
	err := m.attribute(ctx, in, &j)
	return j, err
}

// windowCounts returns the counts of the default window by cell. They are added
// up when they are first needed: most services do not need them.
func (in *judgeInput) windowCounts() *tally {
	if !in.windowAdded {
		in.work.window.reset()
		for _, b := range in.defaultWindow() {
			in.work.window.add(b)
		}
		in.windowAdded = true
	}
	return &in.work.window
}

// sourcesOf returns the sources of the recent reports of a cell. newest is the start
// of the bucket that is judged.
func (in *judgeInput) sourcesOf(cell window.Cell, newest time.Time) detect.Sources {
	return in.reading.sourcesOf(cell, newest, in.windowCounts)
}
