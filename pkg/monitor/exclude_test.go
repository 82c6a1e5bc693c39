package monitor_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// burst counts the reports of ten seconds of a burst, on which those of people do not
// depend: 100 from many networks of one country, half of them of one holder.
func (f *field) burst(rng *rand.Rand) {
	var reports []report.Report
	at := f.now.Add(5 * time.Second)
	for i := range 100 {
		network := report.Network(rng.Uint64())
		if i%2 == 0 {
			network = network&^report.HolderMask | 99
		}
		reports = append(reports, report.Report{
			ID: uuid.New(), Service: "whatsapp", Symptom: "login", Country: "GB", Minute: window.Start(at), Received: at,
			Reporter: report.Reporter{Address: rng.Uint64(), Device: rng.Uint64()}, Network: network,
		})
	}
	f.store.Count(context.Background(), reports)
}

// rollUp computes the rollups that are final.
func (f *field) rollUp() {
	f.t.Helper()
	if _, err := f.archive.RollUp(context.Background(), f.now); err != nil {
		f.t.Fatal(err)
	}
}

// counted is everything that a burst changes.
type counted struct {
	Buckets   []window.Bucket
	Networks  window.NetworkCounts
	Rollups   []window.Rollup
	Spans     []window.Span
	Problems  map[window.Cell]int64
	Baselines []float64 // what is expected of cells in each hour of the next two days
	Level     detect.Level
	Observed  int64
	Expected  float64
}

func (f *field) counted() counted {
	f.t.Helper()
	ctx := f.t.Context()
	must := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	var c counted
	var err error
	c.Buckets, err = f.counts.Buckets(ctx, "whatsapp", morning, f.now)
	must(err)
	c.Networks, err = f.counts.Networks(ctx, "whatsapp", f.now, window.SliceRetention)
	must(err)
	slices.SortFunc(c.Networks.Arrivals, func(a, b window.Arrival) int {
		return int(a.Slice-b.Slice)*2 + map[bool]int{true: -1, false: 1}[a.Network < b.Network]
	})
	c.Rollups, c.Spans, err = f.archive.Rollups(ctx, "whatsapp", morning.Add(-time.Hour), f.now)
	must(err)
	c.Problems, err = f.archive.CountProblems(ctx, "whatsapp", morning, f.now)
	must(err)
	for _, cell := range []window.Cell{baseline.Whole, {Country: "GB"}, {Symptom: "login"}, {Symptom: "messaging"}} {
		for hour := range 48 {
			from := f.now.Add(time.Duration(hour) * time.Hour)
			b, err := f.baselines.Of(ctx, "whatsapp", cell, f.now)
			must(err)
			c.Baselines = append(c.Baselines, b.Expected(from, from.Add(time.Hour)))
		}
	}
	v := f.monitor.Live("whatsapp").Verdict
	c.Level, c.Observed, c.Expected = v.Level, v.Observed, v.Expected
	return c
}

// The burst of the tests of exclusions begins and ends this long after their start,
// and they end after afterBurst.
const (
	burstFrom  = 10 * time.Minute
	burstTo    = 30 * time.Minute
	afterBurst = 4 * time.Hour
)

// withBurst counts people for afterBurst, beside a burst if it has one, and calls then
// at each tick with the time since the start.
func withBurst(t *testing.T, hasBurst bool, then func(f *field, start time.Time, since time.Duration)) *field {
	f := newField(t, nil, 5)
	start, rng := f.now, rand.New(rand.NewPCG(7, 7))
	f.press(afterBurst, nil, 0, func(now time.Time) {
		since := now.Sub(start)
		if since%time.Minute == 0 {
			f.rollUp()
		}
		if hasBurst && since >= burstFrom && since < burstTo {
			f.burst(rng)
		}
		if then != nil {
			then(f, start, since)
		}
	})
	return f
}

func TestARecountEqualsAReplayWithoutTheBurst(t *testing.T) {
	skipSlow(t)
	want := withBurst(t, false, nil).counted()
	sender := report.Holder(99).SenderOf()
	for name, exclusions := range map[string][]admin.Action{
		"by time and symptom":                            {{Symptom: "login"}},
		"by country and sender, and the rest by symptom": {{Sender: &sender, Countries: []string{"GB", "IN"}}, {Symptom: "login"}},
	} {
		for _, delay := range []time.Duration{0, 90 * time.Minute} { // before and after its rollups are final
			t.Run(name+" after "+delay.String(), func(t *testing.T) {
				var ids []int64
				f := withBurst(t, true, func(f *field, start time.Time, since time.Duration) {
					if since != burstTo+delay {
						return
					}
					if len(f.incidents()) != 1 {
						t.Fatal("the burst made no incident; the test tests nothing")
					}
					for _, a := range exclusions {
						a.Kind, a.Service, a.Text = admin.Exclude, "whatsapp", said
						a.From, a.To = start.Add(burstFrom), start.Add(burstTo)
						ids = append(ids, f.ask(a))
					}
				})
				for _, id := range ids {
					f.wantState(id, admin.Applied, "")
				}
				if diff := cmp.Diff(want, f.counted(), cmpopts.IgnoreUnexported(window.NetworkCounts{})); diff != "" {
					t.Errorf("counts differ from those without the burst (-without +excluded):\n%s", diff)
				}
				in := f.incidents()[0]
				last := in.Corrections[len(in.Corrections)-1]
				if len(in.Symptoms) > 0 || in.Verdict.Networks > int(in.Reports) {
					t.Errorf("the incident has the symptoms %v and %d networks, want none of the burst", in.Symptoms, in.Verdict.Networks)
				}
				if in.State != incident.Resolved || last.Change != incident.Recounted || in.Reports > 100 || in.Peak.Observed > 70 {
					t.Errorf("the incident of the burst is %+v, want it counted again without it", in)
				}
			})
		}
	}
}

func TestWhatIsIncludedAgainIsCountedAsBefore(t *testing.T) {
	skipSlow(t)
	want := withBurst(t, true, nil)
	var include, again int64
	f := withBurst(t, true, func(f *field, start time.Time, since time.Duration) {
		if since == burstTo+2*time.Hour {
			exclude := f.ask(admin.Action{Kind: admin.Exclude, Service: "whatsapp", From: start.Add(burstFrom), To: start.Add(burstTo), Symptom: "login", Text: said})
			include = f.ask(admin.Action{Kind: admin.Include, Exclusion: exclude})
			again = f.ask(admin.Action{Kind: admin.Include, Exclusion: include})
		}
	})
	f.wantState(include, admin.Applied, "")
	f.wantState(again, admin.Refused, "excludes nothing")
	if diff := cmp.Diff(want.counted(), f.counted(), cmpopts.IgnoreUnexported(window.NetworkCounts{})); diff != "" {
		t.Errorf("after excluding and including (-never excluded +included):\n%s", diff)
	}
	if before, after := want.incidents()[0], f.incidents()[0]; before.Reports != after.Reports || before.Peak.Observed != after.Peak.Observed || !before.Onset.Equal(after.Onset) {
		t.Errorf("the incident is %+v, want %+v", after, before)
	}
}
