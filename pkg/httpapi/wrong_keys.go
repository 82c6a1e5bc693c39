package httpapi

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

const (
	// maxWrongKeys is how many wrong keys one address, or one /48 of IPv6, may send
	// in wrongKeyPeriod. A client with a key that was revoked sends the same one
	// again and again; it does not need an answer to each.
	maxWrongKeys   = 20
	wrongKeyPeriod = time.Minute
	// maxWrongSenders bounds the addresses that are remembered. When there are
	// more, keys that are not cached wait for the next period.
	maxWrongSenders = 10_000
)

// WrongKeys limits and counts the keys that do not exist or were revoked. It
// remembers addresses in memory, for a minute.
type WrongKeys struct {
	refused, limited atomic.Int64

	mu      sync.Mutex
	began   time.Time // of the period
	senders map[netip.Prefix]int
}

// NewWrongKeys returns a WrongKeys without senders.
func NewWrongKeys() *WrongKeys { return &WrongKeys{senders: map[netip.Prefix]int{}} }

// Stats returns how many wrong keys were refused since the start, and how many
// look-ups of keys were limited.
func (w *WrongKeys) Stats() (refused, limited int64) { return w.refused.Load(), w.limited.Load() }

// check returns an error of kind fault.Limited if an address sent too many wrong
// keys lately.
func (w *WrongKeys) check(addr netip.Addr, now time.Time) error {
	w.mu.Lock()
	w.begin(now)
	n, known := w.senders[senderOf(addr)]
	ok := n < maxWrongKeys && (known || len(w.senders) < maxWrongSenders)
	wait := wrongKeyPeriod - now.Sub(w.began)
	w.mu.Unlock()
	if ok {
		return nil
	}
	w.limited.Add(1)
	return &fault.Error{Kind: fault.Limited, RetryAfter: wait, Msg: "too many wrong keys from your network address; try again later"}
}

// note counts a wrong key from an address.
func (w *WrongKeys) note(addr netip.Addr, now time.Time) {
	w.refused.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin(now)
	sender := senderOf(addr)
	if _, known := w.senders[sender]; known || len(w.senders) < maxWrongSenders {
		w.senders[sender]++
	}
}

// begin begins a period if the last one is over, or lies in the future of a clock
// that was set back. The caller holds mu.
func (w *WrongKeys) begin(now time.Time) {
	if age := now.Sub(w.began); age < 0 || age >= wrongKeyPeriod {
		w.began = now
		clear(w.senders)
	}
}

// senderOf returns an IPv4 address, or the /48 of an IPv6 address.
func senderOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 48
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // a client without an address
	}
	return p
}
