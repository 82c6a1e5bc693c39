package limit

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/report"
)

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

const s = time.Second

// reportsOf returns a limiter of reports with these rates and no other limits.
func reportsOf(r [Levels]Rate) *Local {
	var all [classes][Levels]Rate
	all[Reports] = r
	return withRates(all)
}

func TestAnAllowanceRefillsEvenly(t *testing.T) {
	l := reportsOf([Levels]Rate{{3, 6 * s}}) // one every 2 s
	for _, step := range []struct {
		at   time.Duration
		want Decision
	}{
		{0, Decision{Allowed: true, Limit: 3, Remaining: 2, Reset: 2 * s}},
		{0, Decision{Allowed: true, Limit: 3, Remaining: 1, Reset: 4 * s}},
		{0, Decision{Allowed: true, Limit: 3, Remaining: 0, Reset: 6 * s}},
		{0, Decision{Limit: 3, RetryAfter: 2 * s, Reset: 6 * s}},
		{1 * s, Decision{Limit: 3, RetryAfter: 1 * s, Reset: 5 * s}},
		{2*s - 1, Decision{Limit: 3, RetryAfter: 1, Reset: 4*s + 1}},
		{2 * s, Decision{Allowed: true, Limit: 3, Remaining: 0, Reset: 6 * s}},
		{7 * s, Decision{Allowed: true, Limit: 3, Remaining: 1, Reset: 3 * s}}, // 5 s are two and a half
		{60 * s, Decision{Allowed: true, Limit: 3, Remaining: 2, Reset: 2 * s}},
	} {
		step.want.Period = 6 * s
		if got := l.Take(Reports, Sender{7}, noon.Add(step.at)); got != step.want {
			t.Errorf("Take after %v = %+v, want %+v", step.at, got, step.want)
		}
	}
	if got := l.Take(Reports, Sender{8}, noon); got.Remaining != 2 {
		t.Errorf("another sender has %d left, want 2", got.Remaining)
	}
	if got := l.Take(Visits, Sender{7}, noon); got != (Decision{Class: Visits, Allowed: true}) {
		t.Errorf("Take of a class without limits = %+v, want it allowed", got)
	}
}

func TestEachLevelHasAnAllowanceAndARefusalCostsNone(t *testing.T) {
	l := reportsOf([Levels]Rate{{3, time.Hour}, {5, time.Hour}, {7, time.Hour}})
	type taken struct {
		Level   Level
		Allowed bool
	}
	take := func(n int, from Sender) (got []taken) {
		for range n {
			d := l.Take(Reports, from, noon)
			got = append(got, taken{d.Level, d.Allowed})
		}
		return got
	}
	for _, step := range []struct {
		from Sender
		want []taken
	}{
		{Sender{1, 1, 1}, []taken{{Address, true}, {Address, true}, {Address, true}, {Address, false}, {Address, false}}},
		{Sender{2, 1, 1}, []taken{{Network, true}, {Network, true}, {Network, false}, {Network, false}}},
		{Sender{3, 2, 1}, []taken{{Holder, true}, {Holder, true}, {Holder, false}}},
		{Sender{4, 3, 2}, []taken{{Address, true}}},
	} {
		if diff := cmp.Diff(step.want, take(len(step.want), step.from)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", step.from, diff)
		}
	}
	for level, key := range (Sender{1, 1, 1}) {
		if got, want := l.Used(Reports, Level(level), key, noon), int64(3+2*level); got != want {
			t.Errorf("%d are used of the %v, want %d: refusals cost nothing", got, Level(level), want)
		}
	}
}

func TestWhatIsGivenBackCanBeTakenAgain(t *testing.T) {
	l := reportsOf([Levels]Rate{{}, {2, time.Hour}, {9, time.Hour}})
	from := Sender{1, 2, 3}
	for range 2 {
		l.Take(Reports, from, noon)
	}
	if l.Take(Reports, from, noon).Allowed {
		t.Fatal("a third one is allowed, want two")
	}
	l.GiveBack(Reports, from, noon)
	if !l.Take(Reports, from, noon).Allowed {
		t.Error("what was given back cannot be taken")
	}
	for range 9 { // a full allowance does not grow
		l.GiveBack(Reports, Sender{1, 7, 8}, noon)
	}
	if got := l.Take(Reports, Sender{1, 7, 8}, noon); got.Level != Network || got.Remaining != 1 {
		t.Errorf("Take = %+v, want 1 of 2 left", got)
	}
}

func TestAllowancesAreFullAfterTheClockWentBack(t *testing.T) {
	l := reportsOf([Levels]Rate{{3, 6 * s}})
	l.Take(Reports, Sender{7}, noon.AddDate(1, 0, 0))
	if got := l.Take(Reports, Sender{7}, noon); !got.Allowed || got.Remaining != 2 {
		t.Errorf("Take = %+v, want a full allowance", got)
	}
	for range 3 {
		l.Take(Reports, Sender{7}, noon)
	}
	if got := l.Take(Reports, Sender{7}, noon.Add(-time.Millisecond)); got.Allowed {
		t.Errorf("a millisecond back Take = %+v, want the allowance still used up", got)
	}
}

