package monitor

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// twice holds the minutes that are counted a second time because the clock was set
// back. What they count is no evidence: it may be twice the usual.
type twice struct {
	again   map[window.Minute]bool // counted once, and will be again
	counted map[window.Minute]bool // counted again, at least in part
}

// noteTwice prepares for a tick at now whose minute, or later ones, may have been
// counted before. service is any service with reports.
func (m *Monitor) noteTwice(ctx context.Context, service string, now time.Time) error {
	this := window.MinuteOf(now)
	isFirst, wentBack := m.tickedAt.IsZero(), now.Before(m.tickedAt)
	if isFirst || wentBack {
		from := window.Start(now)
		ahead, err := m.Store.Buckets(ctx, service, from, from.Add(window.Retention))
		if err != nil {
			return fmt.Errorf("look for minutes that were counted before: %w", err)
		}
		m.twice.again = map[window.Minute]bool{}
		for i, b := range ahead {
			if b.Known && (i > 0 || wentBack) {
				m.twice.again[window.MinuteOf(b.Start)] = true
			}
		}
	}
	if m.twice.again[this] {
		if m.twice.counted == nil {
			m.twice.counted = map[window.Minute]bool{}
		}
		m.twice.counted[this] = true
	}
	oldest := window.MinuteOf(now.Add(-window.Retention))
	maps.DeleteFunc(m.twice.counted, func(minute window.Minute, _ bool) bool { return minute < oldest })
	return nil
}

// hide makes the buckets unknown whose minutes were counted twice.
func (t *twice) hide(buckets []window.Bucket) {
	if len(t.counted) == 0 {
		return
	}
	for i := range buckets {
		if t.counted[window.MinuteOf(buckets[i].Start)] {
			buckets[i].Known = false
		}
	}
}
