package archive

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// wantRolledUp asserts how many quarters RollUp sets.
func wantRolledUp(t *testing.T, a *Archive, now time.Time, want int) {
	t.Helper()
	if n, err := a.RollUp(t.Context(), now); n != want || err != nil {
		t.Fatalf("RollUp(%s) = %d, %v; want %d", now.Format("15:04:05"), n, err, want)
	}
}

// rollupOf returns a rollup of problems with login.
func rollupOf(service, country string, start time.Time, width time.Duration, n int64) window.Rollup {
	return window.Rollup{
		Service: service, Kind: report.Problem, Cell: window.Cell{Country: country, Symptom: "login"},
		Start: start, Width: width, N: n,
	}
}

// wantSame compares rollups. Those with the same start may have any order.
func wantSame(t *testing.T, want, got []window.Rollup) {
	t.Helper()
	if !slices.IsSortedFunc(got, func(a, b window.Rollup) int { return a.Start.Compare(b.Start) }) {
		t.Errorf("Rollups are not ordered by their start: %+v", got)
	}
	anyOrder := cmpopts.SortSlices(func(a, b window.Rollup) bool {
		return a.Start.Before(b.Start) || a.Start.Equal(b.Start) && a.Country < b.Country
	})
	if diff := cmp.Diff(want, got, anyOrder, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Rollups (-want +got):\n%s", diff)
	}
}

// wantRollups asserts the rollups and spans that start in [from, to).
func wantRollups(t *testing.T, a *Archive, service string, from, to time.Time, rollups []window.Rollup, spans []window.Span) {
	t.Helper()
	gotRollups, gotSpans, err := a.Rollups(t.Context(), service, from, to)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, rollups, gotRollups)
	if diff := cmp.Diff(spans, gotSpans, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Rollups: spans (-want +got):\n%s", diff)
	}
}

func TestRollUpSetsQuartersThatAreFinal(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		quarterTo := func(n int) time.Time { return noon.Add(time.Duration(n) * window.RollupWidth) }
		wantRolledUp(t, a, noon, 0) // nothing was counted

		mustAddBeats(t, a, noon.Add(5*time.Minute), quarterTo(1))
		addReports(t, a, "acme", "IN", noon.Add(5*time.Minute), 3)
		addReports(t, a, "acme", "BD", noon.Add(14*time.Minute), 1)
		addReports(t, a, "umbrella", "IN", noon.Add(7*time.Minute), 2)
		addReports(t, a, "acme", "IN", quarterTo(1), 5) // the next quarter
		wantRolledUp(t, a, quarterTo(1).Add(window.RollupDelay-time.Nanosecond), 0)
		wantRolledUp(t, a, quarterTo(1).Add(window.RollupDelay), 1)
		wantRolledUp(t, a, quarterTo(1).Add(window.RollupDelay), 0)

		first := []window.Rollup{rollupOf("acme", "IN", noon, window.RollupWidth, 3), rollupOf("acme", "BD", noon, window.RollupWidth, 1)}
		known := window.Span{Start: noon, Width: window.RollupWidth, Known: 10}
		wantRollups(t, a, "acme", noon, quarterTo(1), first, []window.Span{known})
		wantRollups(t, a, "umbrella", noon, quarterTo(1), []window.Rollup{rollupOf("umbrella", "IN", noon, window.RollupWidth, 2)}, []window.Span{known})
		wantRollups(t, a, "acme", noon.Add(time.Second), quarterTo(1), nil, nil)

		// The second quarter is set. In the two after it nothing was counted.
		wantRolledUp(t, a, quarterTo(4).Add(window.RollupDelay), 1)
		wantRollups(t, a, "acme", quarterTo(1), quarterTo(9),
			[]window.Rollup{rollupOf("acme", "IN", quarterTo(1), window.RollupWidth, 5)},
			[]window.Span{{Start: quarterTo(1), Width: window.RollupWidth}})
	})
}

