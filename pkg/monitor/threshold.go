package monitor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

const (
	// volumeDays is how many days the volume is known by. The middle one counts,
	// so that a day with an outage does not.
	volumeDays = 7
	// volumeTimeout bounds the reading of one day, for which a tick waits.
	volumeTimeout = 10 * time.Second
	// volumePause is how long the archive is not read after a failure.
	volumePause = 5 * time.Minute
)

// dailyVolume is the problems of all services on each of the last days.
type dailyVolume struct {
	readTo  time.Time // all days before it were read
	days    []float64 // problems a day, oldest first
	retryAt time.Time // after a failure
}

// update reads the days that ended since the last call, and reports whether there
// was one.
func (v *dailyVolume) update(ctx context.Context, a Archive, now time.Time) (changed bool, err error) {
	const day = 24 * time.Hour
	today := now.Truncate(day)
	if !today.After(v.readTo) || now.Before(v.retryAt) {
		return false, nil
	}
	if earliest := today.Add(-volumeDays * day); v.readTo.Before(earliest) {
		v.readTo = earliest
	}
	for v.readTo.Before(today) {
		limited, cancel := context.WithTimeout(ctx, volumeTimeout)
		n, err := a.Problems(limited, v.readTo, v.readTo.Add(day))
		cancel()
		if err != nil {
			v.retryAt = now.Add(volumePause)
			return changed, err
		}
		v.days = append(v.days, float64(n))
		v.days = v.days[max(0, len(v.days)-volumeDays):]
		v.readTo, changed = v.readTo.Add(day), true
	}
	return changed, nil
}

// median returns the problems of the middle day.
func (v *dailyVolume) median() float64 {
	if len(v.days) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(v.days))[len(v.days)/2]
}

// updateThreshold adapts the threshold to the volume of the last days, so that
// there are FalsePerDay false alarms a day.
func (m *Monitor) updateThreshold(ctx context.Context, now time.Time) error {
	changed, err := m.volume.update(ctx, m.Archive, now)
	if err != nil {
		return fmt.Errorf("set the threshold: %w", err)
	}
	if !changed {
		return nil
	}
	perDay := m.volume.median()
	m.Settings.Threshold = detect.Threshold(perDay, m.FalsePerDay)
	m.Log.Info("how much evidence an anomaly needs was computed for the day", "score", m.Settings.Threshold, "reports_per_day", perDay, "false_alarms_per_day", m.FalsePerDay)
	return nil
}

// settingsOf returns the settings of the detector for a service.
func (m *Monitor) settingsOf(service string) detect.Settings {
	s := m.Settings
	if m.Quorum == nil {
		return s
	}
	if warning, outage := m.Quorum(service); warning > 0 || outage > 0 {
		if warning > 0 {
			s.WarningNetworks = warning
		}
		if outage > 0 {
			s.OutageNetworks = outage
		}
		s.OutageNetworks = max(s.OutageNetworks, s.WarningNetworks)
	}
	return s
}
