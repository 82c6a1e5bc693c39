package ingest

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Sender is who submits, as the transport knows it.
type Sender struct {
	// Addr is the sender's address. It is the zero Addr when a server submits for
	// somebody else without an address.
	Addr netip.Addr
	// Source names the third party that submissions come through: "key:ID",
	// "origin:https://…" or "frames". All submissions through a source count as
	// one network. Without Addr they also count as one address.
	Source string
	// Trusted means that the country the sender names is believed.
	Trusted bool
	// Exempt means that the sender has no rate limit.
	Exempt bool
	// HasKey means that the sender has an API key.
	HasKey bool
	// Proof is the solution of a challenge, if the sender sends one, and Form what a
	// form shows of itself; it is nil for a call of the API. They are asked for while a
	// service is under attack.
	Proof string
	Form  *Form
	Via   Via // for metrics
}

// reporter returns the sender's pseudonym for one service.
func (s Sender) reporter(key *report.DayKey, service, device string) report.Reporter {
	if s.Addr.IsValid() {
		return key.Reporter(service, s.Addr, device)
	}
	return key.SourceReporter(service, s.Source, device)
}

// networkOf returns the pseudonym of the network that a sender counts as for one
// service.
func (in *Ingester) networkOf(s Sender, key *report.DayKey, service string) report.Network {
	if s.Source != "" {
		return key.SourceNetwork(service, s.Source)
	}
	if in.System != nil {
		if system := in.System(s.Addr); system != "" {
			return key.NetworkOfSystem(service, s.Addr, system)
		}
	}
	return key.Network(service, s.Addr)
}

// identify sets the pseudonyms of r.
func (in *Ingester) identify(r *report.Report, from Sender, device string, today, yesterday *report.DayKey) {
	r.Network = in.networkOf(from, today, r.Service)
	r.Reporter = from.reporter(today, r.Service, device)
	// Only a report less than a cool-down after midnight can be a repeat of one
	// of yesterday.
	midnight := r.Received.Truncate(24 * time.Hour)
	if yesterday != nil && r.Minute.Before(midnight.Add(window.Cooldown)) {
		r.Yesterday = from.reporter(yesterday, r.Service, device)
	}
	if in.Unlimited {
		// Stores limit the devices of an address.
		r.Reporter.Address, r.Yesterday.Address = r.Reporter.Device, r.Yesterday.Device
	}
}

// country returns the country of a report: the claimed one if the sender is
// trusted or its address cannot be located, and the located one otherwise.
func (in *Ingester) country(claimed string, from Sender) string {
	if from.Trusted && claimed != report.Unknown {
		return claimed
	}
	located := in.Locate(from.Addr)
	if located == report.Unknown || !in.Rules.HasCountry(located) {
		return claimed
	}
	return located
}
