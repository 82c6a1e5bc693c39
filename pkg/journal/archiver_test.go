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

// entries are n entries of so many reports each, spread over the partitions.
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

// run runs a carrier until the returned function is called, which waits for it.
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

func newArchiver(s Source, a ArchiveWriter) *Archiver {
	return NewArchiver(s, a, noRestorer, slog.New(slog.DiscardHandler))
}

func TestNothingIsAcknowledgedBeforeItIsArchived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		source.onDone = func(entries []Entry) {
			for _, e := range entries {
				for _, r := range e.Reports {
					if !archive.has(r.ID) {
						t.Errorf("entry %s is acknowledged and report %s not archived", e.ID, r.ID)
					}
				}
			}
		}
		const n = 64*entriesAtOnce*2 + 5
		source.add(entries(n, 3)...)
		c := newArchiver(source, archive)
		stop := run(t, c)
		time.Sleep(time.Second)
		archive.setAway(true)
		source.add(entries(2, 3)...)
		time.Sleep(time.Minute)
		archive.setAway(false)
		time.Sleep(longestRetry + measurePause + time.Second)
		stop()
		if got := archive.count(); got != 3*(n+2) {
			t.Errorf("%d reports are archived, want %d", got, 3*(n+2))
		}
		s := c.Stats()
		if s.Reports != 3*(n+2) || s.Entries != n+2 || s.Backlog == nil || s.Backlog.Entries != 0 {
			t.Errorf("stats = %+v with backlog %+v", s, s.Backlog)
		}
		if source.greatest > entriesAtOnce || archive.greatest > reportsAtOnce {
			t.Errorf("%d entries were asked for and %d reports archived at once; want no more than %d and %d",
				source.greatest, archive.greatest, entriesAtOnce, reportsAtOnce)
		}
	})
}

func TestAnArchiveThatIsAwayIsTriedMoreAndMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		archive.setAway(true)
		source.add(entries(1, 1)...)
		var log strings.Builder
		c := NewArchiver(source, archive, noRestorer, slog.New(slog.NewTextHandler(&log, nil)))
		stop := run(t, c)
		time.Sleep(2 * time.Minute)
		archive.mu.Lock()
		tries := archive.tries
		archive.mu.Unlock()
		if least, most := int(2*time.Minute/longestRetry), 2*int(2*time.Minute/longestRetry)+10; tries < least || tries > most {
			t.Errorf("%d tries in two minutes, want %d to %d", tries, least, most)
		}
		if s := c.Stats(); s.Failures != int64(tries) || s.Backlog == nil || s.Backlog.Entries != 1 {
			t.Errorf("stats = %+v after %d tries with backlog %+v; want one entry to wait", s, tries, s.Backlog)
		}
		archive.setAway(false)
		time.Sleep(longestRetry + time.Second)
		stop()
		if source.doneCount() != 1 {
			t.Error("the entry is not archived after the archive came back")
		}
		if errors := strings.Count(log.String(), "level=ERROR"); errors != 1 || !strings.Contains(log.String(), "works again") {
			t.Errorf("%d errors are logged, want one and its end:\n%s", errors, log.String())
		}
	})
}

func TestAnArchiveThatHangsIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		archive.setHangs(true)
		source.add(entries(1, 1)...)
		c := newArchiver(source, archive)
		stop := run(t, c)
		time.Sleep(archiveTime + time.Second)
		if c.Stats().Failures == 0 {
			t.Error("a transaction that does not end is not given up")
		}
		archive.setHangs(false)
		time.Sleep(archiveTime + longestRetry)
		stop()
		if source.doneCount() != 1 {
			t.Error("the entry is not archived after the archive answered again")
		}
	})
}

func TestASourceThatIsAwayComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		source.setAway(true)
		c := newArchiver(source, archive)
		stop := run(t, c)
		time.Sleep(30 * time.Second)
		if c.Stats().Backlog != nil {
			t.Error("a backlog is told that nobody knows")
		}
		source.setAway(false)
		source.add(entries(5, 1)...)
		time.Sleep(longestRetry + time.Second)
		stop()
		if source.doneCount() != 5 {
			t.Errorf("%d entries are archived, want 5", source.doneCount())
		}
	})
}

// TestAPartitionThatIsAwayHoldsUpNoOther has one partition go after it handed out
// entries: those of the others go on, and its own are acknowledged later.
func TestAPartitionThatIsAwayHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		c := newArchiver(source, archive)
		stop := run(t, c)
		synctest.Wait() // it pauses
		source.mu.Lock()
		source.awayPartitions = map[int]bool{}
		source.onDone = func([]Entry) { source.awayPartitions[5] = true }
		source.mu.Unlock()
		source.add(entries(window.Partitions, 2)...)
		time.Sleep(time.Second)
		if got := source.doneCount(); got != window.Partitions-1 {
			t.Errorf("%d entries are acknowledged while one of %d partitions is away", got, window.Partitions)
		}
		for range 20 { // each has to wait for no more than a look
			source.add(Entry{Partition: 6, ID: uuid.NewString(), Epoch: 1, Reports: []report.Report{{ID: uuid.New()}}})
			time.Sleep(idlePause + time.Millisecond)
		}
		if got := source.doneCount(); got != window.Partitions-1+20 {
			t.Errorf("%d entries are acknowledged, want 20 more", got)
		}
		if s := c.Stats(); s.Backlog != nil || s.Failures == 0 {
			t.Errorf("stats = %+v; nobody knows the backlog", s)
		}
		source.mu.Lock()
		source.onDone = nil
		clear(source.awayPartitions)
		source.mu.Unlock()
		time.Sleep(settlePause + time.Second)
		stop()
		if s := c.Stats(); source.doneCount() != window.Partitions+20 || s.Entries != window.Partitions+20 || s.Reports != 2*window.Partitions+20 {
			t.Errorf("at the end %d entries are acknowledged, stats = %+v", source.doneCount(), s)
		}
	})
}

func TestWhatADeadProcessLeftIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		const n = entriesAtOnce + 3 // more than one claim
		source.add(entries(n, 2)...)
		if _, err := source.Next(t.Context(), allPartitions, n); err != nil { // and dies
			t.Fatal(err)
		}
		stop := run(t, newArchiver(source, archive))
		time.Sleep(claimIdle - time.Second)
		if got := source.doneCount(); got != 0 {
			t.Errorf("%d entries were taken from a process that may live", got)
		}
		time.Sleep(claimPause + 2*time.Second)
		stop()
		if got := source.doneCount(); got != n {
			t.Errorf("%d entries were taken over, want %d", got, n)
		}
	})
}

func TestWhatTricklesInIsGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		// Carrying takes a millisecond, and something has come in meanwhile.
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
		stop := run(t, newArchiver(source, archive))
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

func TestTheEndDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		stop := run(t, newArchiver(source, archive))
		synctest.Wait() // it pauses
		source.add(entries(64*entriesAtOnce+1, 1)...)
		stop()
		if got := source.doneCount(); got != 64*entriesAtOnce+1 {
			t.Errorf("%d entries were archived at the end, want all %d", got, 64*entriesAtOnce+1)
		}
	})
}

func TestTheEndDoesNotWaitForAnArchiveThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, archive := newFakeSource(), newFakeArchive()
		archive.setHangs(true)
		source.add(entries(1, 1)...)
		stop := run(t, newArchiver(source, archive))
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took > drainTime+time.Second {
			t.Errorf("the end took %s, want at most %s", took, drainTime)
		}
		if source.doneCount() != 0 {
			t.Error("what is not archived was acknowledged")
		}
	})
}
