package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
)

// blockList is a BlockStore in memory.
type blockList struct {
	stored []report.Block
	err    error
}

func (l *blockList) Blocks(_ context.Context, now time.Time) (live []report.Block, err error) {
	for _, b := range l.stored {
		if now.Before(b.Until) {
			live = append(live, b)
		}
	}
	return live, l.err
}

func (l *blockList) SetBlock(_ context.Context, b report.Block, _ time.Time) error {
	if l.err == nil {
		l.stored = append(l.stored, b)
	}
	return l.err
}

// twoDays are the keys of a day, and of the day before it in its first 45 minutes.
type twoDays struct{}

func (twoDays) Keys(now time.Time) (today, yesterday *report.DayKey, err error) {
	today = &report.DayKey{byte(DayOf(now))}
	if now.Sub(DayOf(now).Start()) < yesterdayFor {
		yesterday = &report.DayKey{byte(DayOf(now) - 1)}
	}
	return today, yesterday, nil
}

// block returns blocks that were asked for at a time, for a day.
func block(t *testing.T, at time.Time, networks ...string) (*Blocks, *blockList) {
	t.Helper()
	list := &blockList{}
	for _, n := range networks {
		b, err := Seal(twoDays{}, netip.MustParsePrefix(n), at)
		if err != nil {
			t.Fatal(err)
		}
		b.Until = at.Add(24 * time.Hour)
		list.stored = append(list.stored, b)
	}
	b := NewBlocks(list, slog.New(slog.DiscardHandler))
	if err := b.Update(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	return b, list
}

// isBlocked reports whether an address is blocked at a time.
func isBlocked(b *Blocks, addr string, now time.Time) bool {
	today, yesterday, _ := twoDays{}.Keys(now)
	return !b.until(netip.MustParseAddr(addr), today, yesterday, now).IsZero()
}

func TestABlockIsForAllAddressesOfItsNetwork(t *testing.T) {
	b, _ := block(t, noon, "203.0.113.0/24", "198.51.100.7/32", "2001:db8:1::/48")
	for addr, want := range map[string]bool{
		"203.0.113.9": true, "::ffff:203.0.113.9": true, "2002:cb00:7109::1": true, "203.0.114.9": false, "198.51.100.7": true, "198.51.100.8": false,
		"2001:db8:1:2::3": true, "2001:db8:2::3": false,
	} {
		if got := isBlocked(b, addr, noon); got != want {
			t.Errorf("%s is blocked: %v, want %v", addr, got, want)
		}
	}
	if isBlocked(nil, "203.0.113.9", noon) || isBlocked(NewBlocks(&blockList{}, slog.New(slog.DiscardHandler)), "203.0.113.9", noon) {
		t.Error("without blocks an address is blocked")
	}
}

func TestANetworkThatGoesOnSendingStaysBlockedOverMidnight(t *testing.T) {
	b, list := block(t, noon, "203.0.113.0/24", "198.51.100.0/24")
	early, late := noon.Add(12*time.Hour+10*time.Minute), noon.Add(14*time.Hour)
	if !isBlocked(b, "203.0.113.9", early) {
		t.Fatal("it is not blocked just after midnight")
	}
	if err := b.Update(t.Context(), early); err != nil || len(list.stored) != 3 {
		t.Fatalf("Update: %v, with %d blocks; want the renewed one stored", err, len(list.stored))
	}
	if !isBlocked(b, "203.0.113.9", late) {
		t.Error("one that went on sending is not blocked any more")
	}
	if isBlocked(b, "198.51.100.9", late) {
		t.Error("one that was silent is still known, though the key of its block is gone")
	}
	if isBlocked(b, "203.0.113.9", noon.Add(24*time.Hour)) {
		t.Error("it is blocked for longer than a day")
	}
}

func TestBlocksThatCannotBeReadStay(t *testing.T) {
	b, list := block(t, noon, "203.0.113.0/24")
	list.err = errors.New("away")
	if err := b.Update(t.Context(), noon.Add(time.Minute)); !errors.Is(err, list.err) {
		t.Errorf("Update: %v", err)
	}
	if !isBlocked(b, "203.0.113.9", noon.Add(time.Minute)) {
		t.Error("without the store nothing is blocked any more")
	}
}

func TestReportsFromABlockedNetworkAreRefusedAndNotStored(t *testing.T) {
	store := &recorder{}
	o := testOptions(store)
	o.Keys = twoDays{}
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		in.Blocks, _ = block(t, in.Now(), "203.0.113.0/24")
		_, err := in.Submit(down, phone)
		wantKind(t, err, fault.Limited)
		results := in.SubmitAll([]Item{{down, Sender{Addr: phone.Addr, Source: "key:1", Trusted: true, Exempt: true}}, {down, Sender{Addr: netip.MustParseAddr("198.51.100.7")}}})
		wantKind(t, results[0].Err, fault.Limited)
		if results[1].Err != nil {
			t.Errorf("another network: %v", results[1].Err)
		}
		in.Visit("whatsapp", phone.Addr)
		stop()
		if len(store.reports) != 1 {
			t.Errorf("the store has %d reports, want the one of the other network", len(store.reports))
		}
	})
}
