package httpapi

import (
	"net/http"
	"net/netip"
	"sync"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
)

// StreamLimits are the most open streams of one sender at each level of the
// hierarchy of addresses. 0 means no limit.
type StreamLimits [limit.Levels]int

// streams counts the open streams of each sender at each level. It forgets a
// sender when the last stream is closed.
type streams struct {
	name   string // of what is counted, as headers and errors have it
	limits StreamLimits

	mu     sync.Mutex
	counts [limit.Levels]map[netip.Addr]int
}

func newStreams(name string, limits StreamLimits) *streams {
	s := &streams{name: name, limits: limits}
	for level := range s.counts {
		s.counts[level] = map[netip.Addr]int{}
	}
	return s
}

// open adds a stream of addr, and announces in h how many it may still open. The
// error is fault.Limited if there are too many at one of the levels.
func (s *streams) open(addr netip.Addr, h http.Header) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefixes := report.Prefixes(addr)
	for level, prefix := range prefixes {
		if most := s.limits[level]; most > 0 && s.counts[level][prefix] >= most {
			limit.AnnounceOpen(h, s.name, most, 0)
			return fault.New(fault.Limited, "%d %s are open from %s; close one first", most, s.name, limit.Level(level))
		}
	}
	for level, prefix := range prefixes {
		s.counts[level][prefix]++
	}
	most := s.limits[limit.Address]
	limit.AnnounceOpen(h, s.name, most, most-s.counts[limit.Address][prefixes[limit.Address]])
	return nil
}

// close removes a stream of addr.
func (s *streams) close(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for level, prefix := range report.Prefixes(addr) {
		if s.counts[level][prefix]--; s.counts[level][prefix] <= 0 {
			delete(s.counts[level], prefix)
		}
	}
}
