package admin

import (
	"context"
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// longestExclusion bounds the reports that one action counts again.
	longestExclusion = 24 * time.Hour
	// retentionMargin is how long before reports are deleted they can be excluded.
	retentionMargin = time.Hour
)

// checkExclusion returns the error of the first value of an exclusion that is wrong
// at now.
func (r Rules) checkExclusion(a Action, now time.Time) error {
	switch oldest := now.Add(retentionMargin - r.Retention); {
	case !a.From.Before(a.To):
		return fault.Field("to", "must be after from, by a minute at least")
	case a.To.Sub(a.From) > longestExclusion:
		return fault.Field("to", "must be within %d hours after from; exclude a longer time in parts", int(longestExclusion.Hours()))
	case a.To.After(now.Truncate(window.Width).Add(window.Width)):
		return fault.Field("to", "must not be after the running minute; block the network that still sends")
	case a.From.Before(oldest):
		return fault.Field("from", "must not be before %s: earlier reports are deleted soon", oldest.UTC().Format(time.RFC3339))
	case a.Symptom != "" && !r.Catalog.HasSymptom(a.Service, a.Symptom):
		return fault.Field("symptom", "is none of the service; GET /api/v1/services/%s lists them", a.Service)
	case a.Sender != nil && a.Network != "":
		return fault.Field("network", "is given beside sender; name one of them")
	}
	return nil
}

// parseSenderNetwork returns the network that an operator names as a sender.
func parseSenderNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	wrong := fault.Field("network", "must be an IPv4 /16 or /24 or an IPv6 /29 or /48: reports are stored with no more of an address than that, and only as a pseudonym")
	if err != nil {
		return network, wrong
	}
	bits := network.Bits()
	if network = network.Masked(); !report.IsV6(network.Addr()) && (bits == 16 || bits == 24) || report.IsV6(network.Addr()) && (bits == 29 || bits == 48) {
		return network, nil
	}
	return network, wrong
}

// withSender replaces the network of an exclusion by its pseudonym.
func (d *Desk) withSender(a Action, now time.Time) (Action, error) {
	network, err := parseSenderNetwork(a.Network)
	if err != nil {
		return a, err
	}
	if day := 24 * time.Hour; !a.From.Truncate(day).Equal(a.To.Add(-window.Width).Truncate(day)) {
		return a, fault.Field("to", "must be on the same day as from (UTC): a network has another pseudonym on each")
	}
	sender, err := d.SealSender(a.Service, network, a.From, now)
	a.Network, a.Sender = "", &sender
	return a, err
}

// recount returns the changes of the incidents that overlap with the minutes of an
// exclusion: they are counted again.
func (a Action) recount(ctx context.Context, o incident.Order, from Incidents) ([]Change, error) {
	e := a.Excluded(o.Action)
	if a.Kind == Include {
		var err error
		e, err = from.Exclusion(ctx, a.Exclusion)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return nil, fault.Field("exclusion", "is %d, and that action excludes nothing; GET /api/v1/admin/audit lists the actions", a.Exclusion)
		case err != nil:
			return nil, err
		case e.IsOver && o.Action == 0:
			return nil, fault.Field("exclusion", "is %d, whose reports were put back before", a.Exclusion)
		}
	}
	var changes []Change
	for until := e.To; ; {
		in, _, err := from.Neighbours(ctx, e.Service, until)
		if err != nil {
			return nil, err
		}
		if in == nil || in.State == incident.Resolved && !in.Resolved.After(e.From) {
			return changes, nil
		}
		if !in.HasAction(o.Action) {
			c := Change{Before: in, Recount: true}
			c.After, c.Timeline = in.Recount(o)
			changes = append(changes, c)
		}
		until = in.Onset
	}
}
