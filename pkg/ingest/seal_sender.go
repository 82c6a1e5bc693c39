package ingest

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
)

// SealSender returns the pseudonym of a network in the reports of a service that
// arrived on the UTC day of at, if its key is not destroyed yet at now. The network is
// an IPv4 /16 or /24 or an IPv6 /29 or /48.
func SealSender(keys DayKeys, service string, network netip.Prefix, at, now time.Time) (report.Sender, error) {
	today, yesterday, err := keys.Keys(now)
	if err != nil {
		return report.Sender{}, err
	}
	key := today
	switch DayOf(now) - DayOf(at) {
	case 0:
	case 1:
		key = yesterday
	default:
		key = nil
	}
	if key == nil {
		return report.Sender{}, fault.Field("network", "cannot be found in reports of that day: the key of its pseudonyms is destroyed. Name the sender as GET /api/v1/admin/senders does")
	}
	n := key.Network(service, network.Addr())
	if bits := network.Bits(); bits == 24 || bits == 48 {
		return n.SenderOf(), nil
	}
	return n.Holder().SenderOf(), nil
}
