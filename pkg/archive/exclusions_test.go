package archive

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// TestExclusionsTakeOutWhatTheyNameAndPutItBack has two countries and two holders in
// two quarters, one of which is final when they are excluded.
func TestExclusionsTakeOutWhatTheyNameAndPutItBack(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		ctx := t.Context()
		start := time.Date(2022, 10, 25, 7, 0, 0, 0, time.UTC)
		const loud = report.Network(5)
		network := func(i int) report.Network {
			if i < 20 {
				return report.Network(i+1)<<28 | loud
			}
			return report.Network(i + 1000)
		}
		for _, country := range []string{"BD", "IN"} {
			addReportsFrom(t, a, "whatsapp", country, start.Add(3*time.Minute), 30, network)
			addReportsFrom(t, a, "whatsapp", country, start.Add(18*time.Minute), 30, network)
		}
		addReportsFrom(t, a, "signal", "BD", start.Add(3*time.Minute), 30, network)
		roll := func(at time.Time) {
			t.Helper()
			if _, err := a.RollUp(ctx, at); err != nil {
				t.Fatal(err)
			}
		}
		rollups := func(service string) map[string]int64 {
			t.Helper()
			all, _, err := a.Rollups(ctx, service, start, start.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			n := map[string]int64{}
			for _, r := range all {
				n[r.Country+r.Start.Format(" 15:04")] += r.N
				n["aside"] += r.Aside
			}
			return n
		}
		roll(start.Add(32 * time.Minute)) // the first quarter is final
		senders, total, err := a.Senders(ctx, "whatsapp", start, start.Add(time.Hour), 1)
		if err != nil || total != 120 || len(senders) != 1 || senders[0].Reports != 80 || senders[0].Networks != 20 || senders[0].Countries["BD"] != 40 ||
			senders[0].Sender != loud.Holder().SenderOf() || !senders[0].First.Equal(start.Add(3*time.Minute)) {
			t.Fatalf("Senders = %+v of %d, %v; want 80 reports of the loud one", senders, total, err)
		}
		e := window.Exclusion{
			ID: 7, Service: "whatsapp", From: start, To: start.Add(20 * time.Minute), Countries: []string{"BD"},
			Sender: senders[0].Sender, Text: map[string]string{"en": "A test."},
		}
		for range 2 { // the second time as after a crash
			if err := a.Exclude(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
		roll(start.Add(time.Hour))
		want := map[string]int64{"BD 07:00": 10, "IN 07:00": 30, "BD 07:15": 10, "IN 07:15": 30}
		if got := rollups("whatsapp"); got["BD 07:00"] != 10 || got["BD 07:15"] != 10 || got["IN 07:00"] != 30 || got["IN 07:15"] != 30 || got["aside"] == 0 {
			t.Errorf("rollups with an exclusion: %v, want %v", got, want)
		}
		if got := rollups("signal"); got["BD 07:00"] != 30 {
			t.Errorf("rollups of another service: %v", got)
		}
		counted, err := a.CountProblems(ctx, "whatsapp", start, start.Add(time.Hour))
		if n := sum(counted); err != nil || n != 80 {
			t.Errorf("CountProblems = %d, %v; want 80", n, err)
		}
		if n, err := a.Reports(ctx, start, start.Add(time.Hour)); err != nil || n != 150 {
			t.Errorf("%d reports are archived, %v; want all 150", n, err)
		}
		excluded, err := a.Excluded(ctx, start)
		if x := excluded["whatsapp"]; err != nil || len(excluded) != 1 || sum(x.Problems[window.MinuteOf(start.Add(3*time.Minute))]) != 20 || len(x.Arrivals) == 0 {
			t.Errorf("Excluded = %+v, %v; want 20 a minute of whatsapp", excluded, err)
		}
		addReportsFrom(t, a, "whatsapp", "BD", start.Add(19*time.Minute), 30, network)
		if err := a.ExcludeLate(ctx, start.Add(time.Hour)); err != nil { // too long ago
			t.Fatal(err)
		}
		if all, err := a.Exclusions(ctx, start); err != nil || len(all) != 1 || all[0].Reports != 40 || all[0].Text["en"] != "A test." || all[0].IsOver {
			t.Errorf("Exclusions = %+v, %v; want 40 reports", all, err)
		}
		if err := a.ExcludeLate(ctx, start.Add(40*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if all, err := a.Exclusions(ctx, start); err != nil || all[0].Reports != 60 {
			t.Errorf("Exclusions = %+v, %v; want 60 reports with those that came late", all, err)
		}
		for range 2 {
			if err := a.Include(ctx, 7); err != nil {
				t.Fatal(err)
			}
		}
		if got := rollups("whatsapp"); got["BD 07:00"] != 30 || got["IN 07:15"] != 30 {
			t.Errorf("rollups after including: %v", got)
		}
		// Housekeeping that read the exclusion before it ended marks nothing after that.
		if err := a.markExcluded(ctx, e, nil); err != nil {
			t.Fatal(err)
		}
		counted, err = a.CountProblems(ctx, "whatsapp", start, start.Add(time.Hour))
		if n := sum(counted); err != nil || n != 150 {
			t.Errorf("CountProblems after housekeeping = %d, %v; want 150", n, err)
		}
		// A process that was killed before it computed what is set aside is made up for.
		if err := a.writeDB.Exec("UPDATE rollups SET aside = 999").Error; err != nil {
			t.Fatal(err)
		}
		if err := a.Include(ctx, 7); err != nil {
			t.Fatal(err)
		}
		if got := rollups("whatsapp"); got["aside"] == 0 || got["aside"] >= 999 {
			t.Errorf("what is set aside after a crash: %v", got)
		}
		counted, err = a.CountProblems(ctx, "whatsapp", start, start.Add(time.Hour))
		if n := sum(counted); err != nil || n != 150 {
			t.Errorf("CountProblems after including = %d, %v; want 150", n, err)
		}
		if all, err := a.Exclusions(ctx, start); err != nil || len(all) != 0 {
			t.Errorf("Exclusions after including = %+v, %v; want none", all, err)
		}
		if e, err := a.Exclusion(ctx, 7); err != nil || !e.IsOver {
			t.Errorf("Exclusion = %+v, %v; want one that is over", e, err)
		}
		if _, err := a.Exclusion(ctx, 8); fault.KindOf(err) != fault.NotFound {
			t.Errorf("Exclusion of an action that excludes nothing: %v, want fault.NotFound", err)
		}
	})
}

func sum(counts map[window.Cell]int64) (n int64) {
	for _, x := range slices.Collect(maps.Values(counts)) {
		n += x
	}
	return n
}
