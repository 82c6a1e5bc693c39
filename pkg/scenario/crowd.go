package scenario

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// A crowd is a minute with at least this many reports from at least this many
// networks, enough to leave no doubt about an outage.
const (
	crowdReports  = 100
	crowdNetworks = 30
)

// crowdFinder finds the first minute of a service that holds a crowd.
type crowdFinder struct {
	first    time.Time // the minute of the crowd; zero until one is found
	minute   time.Time // the minute that is being counted
	reports  int       // of that minute
	networks map[netip.Prefix]bool
}

// add adds a counted report. Reports must come in the order of time.
func (c *crowdFinder) add(sub *Submission) {
	if !c.first.IsZero() {
		return
	}
	if minute := window.Start(sub.At); !minute.Equal(c.minute) {
		c.minute, c.reports, c.networks = minute, 0, make(map[netip.Prefix]bool)
	}
	c.reports++
	c.networks[countingNetwork(sub.Addr)] = true
	if c.reports >= crowdReports && len(c.networks) >= crowdNetworks {
		c.first = c.minute
		c.networks = nil
	}
}

// countingNetwork returns the network of an address: its /24 or its /48.
func countingNetwork(addr netip.Addr) netip.Prefix {
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	p, _ := addr.Prefix(bits) // cannot fail: an address of either family has this many bits
	return p
}
