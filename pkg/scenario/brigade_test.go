package scenario

import (
	"net/netip"
	"testing"
)

func TestABrigadeHasTheNetworksAndAddressesOfItsFile(t *testing.T) {
	s := mustLoad(t, "brigade")
	for i := range s.Brigades {
		b := &s.Brigades[i]
		networks, households := make(map[netip.Prefix]bool), make(map[netip.Prefix]bool)
		for _, a := range b.Addrs() {
			network, household := 48, 64
			if a.Is4() {
				network, household = 24, 32
			}
			networks[netip.PrefixFrom(a, network).Masked()] = true
			households[netip.PrefixFrom(a, household).Masked()] = true
		}
		if len(networks) != len(b.Networks) || len(households) != b.Addresses {
			t.Errorf("Addrs() of %s: %d addresses in %d networks, want %d in %d", b.What, len(households), len(networks), b.Addresses, len(b.Networks))
		}
	}
}

func TestTheBrigadeScenarioHasBrigadesOfOneAddressOfOneNetworkAndOfThreeNetworks(t *testing.T) {
	var one, network, three bool
	for _, b := range mustLoad(t, "brigade").Brigades {
		one = one || b.Addresses == 1
		network = network || len(b.Networks) == 1 && b.Addresses >= 200 && b.Devices > 1
		three = three || len(b.Networks) == 3 && b.Addresses == 300
	}
	if !one || !network || !three {
		t.Errorf("brigade of one address: %v, of one network: %v, of 300 addresses in three networks: %v; want all three", one, network, three)
	}
}

func TestBrigadesPressOnlyBetweenFromAndTo(t *testing.T) {
	s := mustLoad(t, "brigade")
	presses := make(map[string]int)
	people := 0
	for _, submissions := range s.Stream(DefaultSeed) {
		for _, sub := range submissions {
			if !sub.Brigade {
				people++
				continue
			}
			found := false
			for i := range s.Brigades {
				b := &s.Brigades[i]
				if b.Service != sub.Service || b.Symptom != sub.Symptom || sub.At.Before(b.From) || !sub.At.Before(b.To) {
					continue
				}
				found = true
				presses[b.What]++
				if (b.Devices > 0) != (sub.Device != "") {
					t.Fatalf("%s: device %q, want a name exactly when Devices = %d is above 0", b.What, sub.Device, b.Devices)
				}
				if inside := containsAddr(b.Networks, sub.Addr); !inside {
					t.Fatalf("%s: address %v, want one of %v", b.What, sub.Addr, b.Networks)
				}
			}
			if !found {
				t.Fatalf("%v on %s at %v belongs to no brigade", sub.Addr, sub.Service, sub.At)
			}
		}
	}
	for _, b := range s.Brigades {
		want := b.PerMinute * b.To.Sub(b.From).Minutes()
		if got := float64(presses[b.What]); got < 0.9*want || got > 1.1*want || got < 2000 {
			t.Errorf("%s: %g presses, want about %g and at least 2,000", b.What, got, want)
		}
	}
	if people < 10_000 {
		t.Errorf("%d reports of people, want at least 10,000 beside the brigades", people)
	}
}

func containsAddr(networks []netip.Prefix, a netip.Addr) bool {
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
