package web

import (
	"sync"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// lastKnown remembers what pages last showed, so that they show it with its age
// while the board cannot be read. The catalog bounds it.
type lastKnown struct {
	mu   sync.Mutex
	data map[string]view.ServiceData
	all  []status.Status
}

// keepAll remembers how all services are.
func (k *lastKnown) keepAll(all []status.Status) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = all
}

// recallAll returns how all services of c last were: as never counted, where
// nobody has asked before.
func (k *lastKnown) recallAll(c *catalog.Catalog) []status.Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all != nil {
		return k.all
	}
	var never []status.Status
	for _, s := range c.Services() {
		never = append(never, status.Status{Service: s.Slug, Level: detect.Unknown})
	}
	return never
}

// keep remembers what is known of a service.
func (k *lastKnown) keep(slug string, d view.ServiceData) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.data == nil {
		k.data = map[string]view.ServiceData{}
	}
	k.data[slug] = d
}

// recall returns what was last known of a service, whose level is unknown since
// then.
func (k *lastKnown) recall(slug string) (view.ServiceData, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	d, ok := k.data[slug]
	if !ok {
		return d, false
	}
	s := *d.Status
	s.Level, s.State, s.LastKnown, s.Since = detect.Unknown, "", s.AsOf, s.AsOf
	s.Reason, s.Confidence = detect.Reason{Code: detect.ReasonNotCounted}, 0
	d.Status, d.Running, d.Timeline = &s, nil, nil
	d.All = unknownSince(d.All)
	return d, true
}

// unknownSince are statuses of which only the past is known.
func unknownSince(all []status.Status) []status.Status {
	past := make([]status.Status, len(all))
	for i, s := range all {
		s.Level, s.State, s.LastKnown = detect.Unknown, "", s.AsOf
		past[i] = s
	}
	return past
}
