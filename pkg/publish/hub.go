// Package publish tells subscribers what changed: events, the hub that hands
// them out, and the frames they become on a stream of server-sent events.
//
// The hub starts no goroutine and waits for nobody. A subscriber that does not
// keep up is dropped; it comes back with the ID of the last event it saw, and
// whoever serves it replays from the event log what it missed.
package publish

import (
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

const (
	// buffer is how many frames a subscriber may be behind before it is dropped:
	// the events of a large outage within one tick, and the counts beside them.
	queueSize = 64
	// retryFull is when one who was turned away may try again.
	retryAfterFull = 30 * time.Second
)

// Filter selects events. The zero Filter selects all.
type Filter struct {
	Service string // only of this service
	Country string // only what concerns this country
}

// Match tells whether f selects e.
func (f Filter) Match(e Event) bool {
	if f.Service != "" && f.Service != e.Service {
		return false
	}
	if f.Country == "" || len(e.Countries) == 0 {
		return true
	}
	for _, c := range e.Countries {
		if c == f.Country {
			return true
		}
	}
	return false
}

// Hub hands events to subscribers. It is safe for concurrent use.
type Hub struct {
	simulated bool
	limit     int

	mu        sync.Mutex
	byService map[string]map[*Subscription]struct{} // by the service of the filter; "" holds those that follow all
	n         int
	closed    bool
	dropped   int64
}

// NewHub returns a hub for up to limit subscribers. A simulated hub marks what
// it sends.
func NewHub(limit int, simulated bool) *Hub {
	return &Hub{simulated: simulated, limit: limit, byService: map[string]map[*Subscription]struct{}{}}
}

// Subscription is one subscriber's place in a hub.
type Subscription struct {
	hub    *Hub
	filter Filter
	queue  chan Frame
	closed bool // guarded by hub.mu; frames is closed
}

// Subscribe returns a new subscription. The error is fault.Unavailable when the
// hub is full or closed.
func (h *Hub) Subscribe(f Filter) (*Subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, &fault.Error{Kind: fault.Unavailable, Msg: "this server is shutting down; connect again in a moment", RetryAfter: time.Second}
	}
	if h.n >= h.limit {
		return nil, &fault.Error{Kind: fault.Unavailable, Msg: "too many streams are open; try again later", RetryAfter: retryAfterFull}
	}
	s := &Subscription{hub: h, filter: f, queue: make(chan Frame, queueSize)}
	of := h.byService[f.Service]
	if of == nil {
		of = map[*Subscription]struct{}{}
		h.byService[f.Service] = of
	}
	of[s] = struct{}{}
	h.n++
	return s, nil
}

// Frames gives the events as they come. It is closed when the subscriber was
// too slow, when the hub closes, or by Close.
func (s *Subscription) Frames() <-chan Frame { return s.queue }

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.remove(s)
}

// Publish hands events to those who asked for them, in order, and drops who has
// no room left. Events with an ID are to be published in the order of their IDs.
func (h *Hub) Publish(events ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		var frame Frame // encoded once, for the first who wants it
		for _, subscribers := range []map[*Subscription]struct{}{h.byService[e.Service], h.byService[""]} {
			for s := range subscribers {
				if !s.filter.Match(e) {
					continue
				}
				if frame.Text == nil {
					frame = Encode(e, h.simulated)
				}
				select {
				case s.queue <- frame:
				default:
					h.dropped++
					h.remove(s)
				}
			}
			if e.Service == "" {
				break // both maps are the same one
			}
		}
	}
}

// Close ends all subscriptions and refuses new ones.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, subscribers := range h.byService {
		for s := range subscribers {
			h.remove(s)
		}
	}
}

// Stats returns how many subscribers there are, and how many were dropped since
// the start because they were too slow.
func (h *Hub) Stats() (subscribers int, dropped int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n, h.dropped
}

// remove takes s out of the hub, which is locked.
func (h *Hub) remove(s *Subscription) {
	if s.closed {
		return
	}
	s.closed = true
	close(s.queue)
	h.n--
	of := h.byService[s.filter.Service]
	delete(of, s)
	if len(of) == 0 {
		delete(h.byService, s.filter.Service)
	}
}
