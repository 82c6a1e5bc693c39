package web

import (
	"sync"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// LastKnown holds the data that pages last showed. While the board cannot be
// read, pages show it with its age. The number of services bounds it. The zero
// LastKnown is ready for use.
type LastKnown struct {
	mu   sync.Mutex
	data map[string]view.ServiceData
	all  []status.Status
}

// keepAll stores the statuses of all services.
func (k *LastKnown) keepAll(all []status.Status) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = all
}

// recallAll returns the statuses stored last. Before the first keepAll every
// service of c is one that was never counted.
func (k *LastKnown) recallAll(c *catalog.Catalog) []status.Status {
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

// keep stores the data of the page of a service.
func (k *LastKnown) keep(slug string, d view.ServiceData) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.data == nil {
		k.data = map[string]view.ServiceData{}
	}
	if d.All != nil {
		k.all = d.All
	}
	d.All = nil // one list for all pages: with thousands of services it is megabytes
	k.data[slug] = d
}

// recall returns the data stored last for the page of a service, with the level
// unknown since then.
func (k *LastKnown) recall(slug string) (view.ServiceData, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	d, ok := k.data[slug]
	if !ok {
		return d, false
	}
	s := d.Status.AsUnknown()
	d.Status, d.Running, d.Timeline = &s, nil, nil
	d.All = unknownSince(k.all)
	return d, true
}

// unknownSince returns statuses with the level unknown since their as-of time.
func unknownSince(all []status.Status) []status.Status {
	past := make([]status.Status, len(all))
	for i, s := range all {
		past[i] = s.AsUnknown()
	}
	return past
}
