package archive

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// problem returns report n, received at a time.
func problem(n int, service, country string, at time.Time) report.Report {
	r := report.Report{
		Service: service, Symptom: "login", Country: country, Minute: window.Start(at), Received: at.UTC(),
		Reporter: report.Reporter{Address: 1<<63 + uint64(n), Device: ^uint64(n)}, Network: report.Network(1<<63 + uint64(n)),
	}
	binary.BigEndian.PutUint64(r.ID[8:], uint64(n)+1)
	return r
}

// entry returns a journal entry of the reports of one partition.
func entry(epoch int64, reports ...report.Report) journal.Entry {
	return journal.Entry{Partition: window.PartitionOf(reports[0].Service), Epoch: epoch, Reports: reports}
}

func mustAddEntries(t *testing.T, p *Postgres, entries ...journal.Entry) {
	t.Helper()
	if err := p.AddEntries(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

// archived returns the number of archived reports.
func archived(t testing.TB, a *Archive) (n int64) {
	t.Helper()
	if err := a.Reader().Raw(`SELECT COUNT(*) FROM reports`).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEntriesThatSeveralProcessesAddAreArchivedOnce(t *testing.T) {
	url := pgtest.Database(t)
	const processes, reports = 5, 400
	midnight := noon.Truncate(24 * time.Hour)
	var entries []journal.Entry
	for i := range reports {
		at := midnight.Add(time.Duration(i-reports/2) * time.Minute) // two days, neither prepared
		service := []string{"acme", "umbrella", "initech"}[i%3]
		e := entry(1, problem(i, service, []string{"IN", "BD"}[i%2], at))
		e.Known = []time.Time{window.Start(at)}
		entries = append(entries, e)
	}
	var wg sync.WaitGroup
	for n := range processes {
		p := postgresAt(t, url)
		wg.Go(func() {
			own := slices.Clone(entries)
			if n%2 == 1 {
				slices.Reverse(own)
			}
			for batch := range slices.Chunk(own, 50+n) {
				if err := p.AddEntries(t.Context(), batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	p := postgresAt(t, url)
	if n := archived(t, p.Archive); n != reports {
		t.Errorf("%d reports are archived, want %d", n, reports)
	}
	var cells int
	if err := p.Reader().Raw(`SELECT COUNT(*) FROM cells`).Scan(&cells).Error; err != nil || cells != 6 {
		t.Errorf("%d cells, %v; want 6", cells, err)
	}
}

func TestEntriesWithoutReportsAreAccepted(t *testing.T) {
	p := emptyPostgres(t)
	mustAddEntries(t, p)
	mustAddEntries(t, p, journal.Entry{Partition: 3})
}

func TestPrepareMakesPartitionsOfDaysAndReportsMakeMissingOnes(t *testing.T) {
	p := emptyPostgres(t)
	for range 2 {
		if err := p.Prepare(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
	}
	days, err := daysOf(p.Reader())
	today := window.MinuteOf(noon).Day()
	want := map[int64]bool{today - 1: true, today: true, today + 1: true, today + 2: true}
	if diff := cmp.Diff(want, days); err != nil || diff != "" {
		t.Errorf("daysOf after Prepare: %v (-want +got):\n%s", err, diff)
	}
	if err := p.Retain(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	mustAddEntries(t, p, entry(1, problem(1, "acme", "IN", noon.AddDate(0, 0, -1)))) // its day was dropped
	if n := archived(t, p.Archive); n != 1 {
		t.Errorf("%d reports are archived, want 1", n)
	}
}

func TestLostReportsAndBucketsAreReadFromTheArchive(t *testing.T) {
	p := emptyPostgres(t)
	now := noon.Add(17*time.Second + 123*time.Millisecond)
	other := "umbrella"
	if window.PartitionOf(other) == window.PartitionOf("acme") {
		t.Fatal("the services of this test must be of two partitions")
	}
	recovery := problem(4, "acme", "IN", now.Add(-3*time.Hour))
	recovery.Kind = report.Recovery
	late := problem(5, "acme", "IN", now.Add(-time.Hour))
	late.Minute = window.Start(now.Add(-time.Hour - report.MaxDelay))
	lost := []report.Report{
		problem(1, "acme", "IN", now), late, problem(6, "acme", "BD", now.Add(-time.Hour)), // returned by LostReports
		problem(2, "acme", "IN", now.Add(-3*time.Hour)), problem(3, "acme", "BD", now.Add(-3*time.Hour)),
		recovery, problem(7, "acme", "IN", now.Add(-3*time.Hour)), // returned by LostBuckets
	}
	e := entry(7, lost...)
	e.Known = []time.Time{noon.Add(-time.Minute), noon, noon.Add(-27 * time.Hour)}
	mustAddEntries(t, p, e,
		entry(9, problem(8, "acme", "IN", now), problem(9, "acme", "IN", now.Add(-3*time.Hour))), // counted after the loss
		entry(7, problem(10, "acme", "IN", now.Add(-27*time.Hour))),                              // too old for any window
		entry(7, problem(11, other, "IN", now)))                                                  // of another partition
	epoch := journal.Epoch{Partition: window.PartitionOf("acme"), Number: 9, Began: now}

	var reports []report.Report
	if err := p.LostReports(t.Context(), epoch, epoch.ReportsFrom(), func(some []report.Report) error {
		reports = append(reports, some...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	byID := cmpopts.SortSlices(func(a, b report.Report) bool { return slices.Compare(a.ID[:], b.ID[:]) < 0 })
	if diff := cmp.Diff(lost[:3], reports, byID); diff != "" {
		t.Errorf("LostReports (-want +got):\n%s", diff)
	}

	var buckets []journal.ServiceBucket
	if err := p.LostBuckets(t.Context(), epoch, noon.Add(-26*time.Hour), epoch.ReportsFrom(), func(some []journal.ServiceBucket) error {
		buckets = append(buckets, some...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	count := func(country string, n int64) window.Count {
		return window.Count{Cell: window.Cell{Country: country, Symptom: "login"}, N: n}
	}
	want := []journal.ServiceBucket{{Service: "acme", Bucket: window.Bucket{
		Start: noon.Add(-3 * time.Hour), Problems: []window.Count{count("BD", 1), count("IN", 2)}, Recoveries: []window.Count{count("IN", 1)},
	}}}
	byCountry := cmpopts.SortSlices(func(a, b window.Count) bool { return a.Country < b.Country })
	if diff := cmp.Diff(want, buckets, byCountry); diff != "" {
		t.Errorf("LostBuckets (-want +got):\n%s", diff)
	}

	known, err := p.KnownMinutes(t.Context(), epoch.Partition, noon.Add(-26*time.Hour))
	if diff := cmp.Diff([]time.Time{noon.Add(-time.Minute), noon}, known); err != nil || diff != "" {
		t.Errorf("KnownMinutes: %v (-want +got):\n%s", err, diff)
	}
}

func TestLostReportsAndBucketsComeInBatches(t *testing.T) {
	p := emptyPostgres(t)
	const n = 2*restoreBatch + 7
	var reports []report.Report
	for i := range n {
		reports = append(reports, problem(i, "acme", "IN", noon.Add(-time.Duration(i%(24*60))*time.Minute)))
	}
	mustAddEntries(t, p, entry(1, reports...))
	epoch := journal.Epoch{Partition: window.PartitionOf("acme"), Number: 2, Began: noon}
	times := map[uuid.UUID]int{}
	if err := p.LostReports(t.Context(), epoch, noon.Add(-26*time.Hour), func(some []report.Report) error {
		if len(some) > restoreBatch {
			t.Errorf("LostReports: a batch of %d reports", len(some))
		}
		for _, r := range some {
			times[r.ID]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(times) != n {
		t.Errorf("LostReports: %d different reports, want %d", len(times), n)
	}
	var total int64
	starts := map[time.Time]bool{}
	if err := p.LostBuckets(t.Context(), epoch, noon.Add(-26*time.Hour), noon.Add(time.Minute), func(some []journal.ServiceBucket) error {
		for _, b := range some {
			if starts[b.Start] {
				t.Errorf("LostBuckets: the bucket of %s comes twice", b.Start)
			}
			starts[b.Start] = true
			for _, c := range b.Problems {
				total += c.N
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if total != n {
		t.Errorf("LostBuckets: the buckets have %d reports, want %d", total, n)
	}
}

func BenchmarkAddEntries(b *testing.B) {
	p := emptyPostgres(b)
	const batch = 1_000
	countries := []string{"BD", "BR", "DE", "IN", "US"}
	n := 0
	for b.Loop() {
		var e journal.Entry
		e.Epoch = 1
		for range batch {
			n++
			r := problem(n, "acme", countries[n%len(countries)], noon)
			r.ID = uuid.New()
			e.Reports = append(e.Reports, r)
		}
		if err := p.AddEntries(b.Context(), []journal.Entry{e}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	if got := archived(b, p.Archive); got != int64(n) {
		b.Errorf("%d reports are archived, want %d", got, n)
	}
}

func BenchmarkLost(b *testing.B) {
	p := emptyPostgres(b)
	const services, reports = 1_000, 200_000
	var e journal.Entry
	e.Epoch = 1
	for n := range reports {
		r := problem(n, fmt.Sprintf("service-%d", n%services), "IN", noon.Add(-time.Duration(n%(26*60))*time.Minute))
		r.ID = uuid.New()
		if e.Reports = append(e.Reports, r); len(e.Reports) == 4_000 {
			if err := p.AddEntries(b.Context(), []journal.Entry{e}); err != nil {
				b.Fatal(err)
			}
			e.Reports = nil
		}
	}
	for b.Loop() {
		for partition := range window.Partitions {
			epoch := journal.Epoch{Partition: partition, Number: 2, Began: noon}
			if err := p.LostReports(b.Context(), epoch, epoch.ReportsFrom(), func([]report.Report) error { return nil }); err != nil {
				b.Fatal(err)
			}
			if err := p.LostBuckets(b.Context(), epoch, noon.Add(-window.Retention), epoch.ReportsFrom(), func([]journal.ServiceBucket) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(reports*float64(b.N)/b.Elapsed().Seconds(), "reports/s")
}
