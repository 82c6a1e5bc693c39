package ingest

import (
	"net/netip"
	"testing"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// live is a Judge of one incident.
type live struct{ incident *incident.Incident }

func (l live) Live(string) incident.Live { return incident.Live{Incident: l.incident} }

func TestMoreDevicesCountInADeclaredOutage(t *testing.T) {
	for _, c := range []struct {
		name     string
		incident *incident.Incident
		kind     report.Kind
		want     int
	}{
		{"no trouble", nil, report.Problem, window.MaxDevices},
		{"suspected", &incident.Incident{State: incident.Suspected}, report.Problem, window.MaxDevices},
		{"declared", &incident.Incident{State: incident.Confirmed, Declared: noon}, report.Problem, window.MaxDevicesDeclared},
		{"recovering", &incident.Incident{State: incident.Recovering, Declared: noon}, report.Problem, window.MaxDevicesDeclared},
		{"over", &incident.Incident{State: incident.Resolved, Declared: noon}, report.Problem, window.MaxDevices},
		{"a recovery while declared", &incident.Incident{State: incident.Confirmed, Declared: noon}, report.Recovery, window.MaxDevices},
	} {
		store := &recorder{}
		o := testOptions(store)
		o.Judge = live{c.incident}
		run(t, o, func(t *testing.T, in *Ingester, _ func()) {
			s := down
			s.Kind = c.kind
			if _, err := in.Submit(s, phone); err != nil {
				t.Fatal(err)
			}
			if got := store.reports[0].Devices; got != c.want {
				t.Errorf("%s: %d devices at an address count, want %d", c.name, got, c.want)
			}
		})
	}
}

func TestSharedNetworksHaveABoundOfTheirOwn(t *testing.T) {
	shared := []SharedNetwork{
		{netip.MustParsePrefix("192.0.2.0/24"), 500},
		{netip.MustParsePrefix("192.0.2.128/25"), 40},
		{netip.MustParsePrefix("2001:db8:7::/48"), 60},
	}
	in := &Ingester{Options: Options{Shared: shared}}
	for address, want := range map[string]int{
		"192.0.2.1": 500, "192.0.2.200": 40, "::ffff:192.0.2.1": 500, "192.0.3.1": window.MaxDevices,
		"2001:db8:7::1": 60, "2001:db8:7::1%eth0": 60, "2001:db8:8::1": window.MaxDevices,
	} {
		if got := in.devices(&report.Report{}, Sender{Addr: netip.MustParseAddr(address)}); got != want {
			t.Errorf("%d devices at %s count, want %d", got, address, want)
		}
	}
	if got := in.devices(&report.Report{}, Sender{Source: "key:1"}); got != window.MaxDevices {
		t.Errorf("%d devices of a key count, want %d", got, window.MaxDevices)
	}
	in.Judge = live{&incident.Incident{State: incident.Confirmed, Declared: noon}}
	if got := in.devices(&report.Report{}, Sender{Addr: shared[1].Prefix.Addr()}); got != window.MaxDevicesDeclared {
		t.Errorf("%d devices of a shared network count in an outage, want %d", got, window.MaxDevicesDeclared)
	}
}
