package ingest

import (
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Sender is who submits, as far as the transport knows.
type Sender struct {
	// Addr is the sender's address. It is the zero Addr when a server speaks for
	// somebody and does not tell the address.
	Addr netip.Addr
	// Source is "key:ID", "origin:https://…" or "frames" where submissions come
	// through somebody else. Whatever comes through one source is one network; without
	// Addr the source also stands for the address.
	Source string
	// Trusted senders are believed the country that they name.
	Trusted bool
	// Exempt senders have no rate limit.
	Exempt bool
}

// pseudonym stands for the sender over all services, in a limiter.
func (s Sender) pseudonym(key *report.DayKey) uint64 {
	if s.Addr.IsValid() {
		return key.Household(s.Addr)
	}
	return uint64(key.SourceNetwork(s.Source))
}

// reporter is the pseudonym of the sender for one service.
func (s Sender) reporter(key *report.DayKey, service, device string) report.Reporter {
	if s.Addr.IsValid() {
		return key.Reporter(service, s.Addr, device)
	}
	return key.SourceReporter(service, s.Source, device)
}

// network is the pseudonym of where the sender's evidence comes from.
func (s Sender) network(key *report.DayKey) report.Network {
	if s.Source != "" {
		return key.SourceNetwork(s.Source)
	}
	return key.Network(s.Addr)
}

// identify completes r with the pseudonyms of its sender.
func (in *Ingester) identify(r *report.Report, from Sender, device string, today, yesterday *report.DayKey) {
	r.Network = from.network(today)
	r.Reporter = from.reporter(today, r.Service, device)
	// Yesterday's reports end at midnight: only a minute less than a cool-down
	// after it can be a repeat of one of them.
	midnight := r.Received.Truncate(24 * time.Hour)
	if yesterday != nil && r.Minute.Before(midnight.Add(window.Cooldown)) {
		r.Yesterday = from.reporter(yesterday, r.Service, device)
	}
	if in.Unlimited {
		// With an address of its own no device is one too many.
		r.Reporter.Address, r.Yesterday.Address = r.Reporter.Device, r.Yesterday.Device
	}
}

// country decides between the country that the submission claims and the one
// where the address is. The claim counts if the sender is trusted, or if the
// address says nothing.
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
