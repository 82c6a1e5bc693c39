package replay

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/scenario"
	"github.com/outcry/outcry/pkg/window"
)

// TestPhonesBehindTheGatewaysOfACarrierAreCounted adds to a real outage 20,000
// phones behind 16 addresses, which press in the course of the outage.
func TestPhonesBehindTheGatewaysOfACarrierAreCounted(t *testing.T) {
	const phones, gateways, length = 20_000, 16, 40
	s, err := scenario.Load("whatsapp-2017-11-03")
	if err != nil {
		t.Fatal(err)
	}
	onset := s.Start.Truncate(24 * time.Hour).Add(8 * time.Hour)
	s.Start, s.End = onset.Add(-time.Hour), onset.Add((length+5)*time.Minute)
	r := openSimulation(t, s, config.Default())

	weight := func(minute int) int { return min(2*minute+1, 40) } // it rises for 20 minutes, and then stays
	total := 0
	for m := range length {
		total += weight(m)
	}
	next, due, counted := 0, 0, 0
	for minute, submissions := range s.Stream(1) {
		if m := int(minute.Sub(onset) / time.Minute); m >= 0 && m < length {
			due += weight(m)
			var items []ingest.Item
			for ; next < phones*due/total; next++ {
				items = append(items, ingest.Item{
					Submission: report.Submission{Service: "whatsapp", Symptom: "messaging", Device: fmt.Sprint("phone ", next)},
					Sender:     ingest.Sender{Addr: netip.AddrFrom4([4]byte{103, 4, 145, byte(next % gateways)}), Exempt: true},
				})
			}
			r.clock.set(minute)
			for _, result := range r.Ingester.SubmitAll(items) {
				if result.Err != nil {
					t.Fatal(result.Err)
				}
				if result.Status == window.Counted {
					counted++
				}
			}
		}
		if err := r.minute(t.Context(), minute, submissions); err != nil {
			t.Fatal(err)
		}
	}
	if next != phones || counted < phones*95/100 {
		t.Errorf("of %d phones behind %d addresses %d were counted, want at least 95 %%", next, gateways, counted)
	}
	t.Logf("of %d phones behind %d addresses %d were counted", next, gateways, counted)
}

// TestACampusBehindOneAddress presses 40 buttons where nothing is declared.
func TestACampusBehindOneAddress(t *testing.T) {
	for _, c := range []struct {
		name    string
		shared  []config.SharedNetwork
		hasTabs bool // whether the script of the page runs
		want    map[window.Status]int
	}{
		{"with the script of the page", nil, true, map[window.Status]int{window.Counted: 8, window.Limited: 32}},
		{"on a network that is known to be shared", []config.SharedNetwork{{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Devices: 500}}, true, map[window.Status]int{window.Counted: 40}},
		{"without script", nil, false, map[window.Status]int{window.Counted: 1, window.Repeat: 39}},
	} {
		s, err := scenario.Load("whatsapp-2017-11-03")
		if err != nil {
			t.Fatal(err)
		}
		cfg := config.Default()
		cfg.SharedNetworks = c.shared
		r := openSimulation(t, s, cfg)
		got := map[window.Status]int{}
		for i := range 40 {
			press := report.Submission{Service: "whatsapp", Symptom: "messaging"}
			if c.hasTabs {
				press.Device = fmt.Sprint("tab ", i)
			}
			receipt, err := r.Ingester.Submit(press, ingest.Sender{Addr: netip.MustParseAddr("192.0.2.7")})
			if err != nil {
				t.Fatal(err)
			}
			got[receipt.Status]++
		}
		for _, status := range []window.Status{window.Counted, window.Repeat, window.Limited} {
			if got[status] != c.want[status] {
				t.Errorf("%s: %d of 40 are %s, want %d", c.name, got[status], status, c.want[status])
			}
		}
	}
}

func TestTheBoundsOfSharedNetworksAreThoseOfStores(t *testing.T) {
	got, want := []int{config.MinSharedDevices, config.MaxSharedDevices}, []int{window.MaxDevices, window.MaxDevicesDeclared}
	if !slices.Equal(got, want) {
		t.Errorf("a shared network may have %v devices at an address, stores count %v", got, want)
	}
}

// openSimulation opens a simulation of s in a folder of its own.
func openSimulation(t *testing.T, s *scenario.Scenario, cfg config.Config) *simulation {
	t.Helper()
	cfg.Data = t.TempDir()
	clock := newVirtualClock(s.Start)
	p, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler), app.Options{Now: clock.now, Replay: true})
	if err != nil {
		t.Fatal(err)
	}
	rollups, spans := s.History(1)
	if err := p.Archive.SaveRollups(t.Context(), rollups, spans); err != nil {
		t.Fatal(err)
	}
	work := app.NewGroup(context.WithoutCancel(t.Context()))
	ingesting := work.Run("ingest", p.Ingester.Run)
	t.Cleanup(func() {
		ingesting.Stop()
		if err := work.Err(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return &simulation{Parts: p, clock: clock, run: s.Begin(1), tick: monitor.Interval}
}
