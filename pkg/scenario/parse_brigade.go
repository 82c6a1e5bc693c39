package scenario

import (
	"fmt"
	"net/netip"
	"slices"
)

// brigade reads who presses without a problem, from where and how often.
func (p *reader) brigade(at string, s *Scenario, f *fileBrigade) Brigade {
	b := Brigade{
		What: f.What, Service: f.Service, Country: f.Country, Symptom: f.Symptom,
		From: p.time(at+".from", f.From), To: p.time(at+".to", f.To),
		Addresses: f.Addresses, Devices: f.Devices, PerMinute: f.PerMinute,
	}
	if f.What == "" {
		p.fail(at+".what", "is missing")
	}
	if s.service(f.Service) == nil {
		p.fail(at+".service", "%q is not one of the services", f.Service)
	}
	p.country(at+".country", f.Country)
	if !names.MatchString(f.Symptom) {
		p.fail(at+".symptom", "%q is not the ID of a symptom", f.Symptom)
	}
	if !b.From.Before(b.To) {
		p.fail(at+".to", "must be after from")
	}
	if !(f.PerMinute > 0 && f.PerMinute <= maxPresses) {
		p.fail(at+".per_minute", "must be above 0 and at most %.0f", maxPresses)
	}
	if f.Devices < 0 || f.Devices > maxDevices {
		p.fail(at+".devices", "must be between 0 and %.0f", maxDevices)
	}
	for i, text := range f.Networks {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !documentation(prefix) {
			p.fail(fmt.Sprintf("%s.networks[%d]", at, i), "%q must be 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or a /48 of %s", text, brigadeNetworks)
			continue
		}
		if slices.Contains(b.Networks, prefix) {
			p.fail(fmt.Sprintf("%s.networks[%d]", at, i), "%s comes twice", text)
			continue
		}
		b.Networks = append(b.Networks, prefix)
	}
	if len(b.Networks) == 0 {
		p.fail(at+".networks", "must name at least one")
		return b
	}
	room := 65535 // /64s of a /48, without the first
	for _, prefix := range b.Networks {
		if prefix.Addr().Is4() {
			room = 254
		}
	}
	if f.Addresses < len(b.Networks) || f.Addresses > room*len(b.Networks) {
		p.fail(at+".addresses", "must be between %d and %d", len(b.Networks), room*len(b.Networks))
	}
	return b
}

// documentation tells whether p is a network for documentation that no person
// of a replay reports from.
func documentation(p netip.Prefix) bool {
	if p != p.Masked() {
		return false
	}
	if p.Addr().Is6() {
		return p.Bits() == 48 && brigadeNetworks.Contains(p.Addr())
	}
	switch p.String() {
	case "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24":
		return true
	}
	return false
}