func TestRollUpSkipsQuartersInWhichNothingWasCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		wrong := time.Unix(0, 0).UTC() // the time of a clock that is not set yet
		mustAddBeats(t, a, wrong, wrong.Add(time.Minute))
		mustAddBeats(t, a, noon, noon.Add(2*time.Minute))
		addReports(t, a, "acme", "IN", noon.Add(24*time.Hour), 2) // without a beat
		wantRolledUp(t, a, noon.Add(48*time.Hour), 3)
		wantRolledUp(t, a, noon.Add(48*time.Hour), 0)
		wantRollups(t, a, "acme", wrong, noon.Add(48*time.Hour),
			[]window.Rollup{rollupOf("acme", "IN", noon.Add(24*time.Hour), window.RollupWidth, 2)},
			[]window.Span{
				{Start: wrong, Width: window.RollupWidth, Known: 1},
				{Start: noon, Width: window.RollupWidth, Known: 2},
				{Start: noon.Add(24 * time.Hour), Width: window.RollupWidth},
			})

		mustAddBeats(t, a, noon.Add(12*time.Hour), noon.Add(12*time.Hour+time.Minute)) // a beat in a gap opens its quarter
		wantRolledUp(t, a, noon.Add(48*time.Hour), 1)
		if err := a.Retain(t.Context(), noon.Add(48*time.Hour)); err != nil {
			t.Fatal(err)
		}
		var beats int
		if err := a.Reader().Raw(`SELECT COUNT(*) FROM beats WHERE minute < ?`, window.MinuteOf(noon.AddDate(0, 0, -1))).Scan(&beats).Error; err != nil || beats != 0 {
			t.Errorf("after Retain, %d beats of the wrong clock are left, %v; want none", beats, err)
		}
	})
}

func TestRollUpSetsALimitedNumberOfQuartersAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		const extra = 5
		for i := range quartersAtOnce + extra {
			at := noon.Add(time.Duration(i) * window.RollupWidth)
			mustAddBeats(t, a, at, at.Add(time.Minute))
		}
		later := noon.Add(1000 * time.Hour)
		wantRolledUp(t, a, later, quartersAtOnce)
		wantRolledUp(t, a, later, extra)
		wantRolledUp(t, a, later, 0)
	})
}

func TestRollUpDoesNotChangeSavedRollups(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		var rollups []window.Rollup
		var spans []window.Span
		for i := range rollupBatch + 1 {
			start := noon.Add(time.Duration(i) * window.RollupWidth)
			rollups = append(rollups, rollupOf("acme", "IN", start, window.RollupWidth, int64(i)))
			spans = append(spans, window.Span{Start: start, Width: window.RollupWidth, Known: 15})
		}
		for range 2 { // the second call changes nothing
			if err := a.SaveRollups(t.Context(), rollups, spans); err != nil {
				t.Fatal(err)
			}
		}
		wantRollups(t, a, "acme", time.Time{}, noon.Add(1e6*time.Minute), rollups, spans)
		addReports(t, a, "acme", "IN", noon, 7)
		wantRolledUp(t, a, noon.Add(time.Hour), 0)
		wantRollups(t, a, "acme", noon, noon.Add(time.Hour), rollups[:4], spans[:4])
	})
}

func TestMergeKeepsTotalsAndEndsInDays(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		midnight := noon.Truncate(24 * time.Hour)
		var rollups []window.Rollup
		var spans []window.Span
		for i := range 2 * 96 {
			start := midnight.Add(time.Duration(i) * window.RollupWidth)
			rollups = append(rollups, rollupOf("acme", "IN", start, window.RollupWidth, 1), rollupOf("acme", "BD", start, window.RollupWidth, 2))
			spans = append(spans, window.Span{Start: start, Width: window.RollupWidth, Known: 14})
		}
		if err := a.SaveRollups(t.Context(), rollups, spans); err != nil {
			t.Fatal(err)
		}
		merge := func(now time.Time) {
			t.Helper()
			for range 2 {
				if err := a.Merge(t.Context(), now); err != nil {
					t.Fatal(err)
				}
			}
		}
		days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

		merge(midnight.Add(days(35) + 90*time.Minute)) // an hour that is not old enough yet stays in quarters
		wantRollups(t, a, "acme", midnight, midnight.Add(75*time.Minute),
			[]window.Rollup{
				rollupOf("acme", "IN", midnight, time.Hour, 4), rollupOf("acme", "BD", midnight, time.Hour, 8),
				rollups[8], rollups[9],
			},
			[]window.Span{{Start: midnight, Width: time.Hour, Known: 56}, spans[4]})

		addReports(t, a, "acme", "IN", midnight, 1) // a quarter that was merged is final
		wantRolledUp(t, a, midnight.Add(days(2)+window.RollupDelay), 0)

		merge(midnight.Add(days(366)))
		next := midnight.Add(days(1))
		got, _, err := a.Rollups(t.Context(), "acme", midnight, next.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		want := []window.Rollup{
			rollupOf("acme", "IN", midnight, days(1), 96), rollupOf("acme", "BD", midnight, days(1), 192),
			rollupOf("acme", "IN", next, time.Hour, 4), rollupOf("acme", "BD", next, time.Hour, 8),
		}
		wantSame(t, want, got)
		merge(midnight.Add(days(367)))
		wantRollups(t, a, "acme", midnight, midnight.Add(days(3)),
			[]window.Rollup{want[0], want[1], rollupOf("acme", "IN", next, days(1), 96), rollupOf("acme", "BD", next, days(1), 192)},
			[]window.Span{{Start: midnight, Width: days(1), Known: 1344}, {Start: next, Width: days(1), Known: 1344}})
	})
}

