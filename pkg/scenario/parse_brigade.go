package scenario

import (
	"fmt"
	"net/netip"
	"slices"
)

// brigade reads one brigade and checks it.
func (p *reader) brigade(at string, s *Scenario, f *fileBrigade) Brigade {
	b := Brigade{
		What: f.What, Service: f.Service, Country: f.Country, Symptom: f.Symptom,
		From: p.time(at+".from", f.From), To: p.time(at+".to", f.To),
		Addresses: f.Addresses, Devices: f.Devices, PerMinute: f.PerMinute,
	}
	if f.What == "" {
		p.addFault(at+".what", "is missing")
	}
	if s.service(f.Service) == nil {
		p.addFault(at+".service", "%q is not one of the services", f.Service)
	}
	p.country(at+".country", f.Country)
	if !idPattern.MatchString(f.Symptom) {
		p.addFault(at+".symptom", "%q is not the ID of a symptom", f.Symptom)
	}
	if !b.From.Before(b.To) {
		p.addFault(at+".to", "must be after from")
	}
	if !(f.PerMinute > 0 && f.PerMinute <= maxPresses) {
		p.addFault(at+".per_minute", "must be above 0 and at most %.0f", maxPresses)
	}
	if f.Devices < 0 || f.Devices > maxDevices {
		p.addFault(at+".devices", "must be between 0 and %.0f", maxDevices)
	}
	for i, text := range f.Networks {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !isDocumentation(prefix) {
			p.addFault(fmt.Sprintf("%s.networks[%d]", at, i), "%q must be 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or a /48 of %s", text, brigadeNetworks)
			continue
		}
		if slices.Contains(b.Networks, prefix) {
			p.addFault(fmt.Sprintf("%s.networks[%d]", at, i), "%s comes twice", text)
			continue
		}
		b.Networks = append(b.Networks, prefix)
	}
	if len(b.Networks) == 0 {
		p.addFault(at+".networks", "must name at least one")
		return b
	}
	room := 65535 // /64s of a /48, without the first
	for _, prefix := range b.Networks {
		if prefix.Addr().Is4() {
			room = 254
		}
	}
	if f.Addresses < len(b.Networks) || f.Addresses > room*len(b.Networks) {
		p.addFault(at+".addresses", "must be between %d and %d", len(b.Networks), room*len(b.Networks))
	}
	return b
}

// isDocumentation reports whether p is a network for documentation from which
// no person of a replay reports.
func isDocumentation(p netip.Prefix) bool {
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
