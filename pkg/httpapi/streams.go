package httpapi

import (
	"net/netip"
	"sync"

	"github.com/outcry/outcry/pkg/fault"
)

// streams counts the open streams of each household. It forgets a household when
// its last stream is closed.
type streams struct {
	limit int // of one household; 0 means no limit

	mu          sync.Mutex
	byHousehold map[netip.Addr]int
}

func newStreams(limit int) *streams {
	return &streams{limit: limit, byHousehold: map[netip.Addr]int{}}
}

// open adds a stream of addr. The error is fault.Limited if there are too many.
func (s *streams) open(addr netip.Addr) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr = household(addr)
	if s.limit > 0 && s.byHousehold[addr] >= s.limit {
		return fault.New(fault.Limited, "your network address has %d streams open; close one first", s.limit)
	}
	s.byHousehold[addr]++
	return nil
}

// close removes a stream of addr.
func (s *streams) close(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr = household(addr)
	if s.byHousehold[addr]--; s.byHousehold[addr] <= 0 {
		delete(s.byHousehold, addr)
	}
}

// household returns the address of a household: an IPv4 address, or the start of
// an IPv6 /64.
func household(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		if p, err := addr.WithZone("").Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}
