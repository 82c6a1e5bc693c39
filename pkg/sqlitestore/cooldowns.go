package sqlitestore

import (
	"slices"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// cooldown is the length of a cool-down, and of a block of them.
const cooldown = window.Minute(window.Cooldown / window.Width)

// cooldowns are the devices that were counted, by blocks of one cool-down. Two
// minutes in which a device was counted are at least a cool-down apart. So a
// block has a device once, and a decision looks at three blocks only.
type cooldowns struct {
	unlimited bool
	blocks    map[window.Minute]*block
}

// block holds the devices that were counted in the minutes of one block: the first
// window.MaxDevices of an address in places, because most addresses have one, and
// all further ones in a crowd.
type block struct {
	places map[place]device
	crowds map[place]*crowd // by the place behind the last one, whose n is window.MaxDevices
}

// place identifies the nth device that was counted at an address in a block.
type place struct {
	address uint64
	service int32
	kind    report.Kind
	n       uint8
}

// device is a device and the minute in which it was counted.
type device struct {
	id     uint64
	minute window.Minute
}

// crowd is many devices at one address.
type crowd struct {
	minutes  map[uint64]window.Minute // by device
	inMinute [cooldown]int            // devices by their minute within the block
}

// isNear reports whether two minutes are less than a cool-down apart.
func isNear(a, b window.Minute) bool { return a-b < cooldown && b-a < cooldown }

// near returns how many devices of c were counted less than a cool-down away from
// a minute. c belongs to block b.
func (c *crowd) near(b, minute window.Minute) int {
	n := 0
	for i, devices := range c.inMinute {
		if isNear(b*cooldown+window.Minute(i), minute) {
			n += devices
		}
	}
	return n
}

// place returns the first place of who.
func (c *cooldowns) place(service int64, kind report.Kind, who report.Reporter) place {
	p := place{address: who.Address, service: int32(service), kind: kind}
	if c.unlimited {
		p.address ^= who.Device // every device is at an address of its own
	}
	return p
}

// judge returns whether a report that names a minute is Counted, a Repeat or
// Limited. The reporter has the pseudonym today, and yesterday in what was
// counted before midnight. bound is how many devices at its address count.
func (c *cooldowns) judge(service int64, kind report.Kind, today, yesterday report.Reporter, minute window.Minute, bound int) window.Status {
	var room [2 * 3 * window.MaxDevices]uint64 // on the stack
	others := room[:0]                         // devices in places
	crowded := 0                               // devices in crowds, which may be among the others or in two crowds
	var crowds []map[uint64]window.Minute
	for _, pseudonym := range [...]report.Reporter{today, yesterday} {
		if pseudonym.IsZero() {
			continue
		}
		for b := minute/cooldown - 1; b <= minute/cooldown+1; b++ {
			block := c.blocks[b]
			if block == nil {
				continue
			}
			p := c.place(service, kind, pseudonym)
			for d, ok := block.places[p]; ok; d, ok = block.places[p] {
				if isNear(d.minute, minute) {
					if d.id == pseudonym.Device {
						return window.Repeat
					}
					if !slices.Contains(others, d.id) {
						others = append(others, d.id)
					}
				}
				p.n++
			}
			if crowd := block.crowds[p]; crowd != nil {
				if counted, ok := crowd.minutes[pseudonym.Device]; ok && isNear(counted, minute) {
					return window.Repeat
				}
				crowded += crowd.near(b, minute)
				crowds = append(crowds, crowd.minutes)
			}
		}
	}
	switch {
	case c.unlimited || len(others)+crowded < bound:
		return window.Counted
	case len(crowds) == 0 || distinct(others, crowds, minute, bound):
		return window.Limited
	}
	return window.Counted
}

// distinct reports whether others and the devices of crowds that were counted less
// than a cool-down away from a minute are together at least bound different ones.
func distinct(others []uint64, crowds []map[uint64]window.Minute, minute window.Minute, bound int) bool {
	seen := make(map[uint64]bool, bound)
	for _, id := range others {
		seen[id] = true
	}
	for _, devices := range crowds {
		for id, counted := range devices {
			if isNear(counted, minute) {
				seen[id] = true
			}
			if len(seen) >= bound {
				return true
			}
		}
	}
	return len(seen) >= bound
}

// start begins the cool-down of who in a minute.
func (c *cooldowns) start(service int64, kind report.Kind, who report.Reporter, minute window.Minute) {
	b := c.blocks[minute/cooldown]
	if b == nil {
		b = &block{places: map[place]device{}, crowds: map[place]*crowd{}}
		c.blocks[minute/cooldown] = b
	}
	p := c.place(service, kind, who)
	for _, taken := b.places[p]; taken; _, taken = b.places[p] {
		p.n++
	}
	if p.n < window.MaxDevices {
		b.places[p] = device{who.Device, minute}
		return
	}
	many := b.crowds[p]
	if many == nil {
		many = &crowd{minutes: map[uint64]window.Minute{}}
		b.crowds[p] = many
	}
	many.minutes[who.Device] = minute
	many.inMinute[minute%cooldown]++
}

// forget drops the blocks that no report of minute earliest or later can need.
func (c *cooldowns) forget(earliest window.Minute) {
	for b := range c.blocks {
		if (b+1)*cooldown-1+cooldown <= earliest {
			delete(c.blocks, b)
		}
	}
}
