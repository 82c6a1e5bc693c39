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

// partialStore is a store of which one partition cannot be reached.
type partialStore struct {
	monitor.Store
	unreachable int // -1 is none
}

func (p *partialStore) missing() error {
	if p.unreachable < 0 {
		return nil
	}
	return &window.Missing{Partitions: []int{p.unreachable}, Err: errors.New("nobody answers")}
}

func (p *partialStore) Beat(ctx context.Context, at time.Time) error {
	return errors.Join(p.Store.Beat(ctx, at), p.missing())
}

func (p *partialStore) Active(ctx context.Context, since time.Time) ([]string, error) {
	services, err := p.Store.Active(ctx, since)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(services, func(s string) bool { return window.PartitionOf(s) == p.unreachable }), p.missing()
}

func (p *partialStore) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	for _, s := range services {
		if window.PartitionOf(s) == p.unreachable {
			return nil, errors.New("nobody answers")
		}
	}
	return p.Store.BucketsOf(ctx, services, from, to)
}

// TestAMissingPartitionDelaysItsOwnServicesOnly has an outage of a service while
// its own partition cannot be reached, and while another cannot.
func TestAMissingPartitionDelaysItsOwnServicesOnly(t *testing.T) {
	const while = 10 * time.Minute
	own := window.PartitionOf("whatsapp")
	for _, c := range []struct {
		name        string
		unreachable int
		declared    int
	}{
		{"of another service", (own + 1) % window.Partitions, 1},
		{"of the service", own, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newFixture(t)
			store := &partialStore{Store: h.store, unreachable: -1}
			h.monitor.Store = store
			h.run(while, "IN", 0, 1)
			before := h.monitor.Live("whatsapp").At
			store.unreachable = c.unreachable
			for end := h.now.Add(while); h.now.Before(end); {
				h.countUntilNextTick("IN", 120, 50)
				var missing *window.Missing
				if err := h.monitor.Tick(t.Context(), h.now); !errors.As(err, &missing) {
					t.Fatalf("Tick without a partition: %v", err)
				}
			}
			if all := h.incidents(); len(all) != c.declared {
				t.Errorf("%d incidents, want %d: %+v", len(all), c.declared, all)
			}
			if at := h.monitor.Live("whatsapp").At; c.unreachable == own && !at.Equal(before) {
				t.Errorf("Live of a service that cannot be read has the time %s, want %s as before", at, before)
			}
			store.unreachable = -1
			h.run(time.Minute, "IN", 120, 50)
			if all := h.incidents(); len(all) != 1 || all[0].Declared.IsZero() {
				t.Errorf("with all partitions back there are incidents %+v, want one, declared", all)
			}
		})
	}
}