func TestNoMoreIsAllowedUnderConcurrency(t *testing.T) {
	const burst = 500
	l := reportsOf([Levels]Rate{{burst, time.Minute}, {burst, time.Minute}, {burst, time.Minute}})
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range burst / 4 {
				if l.Take(Reports, Sender{7, 8, 9}, noon).Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if allowed.Load() != burst {
		t.Errorf("%d of %d are allowed, want %d", allowed.Load(), 2*burst, burst)
	}
}

func TestAllowancesGrowWithTheLevel(t *testing.T) {
	for class := range classes {
		for level := range Levels {
			r := RateOf(class, level)
			if r.Burst == 0 {
				continue
			}
			if level > 0 && RateOf(class, level-1).Burst >= r.Burst {
				t.Errorf("%v: the allowance of %v is not larger than that of one of its parts", class, level)
			}
			if r.Period%time.Duration(r.Burst) != 0 || r.every()%time.Microsecond != 0 {
				t.Errorf("%v of %v: one is refilled in %v, which is not a whole number of microseconds; processes exchange these", class, level, r.every())
			}
		}
	}
}

// TestOneHolderOfManyAddressesIsLimitedAndOthersAreNot floods from the addresses of
// one allocation.
func TestOneHolderOfManyAddressesIsLimitedAndOthersAreNot(t *testing.T) {
	key := &report.DayKey{1}
	for _, x := range []struct {
		name  string
		level Level
		addr  func(i int) string
	}{
		{"a /24", Network, func(i int) string { return fmt.Sprintf("203.0.113.%d", i%256) }},
		{"a /16", Holder, func(i int) string { return fmt.Sprintf("198.51.%d.%d", i%256, i/256%256) }},
		{"a /48", Network, func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i%65536) }},
		{"a /44", Holder, func(i int) string { return fmt.Sprintf("2001:db8:%x:%x::1", i%16, i/16%65536) }},
		{"a /32", Holder, func(i int) string { return fmt.Sprintf("2001:db8:%x:1::1", i%65536) }},
		{"a /29", Holder, func(i int) string { return fmt.Sprintf("2001:%x:%x:1::1", 0xdb8+i%8, i/8%65536) }},
	} {
		l := NewLocal()
		allowed := 0
		for i := range 50_000 {
			if l.Take(Reports, SenderAt(key, netip.MustParseAddr(x.addr(i))), noon).Allowed {
				allowed++
			}
		}
		if want := RateOf(Reports, x.level).Burst; allowed != want {
			t.Errorf("%s: %d of 50,000 reports are allowed, want %d", x.name, allowed, want)
		}
		if !l.Take(Reports, SenderAt(key, netip.MustParseAddr("192.0.2.1")), noon).Allowed {
			t.Errorf("%s: somebody elsewhere is refused", x.name)
		}
	}
}

// TestACarriersGatewaysAreNotLimitedInAnOutage sends what 20,000 phones behind 16
// addresses send in the first ten minutes of an outage. Each reports once and
// has the page open for two minutes, which asks every ten seconds.
func TestACarriersGatewaysAreNotLimitedInAnOutage(t *testing.T) {
	const phones, length, open, pause = 20_000, 10 * time.Minute, 2 * time.Minute, 10 * time.Second
	key := &report.DayKey{1}
	l := NewLocal()
	take := func(class Class, phone int, at time.Duration) {
		from := SenderAt(key, netip.MustParseAddr(fmt.Sprintf("203.0.113.%d", phone%16)))
		if d := l.Take(class, from, noon.Add(at)); !d.Allowed {
			t.Fatalf("phone %d after %v is refused: %+v", phone, at, d)
		}
	}
	begins := func(at time.Duration) int { return min(phones, int(phones*at/length)) } // how many have begun
	for at := pause; at <= length+open; at += pause {
		for phone := begins(at - pause); phone < begins(at); phone++ {
			take(Reports, phone, at)
			take(Rows, phone, at)
			take(Visits, phone, at)
		}
		for phone := begins(max(0, at-open)); phone < begins(at); phone++ {
			take(Pages, phone, at)
		}
	}
}

func BenchmarkLocal(b *testing.B) {
	l := NewLocal()
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		l.Take(Reports, Sender{i, i >> 8, i >> 16}, noon)
	}
}

// TestAFloodOfOneNetworkIsCutShort sends 410,000 reports in 40 s from the 65,536
// households of a /48, as one did.
func TestAFloodOfOneNetworkIsCutShort(t *testing.T) {
	const reports, length = 410_000, 40 * time.Second
	key := &report.DayKey{1}
	l := NewLocal()
	allowed := 0
	for i := range reports {
		from := SenderAt(key, netip.MustParseAddr(fmt.Sprintf("2001:db8:1:%x::1", i%65536)))
		if l.Take(Reports, from, noon.Add(time.Duration(i)*length/reports)).Allowed {
			allowed++
		}
	}
	r := RateOf(Reports, Network)
	if want := r.Burst + int(length/r.every()); allowed < want-1 || allowed > want {
		t.Errorf("%d of %d reports are allowed in %v, want %d", allowed, reports, length, want)
	}
}
