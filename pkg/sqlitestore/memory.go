package sqlitestore

import (
	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// memory is what decides: numbers of the dictionary, IDs and cool-downs.
type memory struct {
	services  map[string]int64
	cells     map[cellKey]int64
	named     map[int64]cellKey // cells, by number
	answers   answers
	cooldowns cooldowns
}

func newMemory(unlimited bool) *memory {
	return &memory{
		services:  map[string]int64{},
		cells:     map[cellKey]int64{},
		named:     map[int64]cellKey{},
		answers:   answers{},
		cooldowns: cooldowns{unlimited: unlimited, blocks: map[int64]map[place]device{}},
	}
}

// name keeps the number of a cell.
func (m *memory) name(number int64, c cellKey) {
	m.cells[c] = number
	m.named[number] = c
}

// cellKey names a cell of the dictionary.
type cellKey struct {
	service int64
	kind    report.Kind
	window.Cell
}

// answers are the IDs of the last window.IDMemory with what became of them, by
// the hour of their arrival: whole hours are forgotten.
type answers map[int64]map[answerKey]answer

type answerKey struct {
	service int64
	id      uuid.UUID
}

type answer struct {
	received int64 // ms
	cell     int32 // what it was first sent with; in what would be padding
	status   window.Status
}

const hour = 60 * 60 * 1000 // ms

// of returns the answer that an ID got within window.IDMemory before a resend
// arrived.
func (a answers) of(service int64, id uuid.UUID, received int64) (first answer, ok bool) {
	for _, ids := range a { // three or four hours
		if first, ok := ids[answerKey{service, id}]; ok && received-first.received < window.IDMemory.Milliseconds() {
			return first, true
		}
	}
	return answer{}, false
}

func (a answers) remember(service int64, id uuid.UUID, received, cell int64, status window.Status) {
	ids := a[received/hour]
	if ids == nil {
		ids = map[answerKey]answer{}
		a[received/hour] = ids
	}
	ids[answerKey{service, id}] = answer{received, int32(cell), status}
}

// forget drops the hours that no resend at or after now can meet.
func (a answers) forget(now int64) {
	for h := range a {
		if (h+1)*hour <= now-window.IDMemory.Milliseconds() {
			delete(a, h)
		}
	}
}

// cooldowns are the devices that were counted, by blocks of one cool-down. Two
// minutes in which a device counted are at least a cool-down apart, so a block
// holds a device once, and only neighbouring blocks need a look.
type cooldowns struct {
	unlimited bool
	blocks    map[int64]map[place]device
}

// place is the nth device counted at an address.
type place struct {
	address uint64
	service int32
	kind    report.Kind
	n       uint8
}

type device struct {
	id     uint64
	minute int64
}

const cooldown = int64(window.Cooldown / window.Width)

func (c *cooldowns) place(service int64, kind report.Kind, who report.Reporter) place {
	p := place{address: who.Address, service: int32(service), kind: kind}
	if c.unlimited {
		p.address ^= who.Device // every device is at home alone
	}
	return p
}

// judge tells whether a report of who, yesterday known as before, counts in a
// minute.
func (c *cooldowns) judge(service int64, kind report.Kind, who, before report.Reporter, minute int64) window.Status {
	var room [2 * 3 * window.MaxDevices]uint64
	others := room[:0]
	for _, person := range [...]report.Reporter{who, before} {
		if person.IsZero() {
			continue
		}
		for b := minute/cooldown - 1; b <= minute/cooldown+1; b++ {
			block := c.blocks[b]
			if block == nil {
				continue
			}
			p := c.place(service, kind, person)
			for d, ok := block[p]; ok; d, ok = block[p] {
				if d.minute-minute < cooldown && minute-d.minute < cooldown {
					if d.id == person.Device {
						return window.Repeat
					}
					others = addDistinct(others, d.id)
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

// crowd bounds the devices that are remembered at one address in a block. With
// limits there are never so many; a file that was counted into without limits
// may hold them, and then the address is full as it is.
const crowd = 4 * window.MaxDevices

// start begins the cool-down of who in a minute.
func (c *cooldowns) start(service int64, kind report.Kind, who report.Reporter, minute int64) {
	block := c.blocks[minute/cooldown]
	if block == nil {
		block = map[place]device{}
		c.blocks[minute/cooldown] = block
	}
	p := c.place(service, kind, who)
	for _, taken := block[p]; taken; _, taken = block[p] {
		if p.n++; p.n == crowd {
			return
		}
	}
	block[p] = device{who.Device, minute}
}

// forget drops the blocks that no report of a minute from earliest on meets.
func (c *cooldowns) forget(earliest int64) {
	for b := range c.blocks {
		if (b+1)*cooldown-1+cooldown <= earliest {
			delete(c.blocks, b)
		}
	}
}

func addDistinct(list []uint64, x uint64) []uint64 {
	for _, y := range list {
		if x == y {
			return list
		}
	}
	return append(list, x)
}
