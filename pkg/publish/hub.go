// Package publish sends changes to subscribers. It defines events, the hub that
// distributes them, and their encoding as server-sent events.
//
// The hub starts no goroutine and never blocks. A subscriber that does not keep
// up is dropped. Its client reconnects with the ID of the last event it
// received, and gets the events it missed from the event log.
package publish

import (
	"slices"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

const (
	// queueSize is how many frames a subscriber may be behind before it is
	// dropped. A tick makes some for each service that is active.
	queueSize = 16_384
	// fewFrames is how many it may be behind if the queues of all subscribers hold
	// maxQueued frames together. A frame in a queue takes 32 bytes.
	fewFrames, maxQueued = 64, 1 << 20
	// retryAfterFull is when a refused subscriber may try again.
	retryAfterFull = 30 * time.Second
)

// Filter selects events. The zero Filter selects all.
type Filter struct {
	Service string // only events of this service
	Country string // only events that concern this country
}

// Match reports whether f selects e.
func (f Filter) Match(e Event) bool {
	if f.Service != "" && f.Service != e.Service {
		return false
	}
	if f.Country == "" || len(e.Countries) == 0 {
		return true
	}
	return slices.Contains(e.Countries, f.Country)
}

// Hub distributes events to subscribers. It is safe for concurrent use.
type Hub struct {
	simulated bool
	most      int

	mu        sync.Mutex
	byService map[string]map[*Subscription]struct{} // by Filter.Service; "" holds those of all services
	n         int
	queued    int // frames in all queues
	closed    bool
	dropped   int64
}

// NewHub returns a hub for up to most subscribers. A simulated hub marks its
// events as simulated.
func NewHub(most int, simulated bool) *Hub {
	return &Hub{simulated: simulated, most: most, byService: map[string]map[*Subscription]struct{}{}}
}

// Subscription is one subscriber's place in a hub.
type Subscription struct {
	hub    *Hub
	filter Filter
	token  chan struct{} // holds a token if Take may have something new
	queue  []Frame       // guarded by hub.mu
	closed bool          // guarded by hub.mu
}

// Subscribe returns a new subscription. The error is fault.Unavailable when the
// hub is full or closed.
func (h *Hub) Subscribe(f Filter) (*Subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, &fault.Error{Kind: fault.Unavailable, Msg: "this server is shutting down; connect again in a moment", RetryAfter: time.Second}
	}
	if h.n >= h.most {
		return nil, &fault.Error{Kind: fault.Unavailable, Msg: "too many streams are open; try again later", RetryAfter: retryAfterFull}
	}
	s := &Subscription{hub: h, filter: f, token: make(chan struct{}, 1)}
	subscribers := h.byService[f.Service]
	if subscribers == nil {
		subscribers = map[*Subscription]struct{}{}
		h.byService[f.Service] = subscribers
	}
	subscribers[s] = struct{}{}
	h.n++
	return s, nil
}

// Ready returns a channel that receives when Take has something new.
func (s *Subscription) Ready() <-chan struct{} { return s.token }

// Take returns the events since the last call, and whether there may be more: there
// are none after the subscriber was too slow, after the hub has closed, and after
// Close.
func (s *Subscription) Take() (frames []Frame, open bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	frames, s.queue = s.queue, nil
	if !s.closed {
		s.hub.queued -= len(frames)
	}
	return frames, !s.closed
}

// add puts a frame into the queue of s, or drops s if it is too far behind. The caller
// holds h.mu.
func (h *Hub) add(s *Subscription, frame Frame) {
	if n := len(s.queue); n >= queueSize || n >= fewFrames && h.queued >= maxQueued {
		h.dropped++
		h.remove(s)
		return
	}
	s.queue = append(s.queue, frame)
	h.queued++
	s.wake()
}

// wake puts a token into the channel of Ready.
func (s *Subscription) wake() {
	select {
	case s.token <- struct{}{}:
	default: // there is one
	}
}

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.remove(s)
}

// Publish sends events to the subscribers whose filters select them, in order.
// It drops subscribers whose queue is full. Callers publish events with an ID in
// the order of their IDs.
func (h *Hub) Publish(events ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		var frame Frame // encoded for the first subscriber that gets it
		for _, subscribers := range []map[*Subscription]struct{}{h.byService[e.Service], h.byService[""]} {
			for s := range subscribers {
				if !s.filter.Match(e) {
					continue
				}
				if frame.Text == nil {
					frame = Encode(e, h.simulated)
				}
				h.add(s, frame)
			}
			if e.Service == "" {
				break // both maps are the same
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

// Limit returns the most subscribers that the hub takes.
func (h *Hub) Limit() int { return h.most }

// Stats returns the number of subscribers, and of those that were dropped since
// the start because they were too slow.
func (h *Hub) Stats() (subscribers int, dropped int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n, h.dropped
}

// remove ends the subscription s. The caller holds h.mu.
func (h *Hub) remove(s *Subscription) {
	if s.closed {
		return
	}
	s.closed = true
	s.wake()
	h.n--
	h.queued -= len(s.queue)
	subscribers := h.byService[s.filter.Service]
	delete(subscribers, s)
	if len(subscribers) == 0 {
		delete(h.byService, s.filter.Service)
	}
}
