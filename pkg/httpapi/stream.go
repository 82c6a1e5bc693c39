package httpapi

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/publish"
)

const (
	// heartbeat is the time between comments. Some proxies and carriers close a
	// connection without data after 30 seconds.
	heartbeat = 20 * time.Second
	// writeTimeout is how long one write may take before the stream is ended.
	writeTimeout = 10 * time.Second
	// replayPage is how many events are read from the log at once.
	replayPage = 500
)

// Parts of a stream besides the events.
var (
	retryFrame     = []byte("retry: 3000\n\n")
	heartbeatFrame = []byte(":\n\n")
)

// comeBackFrame tells a client when to come back. All clients of a process that
// stops come at different times.
func comeBackFrame() []byte {
	const least, most = 1000, 5000 // milliseconds
	return fmt.Appendf(nil, "retry: %d\n\n", least+rand.IntN(most-least))
}

// StreamEvents sends the events that a returning client missed, then new events
// as they are published.
func (a *API) StreamEvents(c *gin.Context, p api.StreamEventsParams) {
	filter, last, err := a.streamFilter(p)
	if err != nil {
		a.fail(c, err)
		return
	}
	addr := address(c)
	if err := a.streams.open(addr, c.Writer.Header()); err != nil {
		a.fail(c, err)
		return
	}
	defer a.streams.close(addr)
	// Subscribing before the replay leaves no gap between the two.
	sub, err := a.Hub.Subscribe(filter)
	if err != nil {
		a.fail(c, err)
		return
	}
	defer sub.Close()
	missed := replay{log: a.Events, admit: a.Replaying, filter: filter, simulated: a.Simulated, after: last}
	if p.LastEventID != "" {
		d := limit.Charge(c.Request.Context(), limit.Replays, a.Now())
		if !d.Allowed {
			a.Limited(c, d)
			return
		}
		d.Announce(c.Writer.Header())
		if err := missed.readPage(c.Request.Context()); err != nil {
			a.fail(c, err)
			return
		}
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // without it nginx buffers the stream
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	if c.Request.Method == http.MethodHead {
		return
	}
	if err := a.follow(c.Request.Context(), newEventWriter(c.Writer), &missed, sub); err != nil && c.Request.Context().Err() == nil {
		a.Log.Warn("an event stream ended early; its client connects again", "error", err)
	}
}

// streamFilter returns the events that a client asks for, and the ID of the last
// event it received.
func (a *API) streamFilter(p api.StreamEventsParams) (f publish.Filter, last int64, err error) {
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

// follow writes the missed events, then those of the subscription. It returns nil
// when ctx ends or the subscription is closed, and an error when a read or a
// write fails.
func (a *API) follow(ctx context.Context, w *eventWriter, missed *replay, sub *publish.Subscription) error {
	w.write(retryFrame)
	for {
		for _, frame := range missed.frames {
			w.write(frame.Text)
		}
		if err := w.flush(); err != nil {
			return err
		}
		if !missed.more {
			break
		}
		if err := missed.readPage(ctx); err != nil {
			return err
		}
	}
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			w.write(heartbeatFrame)
		case <-sub.Ready():
			frames, open := sub.Take()
			for _, frame := range frames { // flush all of them together
				w.writeAfter(missed.after, frame)
			}
			if !open {
				w.write(comeBackFrame())
				return w.flush()
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
}

// replay reads the events that a client missed from the log, page by page.
type replay struct {
	log       EventLog
	admit     *gate.Gate // one page at a time, so that a long replay does not stop others
	filter    publish.Filter
	simulated bool

	after  int64 // the client has all events up to this ID, with those in frames
	frames []publish.Frame
	more   bool // the log may have another page
}

// readPage replaces frames with those of the next page.
func (r *replay) readPage(ctx context.Context) error {
	var missed bool
	events, err := gate.Do(ctx, r.admit, func() (events []publish.Event, err error) {
		events, missed, err = r.log.Events(ctx, r.after, replayPage)
		return events, err
	})
	if err != nil {
		return err
	}
	r.frames, r.more = r.frames[:0], len(events) == replayPage
	if missed {
		r.frames = append(r.frames, publish.Encode(publish.Event{Name: publish.Reset, Data: []byte(`{}`)}, r.simulated))
		r.after = 0 // the client's ID may belong to another log
	}
	for _, e := range events {
		if r.filter.Match(e) {
			r.frames = append(r.frames, publish.Encode(e, r.simulated))
		}
		r.after = e.ID
	}
	return nil
}

// eventWriter writes to a stream. After its first error it writes nothing and
// returns that error.
type eventWriter struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	err error
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, rc: http.NewResponseController(w)}
}

// write writes text within writeTimeout, which replaces the server's limit for the
// whole response.
func (e *eventWriter) write(text []byte) {
	if e.err != nil {
		return
	}
	if err := e.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		e.err = err
		return
	}
	_, e.err = e.w.Write(text)
}

// writeAfter writes a frame unless its event was replayed, which all events up to
// the ID replayed were.
func (e *eventWriter) writeAfter(replayed int64, f publish.Frame) {
	if f.ID == 0 || f.ID > replayed {
		e.write(f.Text)
	}
}

// flush sends what was written, and returns the first error.
func (e *eventWriter) flush() error {
	if e.err == nil {
		e.err = e.rc.Flush()
	}
	return e.err
}