func TestRetainDropsOnlyWhatIsNotNeeded(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		count := func() int64 {
			t.Helper()
			var n int64
			if err := a.Reader().Raw(`SELECT COUNT(*) FROM reports`).Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
		retain := func(before time.Time, want int64) {
			t.Helper()
			if err := a.Retain(t.Context(), before); err != nil {
				t.Fatal(err)
			}
			if got := count(); got != want {
				t.Fatalf("after Retain(%s), %d reports are left, want %d", before, got, want)
			}
		}
		second := noon.Add(24 * time.Hour) // Postgres drops whole days
		addReports(t, a, "acme", "IN", noon, retainBatch+1)
		addReports(t, a, "acme", "IN", second, 2)
		mustAddBeats(t, a, noon, noon.Add(15*time.Minute))
		mustAddBeats(t, a, second, second.Add(15*time.Minute))
		later := noon.Add(72 * time.Hour)
		retain(later, retainBatch+3) // no quarter is rolled up

		wantRolledUp(t, a, noon.Add(31*time.Minute), 1)
		retain(later, retainBatch+3) // a window of up to 26 hours may still show noon
		mustAddBeats(t, a, later.Add(window.Retention), later.Add(window.Retention+time.Minute))
		retain(noon, retainBatch+3) // later than the given time
		retain(later, 2)            // the quarter of the second day is not rolled up
		wantRolledUp(t, a, second.Add(31*time.Minute), 1)
		retain(later, 0)
		wantRollups(t, a, "acme", noon, later,
			[]window.Rollup{rollupOf("acme", "IN", noon, window.RollupWidth, retainBatch+1), rollupOf("acme", "IN", second, window.RollupWidth, 2)},
			[]window.Span{{Start: noon, Width: window.RollupWidth, Known: 15}, {Start: second, Width: window.RollupWidth, Known: 15}})
	})
}

func BenchmarkSaveRollups(b *testing.B) {
	a := emptySQLite(b)
	const n = 100_000
	rollups := make([]window.Rollup, n)
	countries := []string{"BD", "BR", "DE", "IN", "US"}
	for i := range rollups {
		rollups[i] = rollupOf("acme", countries[i%len(countries)], noon.Add(time.Duration(i/len(countries))*window.RollupWidth), window.RollupWidth, int64(i))
	}
	for b.Loop() {
		if err := a.SaveRollups(b.Context(), rollups, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rollups/s")
}

// Of what one holder sends beside six people, only the logarithm counts.
func TestARollupSetsAsideWhatOneHolderSent(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		ofHolder := func(holder int) func(int) report.Network {
			return func(i int) report.Network { return report.Network(i)<<28 | report.Network(holder) }
		}
		const flood = 100
		addReportsFrom(t, a, "acme", "IN", noon, flood, ofHolder(7))
		addReports(t, a, "acme", "IN", noon.Add(3*time.Minute), 6)
		addReports(t, a, "acme", "BD", noon, 40)
		addReportsFrom(t, a, "umbrella", "IN", noon, 3, ofHolder(7))
		mustAddBeats(t, a, noon, noon.Add(window.RollupWidth))
		wantRolledUp(t, a, noon.Add(window.RollupWidth+window.RollupDelay), 1)

		in := rollupOf("acme", "IN", noon, window.RollupWidth, flood+6)
		in.Aside = 92 // of 100, 1 + log2(100) count, which is more than 6·2/3
		known := []window.Span{{Start: noon, Width: window.RollupWidth, Known: 15}}
		wantRollups(t, a, "acme", noon, noon.Add(time.Hour), []window.Rollup{in, rollupOf("acme", "BD", noon, window.RollupWidth, 40)}, known)
		wantRollups(t, a, "umbrella", noon, noon.Add(time.Hour), []window.Rollup{rollupOf("umbrella", "IN", noon, window.RollupWidth, 3)}, known)

		if err := a.Merge(t.Context(), noon.Add(40*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		in.Width = time.Hour
		wantRollups(t, a, "acme", noon, noon.Add(time.Hour), []window.Rollup{in, rollupOf("acme", "BD", noon, time.Hour, 40)},
			[]window.Span{{Start: noon, Width: time.Hour, Known: 15}})
	})
}
