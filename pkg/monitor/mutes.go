package monitor

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/incident"
)

// readMutes reads once which services are muted. Until it can, none is.
func (m *Monitor) readMutes(ctx context.Context, now time.Time) error {
	if m.mutes != nil {
		return nil
	}
	all, err := m.Actions.Mutes(ctx, now)
	if err != nil {
		return err
	}
	m.mutes = map[string]incident.Mute{}
	for _, one := range all {
		m.mutes[one.Service] = one.Mute
	}
	return nil
}

// applyMute mutes a service, or ends its mute.
func (m *Monitor) applyMute(ctx context.Context, e admin.Entry, now time.Time) error {
	one := e.Action.Mute(now)
	if err := m.Actions.SetMute(ctx, one, now); err != nil {
		return err
	}
	if e.Action.Kind == admin.MuteService {
		m.mutes[one.Service] = one.Mute
	} else {
		delete(m.mutes, one.Service)
	}
	m.watch(one.Service).judgeAgain()
	return nil
}

// watchMuted has the muted services judged, so that readers learn of the mute, and
// ends the mutes whose time is over.
func (m *Monitor) watchMuted(now time.Time) {
	for service, one := range m.mutes {
		w := m.watch(service)
		w.activeAt = now
		if !now.Before(one.Until) {
			delete(m.mutes, service)
			w.judgeAgain()
		}
	}
}

// muteOf returns the mute of a service, or nil if it has none.
func (m *Monitor) muteOf(service string) *incident.Mute {
	if one, isMuted := m.mutes[service]; isMuted {
		return &one
	}
	return nil
}
