package journal

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/pkg/report"
)

// testRestorer returns a restorer of the partitions held.
func testRestorer(w Windows, a ArchiveReader, held ...int) *Restorer {
	return NewRestorer(w, a, func() []int { return held }, slog.New(slog.DiscardHandler))
}

// runRestorer runs r for d, and meanwhile a function.
func runRestorer(t *testing.T, r *Restorer, d time.Duration, meanwhile func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	meanwhile()
	wg.Wait()
}

// wantCalls asserts what was restored.
func wantCalls(t *testing.T, w *fakeWindows, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.allCalls(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAPartitionIsRestoredOnceByItsHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		windows, archive := newFakeWindows(), newFakeArchive()
		archive.lost, archive.buckets, archive.known = make([]report.Report, 2), make([]ServiceBucket, 3), make([]time.Time, 4)
		windows.begin(Epoch{Partition: 5, Number: 7, Began: time.Now()})
		windows.begin(Epoch{Partition: 6, Number: 8, Began: time.Now(), Restored: true})
		windows.begin(Epoch{Partition: 7, Number: 9, Began: time.Now()}) // of another process
		runRestorer(t, testRestorer(windows, archive, 5, 6), time.Minute, func() {})
		// Minutes are known once their counts are complete.
		wantCalls(t, windows, "reports 2 of epoch 7", "buckets 3 of epoch 7", "minutes 4 of epoch 7", "restored 5 of epoch 7")
	})
}

func TestAPartitionWithoutAnEpochIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		windows := newFakeWindows()
		windows.none = true
		var log strings.Builder
		r := NewRestorer(windows, newFakeArchive(), func() []int { return []int{5} }, slog.New(slog.NewTextHandler(&log, nil)))
		runRestorer(t, r, time.Minute, func() {})
		if log.Len() > 0 {
			t.Errorf("Run logs a partition without an epoch:\n%s", log.String())
		}
	})
}

func TestRestoringWaitsForTheArchive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		windows, archive := newFakeWindows(), newFakeArchive()
		archive.setUnavailable(true)
		windows.begin(Epoch{Partition: 5, Number: 7, Began: time.Now()})
		runRestorer(t, testRestorer(windows, archive, 5), time.Minute, func() {
			time.Sleep(30 * time.Second)
			wantCalls(t, windows)
			archive.setUnavailable(false)
		})
		if calls := windows.allCalls(); len(calls) == 0 || calls[len(calls)-1] != "restored 5 of epoch 7" {
			t.Errorf("calls = %v, want the partition restored at the end", calls)
		}
	})
}

func TestRestoringBeginsAgainAfterAnotherLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		windows, archive := newFakeWindows(), newFakeArchive()
		windows.begin(Epoch{Partition: 5, Number: 7, Began: time.Now()})
		windows.lose = true
		runRestorer(t, testRestorer(windows, archive, 5), time.Minute, func() {})
		wantCalls(t, windows, "reports 0 of epoch 8", "buckets 0 of epoch 8", "minutes 0 of epoch 8", "restored 5 of epoch 8")
	})
}

func TestEntriesOnTheirWayDuringALossAreRestored(t *testing.T) {
	for _, c := range []struct {
		name     string
		none     bool
		epoch    int64
		received time.Duration // before the present epoch began
		lose     bool
		want     []string
	}{
		{"of the present epoch", false, 8, 0, false, nil},
		{"of the one before", false, 7, time.Minute, false, []string{"reports 1 of epoch 8", "minutes 0 of epoch 8"}},
		{"of the one before, lost again", false, 7, time.Minute, true, []string{"reports 1 of epoch 9", "minutes 0 of epoch 9"}},
		{"so old that its bucket is restored as a whole", false, 7, 3 * time.Hour, false,
			[]string{"reports 0 of epoch 8", "buckets 0 of epoch 8", "minutes 0 of epoch 8", "restored 5 of epoch 8"}},
		{"while nothing counts yet", true, 7, 0, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source, archive, windows := newFakeSource(), newFakeArchive(), newFakeWindows()
				windows.begin(Epoch{Partition: 5, Number: 8, Began: time.Now(), Restored: true})
				windows.lose, windows.none = c.lose, c.none
				source.add(Entry{Partition: 5, ID: "1", Epoch: c.epoch, Reports: []report.Report{{Received: time.Now().Add(-c.received)}}})
				stop := run(t, NewArchiver(source, archive, testRestorer(windows, archive), slog.New(slog.DiscardHandler)))
				time.Sleep(time.Second)
				stop()
				wantCalls(t, windows, c.want...)
				if source.acknowledgedCount() != 1 || archive.count() != 1 {
					t.Errorf("%d entries are acknowledged and %d reports archived, want one of each", source.acknowledgedCount(), archive.count())
				}
			})
		})
	}
}
