package httpapi

import (
	"net/netip"
	"sync"

	"github.com/outcry/outcry/pkg/fault"
)

// streams counts the open streams of each address. An address is forgotten with
// its last stream.
type streams struct {
	limit int // of one address; 0 is none

	mu     sync.Mutex
	byAddr map[netip.Addr]int
}

func newStreams(limit int) *streams {
	return &streams{limit: limit, byAddr: map[netip.Addr]int{}}
}

// open notes another stream of addr, or refuses it with fault.Limited.
func (s *streams) open(addr netip.Addr) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr = household(addr)
	if s.limit > 0 && s.byAddr[addr] >= s.limit {
		return fault.New(fault.Limited, "your network address has %d streams open; close one first", s.limit)
	}
	s.byAddr[addr]++
	return nil
}

// close notes that a stream of addr has ended.
func (s *streams) close(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr = household(addr)
	if s.byAddr[addr]--; s.byAddr[addr] <= 0 {
		delete(s.byAddr, addr)
	}
}

// household is what one home or phone holds: an IPv4 address, or a /64.
func household(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		if p, err := addr.WithZone("").Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}
