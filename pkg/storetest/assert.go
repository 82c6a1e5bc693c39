package storetest

import (
	order "cmp"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// wantOutcomes counts reports in one batch and asserts their outcomes.
func wantOutcomes(t *testing.T, s window.Store, want []window.Outcome, reports ...report.Report) {
	t.Helper()
	got := s.Count(t.Context(), reports)
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		t.Fatalf("Count of %d reports (-want +got):\n%s", len(reports), diff)
	}
}

// wantOutcome counts one report and asserts its outcome.
func wantOutcome(t *testing.T, s window.Store, want window.Outcome, r report.Report) {
	t.Helper()
	wantOutcomes(t, s, []window.Outcome{want}, r)
}

// buckets returns what Buckets returns, and asserts that BucketsOf agrees.
func buckets(t *testing.T, s window.Store, service string, from, to time.Time) []window.Bucket {
	t.Helper()
	b, err := s.Buckets(t.Context(), service, from, to)
	if err != nil {
		t.Fatalf("Buckets(%s, %s, %s): %v", service, clock(from), clock(to), err)
	}
	all, err := s.BucketsOf(t.Context(), []string{"unheard-of", service}, from, to)
	if err != nil || len(all) != 2 || len(all[0]) != len(b) {
		t.Fatalf("BucketsOf(unheard-of and %s, %s, %s) has %d lists, error %v; want 2 of one length", service, clock(from), clock(to), len(all), err)
	}
	if !reflect.DeepEqual(sorted(b), sorted(all[1])) {
		t.Fatalf("BucketsOf(unheard-of and %s, %s, %s) has other buckets than Buckets", service, clock(from), clock(to))
	}
	return b
}

// wantBuckets asserts the buckets of a service. The order of counts within a
// bucket does not matter.
func wantBuckets(t *testing.T, s window.Store, service string, from, to time.Time, want []window.Bucket) {
	t.Helper()
	got := sorted(buckets(t, s, service, from, to))
	want = sorted(want)
	if reflect.DeepEqual(want, got) {
		return // cmp is too slow for the hundreds of buckets that Compare reads
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("Buckets(%s, %s, %s) (-want +got):\n%s", service, clock(from), clock(to), diff)
	}
}

// wantProblems asserts how many problems a service has in [from, to).
func wantProblems(t *testing.T, s window.Store, service string, from, to time.Time, want int64) {
	t.Helper()
	var got int64
	for _, b := range buckets(t, s, service, from, to) {
		for _, c := range b.Problems {
			got += c.N
		}
	}
	if got != want {
		t.Fatalf("problems of %s from %s to %s = %d, want %d", service, clock(from), clock(to), got, want)
	}
}

// networksSpan is the span of the networks that tests ask for, if they do not say
// another one.
const networksSpan = 20 * time.Minute

// networks returns what Networks returns, and asserts that NetworksOf agrees.
func networks(t *testing.T, s window.Store, service string, at time.Time) window.NetworkCounts {
	t.Helper()
	return networksIn(t, s, service, at, networksSpan)
}

// networksIn is networks for a span.
func networksIn(t *testing.T, s window.Store, service string, at time.Time, span time.Duration) window.NetworkCounts {
	t.Helper()
	n, err := s.Networks(t.Context(), service, at, span)
	if err != nil {
		t.Fatalf("Networks(%s, %s): %v", service, clock(at), err)
	}
	all, err := s.NetworksOf(t.Context(), []string{"unheard-of", service}, at, span)
	if err != nil {
		t.Fatalf("NetworksOf(unheard-of and %s, %s): %v", service, clock(at), err)
	}
	if diff := cmp.Diff([]window.NetworkCounts{{}, n}, all, sameNetworks); diff != "" {
		t.Fatalf("NetworksOf(unheard-of and %s, %s) (-Networks +NetworksOf):\n%s", service, clock(at), diff)
	}
	return n
}

// sameNetworks compares networks: sums nearly, arrivals in any order.
var sameNetworks = cmp.Options{
	cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(window.NetworkCounts{}),
	cmpopts.SortSlices(func(a, b window.Arrival) bool {
		return order.Or(order.Compare(a.Slice, b.Slice), order.Compare(a.Country, b.Country), order.Compare(a.Network, b.Network)) < 0
	}),
}

// wantNetworks asserts the sources of the problems of a service. It compares the
// arrivals only if want has some.
func wantNetworks(t *testing.T, s window.Store, service string, at time.Time, want window.NetworkCounts) {
	t.Helper()
	got := networks(t, s, service, at)
	if want.Arrivals == nil {
		got.Arrivals = nil
	}
	if diff := cmp.Diff(want, got, sameNetworks); diff != "" {
		t.Fatalf("Networks(%s, %s) (-want +got):\n%s", service, clock(at), diff)
	}
}

// wantActive asserts the services with a problem at since or later.
func wantActive(t *testing.T, s window.Store, since time.Time, want ...string) {
	t.Helper()
	got, err := s.Active(t.Context(), since)
	if err != nil {
		t.Fatalf("Active(%s): %v", clock(since), err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("Active(%s) (-want +got):\n%s", clock(since), diff)
	}
}

func beat(t *testing.T, s window.Store, at time.Time) {
	t.Helper()
	if err := s.Beat(t.Context(), at); err != nil {
		t.Fatalf("Beat(%s): %v", clock(at), err)
	}
}

func forget(t *testing.T, s window.Store, now time.Time) {
	t.Helper()
	if err := s.Forget(t.Context(), now); err != nil {
		t.Fatalf("Forget(%s): %v", clock(now), err)
	}
}

// sorted returns a copy of buckets with their counts in order. It does not change
// what the store returned.
func sorted(buckets []window.Bucket) []window.Bucket {
	out := slices.Clone(buckets)
	for i, b := range out {
		out[i].Problems = sortedCounts(b.Problems)
		out[i].Recoveries = sortedCounts(b.Recoveries)
		out[i].Visits = sortedCounts(b.Visits)
	}
	return out
}

func sortedCounts(counts []window.Count) []window.Count {
	return slices.SortedFunc(slices.Values(counts), func(a, b window.Count) int {
		return strings.Compare(a.Country+"/"+a.Symptom, b.Country+"/"+b.Symptom)
	})
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }
