package ingest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

func TestTheCountryIsThatOfTheAddressOrOfATrustedSender(t *testing.T) {
	for _, c := range []struct {
		name, claimed, located string
		from                   Sender
		want                   string
	}{
		{"the address decides", "BD", "IN", phone, "IN"},
		{"the address decides without a claim", "", "IN", phone, "IN"},
		{"an unknown address leaves the claim", "BD", "ZZ", phone, "BD"},
		{"nothing is known at all", "", "ZZ", phone, "ZZ"},
		{"a country that the catalog lacks says nothing", "BD", "EU", phone, "BD"},
		{"an empty answer says nothing", "", "", phone, "ZZ"},
		{"a trusted sender is believed", "BD", "IN", Sender{Addr: phone.Addr, Trusted: true}, "BD"},
		{"a trusted sender that claims nothing", "", "IN", Sender{Addr: phone.Addr, Trusted: true}, "IN"},
		{"a trusted sender without address", "BD", "ZZ", Sender{Source: "key:1", Trusted: true}, "BD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := testOptions(nil)
			o.Locate = func(a netip.Addr) string {
				if a != c.from.Addr {
					t.Errorf("asked for the country of %v, want %v", a, c.from.Addr)
				}
				return c.located
			}
			s := down
			s.Country = c.claimed
			r, err := New(o).accept(s, c.from, noon)
			if err != nil {
				t.Fatal(err)
			}
			if r.Country != c.want {
				t.Errorf("claimed %q, located %q: country %q, want %q", c.claimed, c.located, r.Country, c.want)
			}
		})
	}
}

func accepted(t *testing.T, o Options, s report.Submission, from Sender, now time.Time) report.Report {
	t.Helper()
	r, err := New(o).accept(s, from, now)
	if err != nil {
		t.Fatalf("accept: %v", err)
	}
	return r.Report
}

func TestPseudonymsFollowTheAddressOrTheSource(t *testing.T) {
	at := func(a string) Sender { return Sender{Addr: netip.MustParseAddr(a)} }
	for _, c := range []struct {
		name                      string
		a, b                      Sender
		sameReporter, sameNetwork bool
	}{
		{"one IPv6 /64 is one reporter", at("2001:db8:1:2::1"), at("2001:db8:1:2:3::4"), true, true},
		{"two /64 of a /48 are one network", at("2001:db8:1:2::1"), at("2001:db8:1:3::1"), false, true},
		{"IPv4 written as IPv6 is IPv4", at("203.0.113.7"), at("::ffff:203.0.113.7"), true, true},
		{"two addresses of a /24", at("203.0.113.7"), at("203.0.113.8"), false, true},
		{"two networks", at("203.0.113.7"), at("198.51.100.7"), false, false},
		{"two origins, one address: the origin is the network",
			Sender{Addr: phone.Addr, Source: "origin:https://a.example"}, Sender{Addr: phone.Addr, Source: "origin:https://b.example"}, true, false},
		{"one origin, two addresses far apart: the origin is the network",
			Sender{Addr: phone.Addr, Source: "origin:https://a.example"}, Sender{Addr: netip.MustParseAddr("198.51.100.7"), Source: "origin:https://a.example"}, false, true},
		{"a key without address", Sender{Source: "key:1"}, Sender{Source: "key:1"}, true, true},
		{"two keys without address", Sender{Source: "key:1"}, Sender{Source: "key:2"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := accepted(t, testOptions(nil), down, c.a, noon), accepted(t, testOptions(nil), down, c.b, noon)
			if got := a.Reporter == b.Reporter; got != c.sameReporter {
				t.Errorf("same reporter: %v, want %v", got, c.sameReporter)
			}
			if got := a.Network == b.Network; got != c.sameNetwork {
				t.Errorf("same network: %v, want %v", got, c.sameNetwork)
			}
		})
	}
}

