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
	Networks  []netip.Prefix // a /24 or a /48 each, of the documentation ranges
	Addresses int            // spread evenly over the networks
	Devices   int            // device names that each press chooses from; 0 sends none
	PerMinute float64        // presses
}

// Addrs returns the brigade's addresses. Two IPv6 addresses differ in their
// /64, so that each could be another household.
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

// pressers draws the presses of a brigade.
type pressers struct {
	*Brigade
	addrs   []netip.Addr
	devices []string
}

func newPressers(b *Brigade) *pressers {
	p := &pressers{Brigade: b, addrs: b.Addrs(), devices: make([]string, b.Devices)}
	for i := range p.devices {
		p.devices[i] = "device-" + strconv.Itoa(i+1)
	}
	return p
}

// draw returns how often the brigade presses in the minute that starts at t.
func (p *pressers) draw(rng *rand.Rand, t time.Time) int {
	if t.Before(p.From) || !t.Before(p.To) {
		return 0
	}
	return int(poisson(rng, p.PerMinute))
}

// press returns who presses: an address and a device.
func (p *pressers) press(rng *rand.Rand) (netip.Addr, string) {
	addr := p.addrs[rng.IntN(len(p.addrs))]
	if len(p.devices) == 0 {
		return addr, ""
	}
	return addr, p.devices[rng.IntN(len(p.devices))]
}
