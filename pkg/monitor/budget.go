package monitor

import (
	"context"
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
	day  time.Time // the days before it are in
	days []float64 // problems a day
}

// refresh reads the days that are over.
func (b *budget) refresh(ctx context.Context, a Archive, now time.Time) error {
	const day = 24 * time.Hour
	today := now.Truncate(day)
	if !today.After(b.day) {
		return nil
	}
	from := today.Add(-budgetDays * day)
	if b.day.After(from) {
		from = b.day
	}
	days := slices.Clone(b.days)
	for ; from.Before(today); from = from.Add(day) {
		n, err := a.Problems(ctx, from, from.Add(day))
		if err != nil {
			return err
		}
		days = append(days, float64(n))
	}
	b.days, b.day = days[max(0, len(days)-budgetDays):], today
	return nil
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
	before := m.budget.day
	if err := m.budget.refresh(ctx, m.Archive, now); err != nil {
		return err
	}
	if m.budget.day == before {
		return nil
	}
	m.Dials.Threshold = detect.Threshold(m.budget.perDay(), m.FalsePerDay)
	m.Log.Info("threshold of the day", "nats", m.Dials.Threshold, "reports_per_day", m.budget.perDay(), "false_alarms_per_day", m.FalsePerDay)
	return nil
}

// dials are the detector's for a service.
func (m *Monitor) dials(service string) detect.Dials {
	d := m.Dials
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
