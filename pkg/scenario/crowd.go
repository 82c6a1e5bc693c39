package scenario

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// A crowd is what leaves no doubt within a minute: so many reports, from so many
// networks.
const (
	crowdReports  = 100
	crowdNetworks = 30
)

// crowd looks for the first minute of a service that holds one.
type crowd struct {
	first    time.Time // the minute; zero before
	minute   time.Time // the one that is looked at
	reports  int
	networks map[netip.Prefix]bool
}

// add adds a counted report. Reports come in the order of time.
func (c *crowd) add(sub *Submission) {
	if !c.first.IsZero() {
		return
	}
	if minute := window.Start(sub.At); !minute.Equal(c.minute) {
		c.minute, c.reports, c.networks = minute, 0, make(map[netip.Prefix]bool)
	}
	c.reports++
	c.networks[networkOf(sub.Addr)] = true
	if c.reports >= crowdReports && len(c.networks) >= crowdNetworks {
		c.first = c.minute
		c.networks = nil
	}
}

// networkOf returns the network of an address, as wide as one counts.
func networkOf(addr netip.Addr) netip.Prefix {
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	p, _ := addr.Prefix(bits) // an address of either family has this many bits
	return p
}
