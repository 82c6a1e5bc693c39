package monitor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// budgetDays is how many days the volume of a house is known by: the middle one
// counts, so that a day with an outage does not.
const budgetDays = 7

// budget keeps the threshold of the detector at what the volume of the house and
// the false alarms allowed ask for.
type budget struct {
	day   time.Time // the days before it are in
	days  []float64 // problems a day
	again time.Time // when the archive, which could not tell, is asked again
}

const (
	// budgetTime bounds the reading of one day, which a tick waits for, and
	// budgetPause is how long the archive is left alone when that was not enough.
	budgetTime  = 10 * time.Second
	budgetPause = 5 * time.Minute
)

// refresh reads the days that are over, and tells whether there was one.
func (b *budget) refresh(ctx context.Context, a Archive, now time.Time) (changed bool, err error) {
	const day = 24 * time.Hour
	today := now.Truncate(day)
	if !today.After(b.day) || now.Before(b.again) {
		return false, nil
	}
	if earliest := today.Add(-budgetDays * day); b.day.Before(earliest) {
		b.day = earliest
	}
	for b.day.Before(today) {
		limited, cancel := context.WithTimeout(ctx, budgetTime)
		n, err := a.Problems(limited, b.day, b.day.Add(day))
		cancel()
		if err != nil {
			b.again = now.Add(budgetPause)
			return changed, err
		}
		b.days = append(b.days, float64(n))
		b.days = b.days[max(0, len(b.days)-budgetDays):]
		b.day, changed = b.day.Add(day), true
	}
	return changed, nil
}

// perDay returns the problems of the middle day.
func (b *budget) perDay() float64 {
	if len(b.days) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(b.days))[len(b.days)/2]
}

// budgeted moves the threshold to the volume of the last days.
func (m *Monitor) budgeted(ctx context.Context, now time.Time) error {
	changed, err := m.budget.refresh(ctx, m.Archive, now)
	if err != nil {
		return fmt.Errorf("set the threshold: %w", err)
	}
	if !changed {
		return nil
	}
	m.Settings.Threshold = detect.Threshold(m.budget.perDay(), m.FalsePerDay)
	m.Log.Info("threshold of the day", "nats", m.Settings.Threshold, "reports_per_day", m.budget.perDay(), "false_alarms_per_day", m.FalsePerDay)
	return nil
}

// settingsOf returns the settings of the detector for a service.
func (m *Monitor) settingsOf(service string) detect.Settings {
	d := m.Settings
	if m.Quorum == nil {
		return d
	}
	if warning, outage := m.Quorum(service); warning > 0 || outage > 0 {
		if warning > 0 {
			d.WarningNetworks = warning
		}
		if outage > 0 {
			d.OutageNetworks = outage
		}
		d.OutageNetworks = max(d.OutageNetworks, d.WarningNetworks)
	}
	return d
}
