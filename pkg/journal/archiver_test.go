package journal

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

var noRestorer = NewRestorer(newFakeWindows(), newFakeArchive(), func() []int { return nil }, slog.New(slog.DiscardHandler))

// entries returns n entries of so many reports each, spread over the partitions.
func entries(n, reports int) []Entry {
	all := make([]Entry, n)
	for i := range all {
		all[i] = Entry{Partition: i % window.Partitions, ID: strconv.Itoa(i), Epoch: 1}
		for range reports {
			all[i].Reports = append(all[i].Reports, report.Report{ID: uuid.New(), Received: time.Now()})
		}
	}
	return all
}

// run runs an archiver until the returned function is called, which waits for it.
func run(t *testing.T, c *Archiver) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// testArchiver returns an archiver that restores nothing.
func testArchiver(s Source, a ArchiveWriter) *Archiver {
	return NewArchiver(s, a, noRestorer, slog.New(slog.DiscardHandler))
}

func TestNothingIsAcknowledgedBeforeItIsArchived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		source.onDone = func(entries []Entry) {
			for _, e := range entries {
				for _, r := range e.Reports {
					if !archive.has(r.ID) {
						t.Errorf("entry %s is acknowledged before report %s is archived", e.ID, r.ID)
					}
				}
			}
		}
		const n = 64*entriesAtOnce*2 + 5
		source.add(entries(n, 3)...)
		c := testArchiver(source, archive)
		stop := run(t, c)
		time.Sleep(time.Second)
		archive.setUnavailable(true)
		source.add(entries(2, 3)...)
		time.Sleep(time.Minute)
		archive.setUnavailable(false)
		time.Sleep(maxRetry + measurePause + time.Second)
		stop()
		if got := archive.count(); got != 3*(n+2) {
			t.Errorf("%d reports are archived, want %d", got, 3*(n+2))
		}
		s := c.Stats()
		if s.Reports != 3*(n+2) || s.Entries != n+2 || s.Backlog == nil || s.Backlog.Entries != 0 {
			t.Errorf("Stats() = %+v with backlog %+v, want %d reports, %d entries and no backlog", s, s.Backlog, 3*(n+2), n+2)
		}
		if source.maxLimit > entriesAtOnce || archive.maxReports > reportsAtOnce {
			t.Errorf("%d entries were asked for and %d reports archived at once; want no more than %d and %d",
				source.maxLimit, archive.maxReports, entriesAtOnce, reportsAtOnce)
		}
	})
}

func TestAnUnavailableArchiveIsTriedWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		archive.setUnavailable(true)
		source.add(entries(1, 1)...)
		var log strings.Builder
		c := NewArchiver(source, archive, noRestorer, slog.New(slog.NewTextHandler(&log, nil)))
		stop := run(t, c)
		time.Sleep(2 * time.Minute)
		archive.mu.Lock()
		tries := archive.tries
		archive.mu.Unlock()
		if least, most := int(2*time.Minute/maxRetry), 2*int(2*time.Minute/maxRetry)+10; tries < least || tries > most {
			t.Errorf("%d tries in two minutes, want %d to %d", tries, least, most)
		}
		if s := c.Stats(); s.Failures != int64(tries) || s.Backlog == nil || s.Backlog.Entries != 1 {
			t.Errorf("Stats() after %d tries = %+v with backlog %+v, want as many failures and one entry", tries, s, s.Backlog)
		}
		archive.setUnavailable(false)
		time.Sleep(maxRetry + time.Second)
		stop()
		if source.acknowledgedCount() != 1 {
			t.Errorf("%d entries are acknowledged after the archive came back, want 1", source.acknowledgedCount())
		}
		if errors := strings.Count(log.String(), "level=ERROR"); errors != 1 || !strings.Contains(log.String(), "archived again") {
			t.Errorf("%d errors are logged, want one and its end:\n%s", errors, log.String())
		}
	})
}

func TestATransactionThatHangsIsCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		archive.setHangs(true)
		source.add(entries(1, 1)...)
		c := testArchiver(source, archive)
		stop := run(t, c)
		time.Sleep(archiveTimeout + time.Second)
		if c.Stats().Failures == 0 {
			t.Errorf("Stats().Failures = 0 after %s, want a failure of the transaction that hangs", archiveTimeout)
		}
		archive.setHangs(false)
		time.Sleep(archiveTimeout + maxRetry)
		stop()
		if source.acknowledgedCount() != 1 {
			t.Errorf("%d entries are acknowledged after the archive answered again, want 1", source.acknowledgedCount())
		}
	})
}

func TestArchivingGoesOnWhenTheSourceIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		source.setUnavailable(true)
		c := testArchiver(source, archive)
		stop := run(t, c)
		time.Sleep(30 * time.Second)
		if c.Stats().Backlog != nil {
			t.Errorf("Stats().Backlog = %+v while the source is unavailable, want nil", c.Stats().Backlog)
		}
		source.setUnavailable(false)
		source.add(entries(5, 1)...)
		time.Sleep(maxRetry + time.Second)
		stop()
		if source.acknowledgedCount() != 5 {
			t.Errorf("%d entries are acknowledged, want 5", source.acknowledgedCount())
		}
	})
}

// TestAnUnreachablePartitionDoesNotStopTheOthers makes one partition unreachable
// after it handed out entries. Those of the others go on, and its own are
// acknowledged later.
func TestAnUnreachablePartitionDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		c := testArchiver(source, archive)
		stop := run(t, c)
		synctest.Wait() // until it pauses
		source.mu.Lock()
		source.unreachable = map[int]bool{}
		source.onDone = func([]Entry) { source.unreachable[5] = true }
		source.mu.Unlock()
		source.add(entries(window.Partitions, 2)...)
		time.Sleep(time.Second)
		if got := source.acknowledgedCount(); got != window.Partitions-1 {
			t.Errorf("%d entries are acknowledged while one of %d partitions is unreachable, want one of each other", got, window.Partitions)
		}
		for range 20 { // each is archived in the next round
			source.add(Entry{Partition: 6, ID: uuid.NewString(), Epoch: 1, Reports: []report.Report{{ID: uuid.New()}}})
			time.Sleep(idlePause + time.Millisecond)
		}
		if got := source.acknowledgedCount(); got != window.Partitions-1+20 {
			t.Errorf("%d entries are acknowledged, want %d", got, window.Partitions-1+20)
		}
		if s := c.Stats(); s.Backlog != nil || s.Failures == 0 {
			t.Errorf("Stats() = %+v, want failures and no backlog", s)
		}
		source.mu.Lock()
		source.onDone = nil
		clear(source.unreachable)
		source.mu.Unlock()
		time.Sleep(settlePause + time.Second)
		stop()
		if s := c.Stats(); source.acknowledgedCount() != window.Partitions+20 || s.Entries != window.Partitions+20 || s.Reports != 2*window.Partitions+20 {
			t.Errorf("at the end %d entries are acknowledged and Stats() = %+v, want all", source.acknowledgedCount(), s)
		}
	})
}

func TestEntriesOfADeadProcessAreTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		const n = entriesAtOnce + 3 // more than one claim
		source.add(entries(n, 2)...)
		if _, err := source.Next(t.Context(), allPartitions, n); err != nil { // and dies
			t.Fatal(err)
		}
		stop := run(t, testArchiver(source, archive))
		time.Sleep(claimIdle - time.Second)
		if got := source.acknowledgedCount(); got != 0 {
			t.Errorf("%d entries were taken over before claimIdle, want none", got)
		}
		time.Sleep(claimPause + 2*time.Second)
		stop()
		if got := source.acknowledgedCount(); got != n {
			t.Errorf("%d entries were taken over, want %d", got, n)
		}
	})
}

func TestFewEntriesAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		// A round takes a millisecond, and an entry arrives meanwhile.
		next := entries(2000, 2)
		var over atomic.Bool
		source.onDone = func([]Entry) {
			if over.Load() {
				return
			}
			time.Sleep(time.Millisecond)
			source.waiting, next = append(source.waiting, next[0]), next[1:]
		}
		source.add(next[0])
		next = next[1:]
		stop := run(t, testArchiver(source, archive))
		time.Sleep(time.Second)
		archive.mu.Lock()
		tries := archive.tries
		archive.mu.Unlock()
		over.Store(true)
		stop()
		if most := int(time.Second/gatherPause) + 1; tries == 0 || tries > most {
			t.Errorf("%d transactions in a second of single entries, want at most %d", tries, most)
		}
	})
}

func TestRunArchivesAllBeforeItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		stop := run(t, testArchiver(source, archive))
		synctest.Wait() // until it pauses
		source.add(entries(64*entriesAtOnce+1, 1)...)
		stop()
		if got := source.acknowledgedCount(); got != 64*entriesAtOnce+1 {
			t.Errorf("%d entries are acknowledged when Run returns, want all %d", got, 64*entriesAtOnce+1)
		}
	})
}

func TestRunReturnsWithoutAnArchiveThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		archive.setHangs(true)
		source.add(entries(1, 1)...)
		stop := run(t, testArchiver(source, archive))
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took > drainTime+time.Second {
			t.Errorf("Run returned %s after its context ended, want at most %s", took, drainTime)
		}
		if source.acknowledgedCount() != 0 {
			t.Errorf("%d entries are acknowledged without being archived, want none", source.acknowledgedCount())
		}
	})
}
