package scenario

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"
)

// Brigade is a group that presses the button against a healthy service.
type Brigade struct {
	What      string
	Service   string
	Country   string
	Symptom   string
	From, To  time.Time
	Networks  []netip.Prefix // each a /24 or a /48 of the documentation ranges
	Addresses int            // number of addresses, spread evenly over the networks
	Devices   int            // number of device names to choose from; with 0 a press names no device
	PerMinute float64        // mean number of presses a minute
}

// Addrs returns the brigade's addresses. Every IPv6 address has a /64 of its
// own, as if it belonged to a household of its own.
func (b *Brigade) Addrs() []netip.Addr {
	addrs := make([]netip.Addr, b.Addresses)
	for i := range addrs {
		prefix := b.Networks[i%len(b.Networks)]
		n := i/len(b.Networks) + 1
		if prefix.Addr().Is4() {
			a := prefix.Addr().As4()
			a[3] = byte(n)
			addrs[i] = netip.AddrFrom4(a)
			continue
		}
		a := prefix.Addr().As16()
		a[6], a[7], a[15] = byte(n>>8), byte(n), 1
		addrs[i] = netip.AddrFrom16(a)
	}
	return addrs
}

// brigadePresses draws the presses of a brigade.
type brigadePresses struct {
	*Brigade
	addrs   []netip.Addr
	devices []string
}

func newBrigadePresses(b *Brigade) *brigadePresses {
	p := &brigadePresses{Brigade: b, addrs: b.Addrs(), devices: make([]string, b.Devices)}
	for i := range p.devices {
		p.devices[i] = "device-" + strconv.Itoa(i+1)
	}
	return p
}

// draw returns the number of presses in the minute that starts at t.
func (p *brigadePresses) draw(rng *rand.Rand, t time.Time) int {
	if t.Before(p.From) || !t.Before(p.To) {
		return 0
	}
	return int(poisson(rng, p.PerMinute))
}

// press returns the address and the device name of one press.
func (p *brigadePresses) press(rng *rand.Rand) (netip.Addr, string) {
	addr := p.addrs[rng.IntN(len(p.addrs))]
	if len(p.devices) == 0 {
		return addr, ""
	}
	return addr, p.devices[rng.IntN(len(p.devices))]
}
