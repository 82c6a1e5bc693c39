package scenario

import (
	"net/netip"
	"testing"
)

func TestBrigadesAreWhatTheySay(t *testing.T) {
	s := load(t, "brigade")
	for i := range s.Brigades {
		b := &s.Brigades[i]
		networks, homes := make(map[netip.Prefix]bool), make(map[netip.Prefix]bool)
		for _, a := range b.Addrs() {
			network, home := 48, 64
			if a.Is4() {
				network, home = 24, 32
			}
			networks[netip.PrefixFrom(a, network).Masked()] = true
			homes[netip.PrefixFrom(a, home).Masked()] = true
		}
		if len(networks) != len(b.Networks) || len(homes) != b.Addresses {
			t.Errorf("%s: %d addresses in %d networks, want %d in %d", b.What, len(homes), len(networks), b.Addresses, len(b.Networks))
		}
	}
}

func TestBrigadeScenarioHasOneAddressOneNetworkAndThree(t *testing.T) {
	var one, network, three bool
	for _, b := range load(t, "brigade").Brigades {
		one = one || b.Addresses == 1
		network = network || len(b.Networks) == 1 && b.Addresses >= 200 && b.Devices > 1
		three = three || len(b.Networks) == 3 && b.Addresses == 300
	}
	if !one || !network || !three {
		t.Errorf("one address %v, one network %v, 300 in three %v; want all", one, network, three)
	}
}

func TestBrigadesPressWhileTheyDo(t *testing.T) {
	s := load(t, "brigade")
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
					t.Fatalf("%s: device %q, of %d", b.What, sub.Device, b.Devices)
				}
				if inside := containsAddr(b.Networks, sub.Addr); !inside {
					t.Fatalf("%s: %v is in none of its networks", b.What, sub.Addr)
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
			t.Errorf("%s: %g presses, want about %g, thousands", b.What, got, want)
		}
	}
	if people < 10_000 {
		t.Errorf("%d reports of others, want the quiet traffic to go on", people)
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
