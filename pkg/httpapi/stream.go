package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/publish"
)

const (
	// heartbeat is shorter than the half minute after which careful proxies and
	// carriers give up a silent connection.
	heartbeat = 20 * time.Second
	// patience is how long one write may take before the reader counts as gone.
	patience = 10 * time.Second
	// replayPage is how many events are read from the log at once.
	replayPage = 500
)

// Parts of a stream besides the events.
var (
	retryFrame = []byte("retry: 3000\n\n")
	beatFrame  = []byte(":\n\n")
)

// StreamEvents sends events as they come, after those that a returning client
// missed.
func (a *API) StreamEvents(c *gin.Context, p api.StreamEventsParams) {
	filter, last, err := a.streamOf(p)
	if err != nil {
		a.fail(c, err)
		return
	}
	addr := a.address(c)
	if err := a.streams.open(addr); err != nil {
		a.fail(c, err)
		return
	}
	defer a.streams.close(addr)
	// The subscription comes before the replay, so that nothing falls between.
	sub, err := a.Hub.Subscribe(filter)
	if err != nil {
		a.fail(c, err)
		return
	}
	defer sub.Close()
	r := replay{log: a.Events, filter: filter, simulated: a.Simulated, after: last}
	if p.LastEventID != "" {
		if err := r.read(c.Request.Context()); err != nil {
			a.fail(c, err)
			return
		}
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or some proxies collect what should flow
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	if c.Request.Method == http.MethodHead {
		return
	}
	if err := a.follow(c.Request.Context(), newEventWriter(c.Writer), &r, sub); err != nil && c.Request.Context().Err() == nil {
		a.Log.Warn("a stream ended early; its reader comes back", "error", err)
	}
}

// streamOf reads what a client wants to follow, and the last event it saw.
func (a *API) streamOf(p api.StreamEventsParams) (f publish.Filter, last int64, err error) {
	if p.Service != "" {
		if _, err := a.service(p.Service); err != nil {
			return f, 0, err
		}
	}
	if err := a.checkCountry(p.Country); err != nil {
		return f, 0, err
	}
	if p.LastEventID != "" {
		if last, err = strconv.ParseInt(p.LastEventID, 10, 64); err != nil || last < 0 {
			return f, 0, fault.Field("Last-Event-ID", "is not the ID of an event")
		}
	}
	return publish.Filter{Service: p.Service, Country: p.Country}, last, nil
}

// follow writes what r has replayed, then what comes, until ctx ends, the hub
// lets go of the subscriber, or the reader is gone.
func (a *API) follow(ctx context.Context, w *eventWriter, r *replay, sub *publish.Subscription) error {
	w.write(retryFrame)
	for {
		for _, frame := range r.frames {
			w.write(frame.Text)
		}
		if err := w.flush(); err != nil {
			return err
		}
		if !r.more {
			break
		}
		if err := r.read(ctx); err != nil {
			return err
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			w.write(beatFrame)
		case frame, open := <-sub.Frames():
			if !open {
				return nil
			}
			w.pass(frame, r.after)
			for range len(sub.Frames()) { // one flush for all that are there
				w.pass(<-sub.Frames(), r.after)
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
}

// replay reads from the log what a client missed, page by page.
type replay struct {
	log       EventLog
	filter    publish.Filter
	simulated bool

	after  int64 // the ID up to which the client has, or is about to get, everything
	frames []publish.Frame
	more   bool // the log may hold more
}

// read fetches the next page.
func (r *replay) read(ctx context.Context) error {
	events, missed, err := r.log.Events(ctx, r.after, replayPage)
	if err != nil {
		return err
	}
	r.frames, r.more = r.frames[:0], len(events) == replayPage
	if missed {
		r.frames = append(r.frames, publish.Encode(publish.Event{Name: publish.Reset, Data: []byte(`{}`)}, r.simulated))
		r.after = 0 // the client's IDs may be those of another log
	}
	for _, e := range events {
		if r.filter.Match(e) {
			r.frames = append(r.frames, publish.Encode(e, r.simulated))
		}
		r.after = e.ID
	}
	return nil
}

// eventWriter writes to a stream. Its first error stays.
type eventWriter struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	err error
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, rc: http.NewResponseController(w)}
}

// write writes text within patience, in place of the server's limit for a whole
// response.
func (e *eventWriter) write(text []byte) {
	if e.err != nil {
		return
	}
	if err := e.rc.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		e.err = err
		return
	}
	_, e.err = e.w.Write(text)
}

// pass writes a frame that the replay up to an ID has not written before.
func (e *eventWriter) pass(f publish.Frame, replayed int64) {
	if f.ID == 0 || f.ID > replayed {
		e.write(f.Text)
	}
}

// flush sends what was written.
func (e *eventWriter) flush() error {
	if e.err == nil {
		e.err = e.rc.Flush()
	}
	return e.err
}
