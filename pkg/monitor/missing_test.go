package monitor_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// partial is a store of which a partition may not answer.
type partial struct {
	monitor.Store
	away int // -1: all answer
}

func (p *partial) missing() error {
	if p.away < 0 {
		return nil
	}
	return &window.Missing{Partitions: []int{p.away}, Err: errors.New("nobody answers")}
}

func (p *partial) Beat(ctx context.Context, at time.Time) error {
	return errors.Join(p.Store.Beat(ctx, at), p.missing())
}

func (p *partial) Active(ctx context.Context, since time.Time) ([]string, error) {
	services, err := p.Store.Active(ctx, since)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(services, func(s string) bool { return window.PartitionOf(s) == p.away }), p.missing()
}

func (p *partial) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	for _, s := range services {
		if window.PartitionOf(s) == p.away {
			return nil, errors.New("nobody answers")
		}
	}
	return p.Store.BucketsOf(ctx, services, from, to)
}

// TestAMissingPartitionHoldsUpItsOwnServicesOnly has an outage while a partition
// is away: another's, and its own.
func TestAMissingPartitionHoldsUpItsOwnServicesOnly(t *testing.T) {
	const while = 10 * time.Minute
	own := window.PartitionOf("whatsapp")
	for _, c := range []struct {
		name     string
		away     int
		declared int
	}{
		{"of another service", (own + 1) % window.Partitions, 1},
		{"of the service", own, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			store := &partial{Store: h.store, away: -1}
			h.monitor.Store = store
			h.pass(while, "IN", 0, 1)
			before := h.monitor.Live("whatsapp").At
			store.away = c.away
			for end := h.now.Add(while); h.now.Before(end); {
				h.count("IN", 120, 50)
				var missing *window.Missing
				if err := h.monitor.Tick(t.Context(), h.now); !errors.As(err, &missing) {
					t.Fatalf("Tick without a partition: %v", err)
				}
			}
			if all := h.incidents(); len(all) != c.declared {
				t.Errorf("%d incidents, want %d: %+v", len(all), c.declared, all)
			}
			if at := h.monitor.Live("whatsapp").At; c.away == own && !at.Equal(before) {
				t.Errorf("what nobody could read is shown as of %s, and was known at %s", at, before)
			}
			store.away = -1
			h.pass(time.Minute, "IN", 120, 50)
			if all := h.incidents(); len(all) != 1 || all[0].Declared.IsZero() {
				t.Errorf("with all partitions back: %+v, want one incident, declared", all)
			}
		})
	}
}
