package ingest

import (
	"net/netip"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Judge knows the live incident of a service, as a monitor published it last.
type Judge interface {
	Live(service string) incident.Live
}

// SharedNetwork is a network in which many people share each address.
type SharedNetwork struct {
	Prefix netip.Prefix
	// Devices is how many devices at one address count in a cool-down, from 1 to
	// window.MaxDevicesDeclared.
	Devices int
}

// devices returns how many devices at the address of from count for a report in a
// cool-down. An outage that independent sources have declared lifts the bound of
// problems, because a false count can no longer make one. The bound of recoveries
// stays: many of them could hide an outage.
func (in *Ingester) devices(r *report.Report, from Sender) int {
	bound := in.sharedBy(from.Addr)
	if in.Judge == nil || r.Kind != report.Problem {
		return bound
	}
	if live := in.Judge.Live(r.Service).Incident; live != nil && !live.Declared.IsZero() && live.State != incident.Resolved {
		return max(bound, window.MaxDevicesDeclared)
	}
	return bound
}

// sharedBy returns how many devices at an address count where no outage is
// declared: the bound of the smallest shared network that contains it.
func (in *Ingester) sharedBy(addr netip.Addr) int {
	bound, bits := window.MaxDevices, -1
	addr = addr.Unmap().WithZone("")
	for _, n := range in.Shared {
		if n.Prefix.Contains(addr) && n.Prefix.Bits() > bits {
			bound, bits = n.Devices, n.Prefix.Bits()
		}
	}
	return bound
}
