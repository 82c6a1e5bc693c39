package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxExamples bounds the errors that are kept as examples.
const maxExamples = 5

// tally counts what happened.
type tally struct {
	mu         sync.Mutex
	statuses   map[int]int // of reports
	pages      map[int]int
	counted    int
	unsent     int
	dishonest  int      // answers that are neither success nor an honest refusal
	examples   []string // of those
	calm       []time.Duration
	burst      []time.Duration
	pageTimes  []time.Duration
	events     int
	streamEnds int
}

func newTally() *tally { return &tally{statuses: map[int]int{}, pages: map[int]int{}} }

// judge notes an answer that is neither a success nor an honest refusal. The caller
// holds t.mu.
func (t *tally) judge(a answer, err error, what string) {
	switch {
	case err == nil && a.status >= 200 && a.status < 400:
	case err == nil && (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) && a.hasRetry:
	default:
		t.dishonest++
		if len(t.examples) < maxExamples {
			t.examples = append(t.examples, fmt.Sprintf("%s: status %d, Retry-After %t, error %v", what, a.status, a.hasRetry, err))
		}
	}
}

func (t *tally) addReport(a answer, err error, took time.Duration, isBurst bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statuses[a.status]++
	t.judge(a, err, "a report")
	if a.wasCounted {
		t.counted++
	}
	if isBurst {
		t.burst = append(t.burst, took)
	} else {
		t.calm = append(t.calm, took)
	}
}

func (t *tally) addPage(a answer, err error, url string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pages[a.status]++
	t.judge(a, err, url)
}

func (t *tally) addPageTime(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pageTimes = append(t.pageTimes, took)
}

func (t *tally) addUnsent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unsent++
}

func (t *tally) addEvent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events++
}

func (t *tally) addStreamEnd(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streamEnds++
	if len(t.examples) < maxExamples {
		t.examples = append(t.examples, err.Error())
	}
}

// at returns the time that a share of times did not exceed. It sorts them.
func at(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(share*float64(len(times))))].Round(100 * time.Microsecond)
}

// byStatus words how many answers had each status.
func byStatus(n map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d × %d", n[status], status))
	}
	return strings.Join(parts, ", ")
}
