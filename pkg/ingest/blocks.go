package ingest

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/streak"
)

// BlockStore keeps the networks that operators blocked.
type BlockStore interface {
	// Blocks returns those that are not over at now.
	Blocks(ctx context.Context, now time.Time) ([]report.Block, error)
	// SetBlock sets one, or ends it with an Until that has passed.
	SetBlock(ctx context.Context, b report.Block, now time.Time) error
}

const (
	// blocksEvery is how often Blocks reads the store, and so how late a process
	// learns of a block.
	blocksEvery   = 10 * time.Second
	blocksTimeout = 5 * time.Second
	// maxRenewals bounds the blocks that wait to be renewed.
	maxRenewals = 1000
)

// Blocks knows the networks from which nothing is taken. A block is a pseudonym of
// the day it was asked for, so that no address is stored. In the first minutes of
// the next day, when both keys are there, a network that still sends is blocked
// under the new key for the rest of its time.
type Blocks struct {
	store  BlockStore
	streak *streak.Streak
	known  atomic.Pointer[[]report.Block]

	mu       sync.Mutex
	renewals map[report.Block]bool
}

// NewBlocks returns the blocks of a store. Run reads them.
func NewBlocks(store BlockStore, log *slog.Logger) *Blocks {
	return &Blocks{store: store, renewals: map[report.Block]bool{},
		streak: streak.New(log, slog.LevelWarn, "the blocked networks cannot be read; those that are known stay blocked", "the blocked networks can be read again")}
}

// Seal returns the block of a network under the key of the day of now.
func Seal(keys DayKeys, network netip.Prefix, now time.Time) (report.Block, error) {
	today, _, err := keys.Keys(now)
	if err != nil {
		return report.Block{}, err
	}
	return report.Block{Day: int64(DayOf(now)), V6: report.IsV6(network.Addr()), Bits: network.Bits(), Hash: today.Block(network.Addr(), network.Bits())}, nil
}

// Run reads the blocks at once and then from time to time, until ctx ends.
func (b *Blocks) Run(ctx context.Context) error {
	ticker := time.NewTicker(blocksEvery)
	defer ticker.Stop()
	now := time.Now()
	for {
		if err := b.Update(ctx, now.UTC()); ctx.Err() == nil {
			b.streak.Note(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case now = <-ticker.C:
		}
	}
}

// Update stores the renewed blocks and reads all.
func (b *Blocks) Update(ctx context.Context, now time.Time) error {
	limited, cancel := context.WithTimeout(ctx, blocksTimeout)
	defer cancel()
	b.mu.Lock()
	renewed := b.renewals
	b.renewals = map[report.Block]bool{}
	b.mu.Unlock()
	for one := range renewed {
		if err := b.store.SetBlock(limited, one, now); err != nil {
			return err
		}
	}
	all, err := b.store.Blocks(limited, now)
	if err == nil {
		b.known.Store(&all)
	}
	return err
}

// until returns until when addr is blocked, and the zero time if it is not. A nil
// b blocks nothing.
func (b *Blocks) until(addr netip.Addr, today, yesterday *report.DayKey, now time.Time) time.Time {
	if b == nil || !addr.IsValid() {
		return time.Time{}
	}
	all := b.known.Load()
	if all == nil {
		return time.Time{}
	}
	isV6, day := report.IsV6(addr), int64(DayOf(now))
	for _, one := range *all {
		if one.V6 != isV6 || !now.Before(one.Until) {
			continue
		}
		switch {
		case one.Day == day && one.Hash == today.Block(addr, one.Bits):
			return one.Until
		case one.Day == day-1 && yesterday != nil && one.Hash == yesterday.Block(addr, one.Bits):
			b.renew(report.Block{Day: day, V6: isV6, Bits: one.Bits, Hash: today.Block(addr, one.Bits), Until: one.Until})
			return one.Until
		}
	}
	return time.Time{}
}

// renew has a block stored with the next update.
func (b *Blocks) renew(one report.Block) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.renewals) < maxRenewals {
		b.renewals[one] = true
	}
}
