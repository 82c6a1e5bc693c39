package sqlitestore

import (
	"slices"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// cooldown is the length of a cool-down, and of a block of them.
const cooldown = window.Minute(window.Cooldown / window.Width)

// maxDevicesKept bounds the devices that are remembered at one address in a
// block. With limits there are never so many. A file that was counted into
// without limits may have more, and then the address is full anyway.
const maxDevicesKept = 4 * window.MaxDevices

// cooldowns are the devices that were counted, by blocks of one cool-down. Two
// minutes in which a device was counted are at least a cool-down apart. So a
// block has a device once, and a decision looks at three blocks only.
type cooldowns struct {
	unlimited bool
	blocks    map[window.Minute]map[place]device
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
// counted before midnight.
func (c *cooldowns) judge(service int64, kind report.Kind, today, yesterday report.Reporter, minute window.Minute) window.Status {
	var room [2 * 3 * window.MaxDevices]uint64 // on the stack
	others := room[:0]
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
			for d, ok := block[p]; ok; d, ok = block[p] {
				if d.minute-minute < cooldown && minute-d.minute < cooldown {
					if d.id == pseudonym.Device {
						return window.Repeat
					}
					if !slices.Contains(others, d.id) {
						others = append(others, d.id)
					}
				}
				p.n++
			}
		}
	}
	if len(others) >= window.MaxDevices && !c.unlimited {
		return window.Limited
	}
	return window.Counted
}

// start begins the cool-down of who in a minute.
func (c *cooldowns) start(service int64, kind report.Kind, who report.Reporter, minute window.Minute) {
	block := c.blocks[minute/cooldown]
	if block == nil {
		block = map[place]device{}
		c.blocks[minute/cooldown] = block
	}
	p := c.place(service, kind, who)
	for _, taken := block[p]; taken; _, taken = block[p] {
		if p.n++; p.n == maxDevicesKept {
			return
		}
	}
	block[p] = device{who.Device, minute}
}

// forget drops the blocks that no report of minute earliest or later can need.
func (c *cooldowns) forget(earliest window.Minute) {
	for b := range c.blocks {
		if (b+1)*cooldown-1+cooldown <= earliest {
			delete(c.blocks, b)
		}
	}
}