func TestDevicesOfAnAddressAreDistinct(t *testing.T) {
	one, two := down, down
	one.Device, two.Device = "one", "two"

	a, b := accepted(t, testOptions(nil), one, phone, noon), accepted(t, testOptions(nil), two, phone, noon)
	if a.Reporter.Address != b.Reporter.Address || a.Reporter.Device == b.Reporter.Device {
		t.Errorf("two devices of an address are %v and %v, want one Address and two Devices", a.Reporter, b.Reporter)
	}

	o := testOptions(nil)
	o.Unlimited = true
	a, b = accepted(t, o, one, phone, noon), accepted(t, o, two, phone, noon)
	if a.Reporter.Address == b.Reporter.Address {
		t.Errorf("without limits two devices are %v and %v, want two Addresses", a.Reporter, b.Reporter)
	}
	if again := accepted(t, o, one, phone, noon); again.Reporter != a.Reporter {
		t.Errorf("without limits a device is %v and then %v", a.Reporter, again.Reporter)
	}
}

func TestAReportSoonAfterMidnightAlsoHasYesterdaysPseudonym(t *testing.T) {
	midnight := time.Date(2022, 10, 26, 0, 0, 0, 0, time.UTC)
	o := testOptions(nil)
	o.Keys = keys{yesterday: &yesterdayKey}
	for _, c := range []struct {
		name     string
		received time.Duration // after midnight
		occurred string
		want     bool
	}{
		{"at midnight", 0, "", true},
		{"in the last minute of the first half hour", 30*time.Minute - 1, "", true},
		{"after the first half hour", 30 * time.Minute, "", false},
		{"late, of yesterday", 5 * time.Minute, "2022-10-25T23:55:00Z", true},
		{"late, of the first half hour", 40 * time.Minute, "2022-10-26T00:29:59Z", true},
		{"late, after the first half hour", 40 * time.Minute, "2022-10-26T00:30:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := down
			s.OccurredAt = c.occurred
			r := accepted(t, o, s, phone, midnight.Add(c.received))
			var want report.Reporter
			if c.want {
				want = yesterdayKey.Reporter("whatsapp", phone.Addr, "")
			}
			if r.Yesterday != want {
				t.Errorf("Yesterday = %v, want %v", r.Yesterday, want)
			}
			if today := todayKey.Reporter("whatsapp", phone.Addr, ""); r.Reporter != today {
				t.Errorf("Reporter = %v, want %v of today's key", r.Reporter, today)
			}
		})
	}

	t.Run("without a key of yesterday", func(t *testing.T) {
		if r := accepted(t, testOptions(nil), down, phone, midnight); !r.Yesterday.IsZero() {
			t.Errorf("Yesterday = %v, want none", r.Yesterday)
		}
	})

	t.Run("without limits", func(t *testing.T) {
		o := o
		o.Unlimited = true
		r := accepted(t, o, down, phone, midnight)
		if r.Yesterday.IsZero() || r.Yesterday.Address != r.Yesterday.Device {
			t.Errorf("Yesterday = %v, want an address of its own", r.Yesterday)
		}
		r = accepted(t, testOptions(nil), down, phone, noon)
		if !r.Yesterday.IsZero() {
			t.Errorf("at noon Yesterday = %v, want none", r.Yesterday)
		}
	})
}

// With a database of autonomous systems, networks of one system have one holder.
func TestTheAutonomousSystemIsTheHolder(t *testing.T) {
	in := New(Options{System: func(addr netip.Addr) string {
		if addr.Is4() {
			return "64496"
		}
		return ""
	}})
	network := func(addr string, source string) report.Network {
		return in.networkOf(Sender{Addr: netip.MustParseAddr(addr), Source: source}, &todayKey, "whatsapp")
	}
	a, b := network("198.51.100.7", ""), network("203.0.113.7", "")
	if a == b || a.Holder() != b.Holder() {
		t.Errorf("networks %x and %x of one system, want two networks of one holder", a, b)
	}
	c, d := network("2400:1000::1", ""), network("2400:1008::1", "")
	if c.Holder() == d.Holder() || c.Holder() == a.Holder() {
		t.Errorf("networks %x and %x without a system and %x with one, want three holders", c, d, a)
	}
	if e := network("198.51.100.7", "frames"); e.Holder() == a.Holder() {
		t.Error("a source has the holder of the address that it was sent from")
	}
}
