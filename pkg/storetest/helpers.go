package storetest

import (
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// noon is when most tests happen: far from midnight.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// The outcomes of reports.
var (
	counted      = window.Outcome{Status: window.Counted}
	repeat       = window.Outcome{Status: window.Repeat}
	limited      = window.Outcome{Status: window.Limited}
	knownCounted = known(window.Counted)
	knownRepeat  = known(window.Repeat)
	knownLimited = known(window.Limited)
)

// known is the outcome of a problem that is sent again, in whatever words.
func known(first window.Status) window.Outcome {
	return window.Outcome{Status: first, Resent: true, Kind: report.Problem, Cell: window.Cell{Country: "IN", Symptom: "login"}}
}

// id and who make IDs and reporters that differ as n does.
func id(n int) uuid.UUID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:], uint64(n)*0x9e3779b97f4a7c15) // spread, as random ones are
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	return u
}

func who(n int) report.Reporter {
	return report.Reporter{Address: uint64(n) << 32, Device: uint64(n)<<32 + 1}
}

// problem is report n of somebody new, received at once.
func problem(n int, at time.Time) report.Report {
	return report.Report{
		ID: id(n), Service: "acme", Kind: report.Problem, Symptom: "login", Country: "IN",
		Minute: at.Truncate(time.Minute), Received: at, Reporter: who(n), Network: report.Network(n),
	}
}

// with changes a report.
func with(r report.Report, change func(*report.Report)) report.Report {
	change(&r)
	return r
}

// count counts the reports in one batch and asserts their outcomes.
func count(t *testing.T, s window.Store, want []window.Outcome, reports ...report.Report) {
	t.Helper()
	got := s.Count(t.Context(), reports)
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		t.Fatalf("Count of %d reports (-want +got):\n%s", len(reports), diff)
	}
}

// countOne counts one report and asserts its outcome.
func countOne(t *testing.T, s window.Store, want window.Outcome, r report.Report) {
	t.Helper()
	count(t, s, []window.Outcome{want}, r)
}

// repeated is o n times.
func repeated(o window.Outcome, n int) []window.Outcome {
	return slices.Repeat([]window.Outcome{o}, n)
}

func buckets(t *testing.T, s window.Store, service string, from, to time.Time) []window.Bucket {
	t.Helper()
	b, err := s.Buckets(t.Context(), service, from, to)
	if err != nil {
		t.Fatalf("Buckets(%s, %s, %s): %v", service, clock(from), clock(to), err)
	}
	all, err := s.BucketsOf(t.Context(), []string{"unheard-of", service}, from, to)
	if err != nil || len(all) != 2 || len(all[0]) != len(b) {
		t.Fatalf("BucketsOf(%s, %s, %s) has %d lists, error %v", service, clock(from), clock(to), len(all), err)
	}
	if !reflect.DeepEqual(sorted(b), sorted(all[1])) {
		t.Fatalf("BucketsOf(%s, %s, %s) has other buckets than Buckets", service, clock(from), clock(to))
	}
	return b
}

// wantBuckets compares without regard to order within a bucket.
func wantBuckets(t *testing.T, s window.Store, service string, from, to time.Time, want []window.Bucket) {
	t.Helper()
	got := sorted(buckets(t, s, service, from, to))
	want = sorted(want)
	if reflect.DeepEqual(want, got) {
		return // the model asks this for hundreds of buckets at a time, and cmp is slow
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

func networks(t *testing.T, s window.Store, service string, at time.Time) window.NetworkCounts {
	t.Helper()
	n, err := s.Networks(t.Context(), service, at)
	if err != nil {
		t.Fatalf("Networks(%s, %s): %v", service, clock(at), err)
	}
	all, err := s.NetworksOf(t.Context(), []string{"unheard-of", service}, at)
	if err != nil {
		t.Fatalf("NetworksOf(%s, %s): %v", service, clock(at), err)
	}
	if diff := cmp.Diff([]window.NetworkCounts{{}, n}, all, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("NetworksOf(%s, %s) (-each alone +together):\n%s", service, clock(at), diff)
	}
	return n
}

func wantNetworks(t *testing.T, s window.Store, service string, at time.Time, want window.NetworkCounts) {
	t.Helper()
	got := networks(t, s, service, at)
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("Networks(%s, %s) (-want +got):\n%s", service, clock(at), diff)
	}
}

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

// sorted returns buckets with their counts in order, without touching those
// that the store returned.
func sorted(buckets []window.Bucket) []window.Bucket {
	out := slices.Clone(buckets)
	for i, b := range out {
		out[i].Problems = inOrder(b.Problems)
		out[i].Recoveries = inOrder(b.Recoveries)
		out[i].Visits = inOrder(b.Visits)
	}
	return out
}

func inOrder(counts []window.Count) []window.Count {
	return slices.SortedFunc(slices.Values(counts), func(a, b window.Count) int {
		return strings.Compare(a.Country+"/"+a.Symptom, b.Country+"/"+b.Symptom)
	})
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }
