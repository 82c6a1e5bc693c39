package limit

import (
	"sync/atomic"
	"time"
)

// cells is the number of allowances that a table holds at each level, 8 bytes
// each. An allowance is in use only until it is full again, so that they bound
// the senders of the last minute.
var cells = [Levels]uint64{1 << 18, 1 << 16, 1 << 15}

// Local is the Limiter of a process that shares nothing with others.
//
// Its memory is fixed: for each class and level a table that is indexed by the
// sender's pseudonym, 30 MB in all. Two senders in one cell share an allowance;
// with 10,000 addresses in a minute that happens to 4 % of them. So a table is
// never full, and under a flood of addresses the limit becomes stricter. Nobody
// can choose another sender's cell without the key of the day, and levels have
// tables of their own: who exhausts addresses exhausts no holders.
type Local struct {
	tables [classes][Levels]*table
}

var _ Limiter = (*Local)(nil)

// NewLocal returns a Local whose allowances are all full.
func NewLocal() *Local { return withRates(rates) }

func withRates(rates [classes][Levels]Rate) *Local {
	l := &Local{}
	for class := range rates {
		for level, rate := range rates[class] {
			if rate.Burst > 0 {
				l.tables[class][level] = newTable(rate, cells[level])
			}
		}
	}
	return l
}

// Take takes one from the allowances of a sender at every level, or from none of
// them if one is exhausted.
func (l *Local) Take(class Class, from Sender, now time.Time) Decision {
	least := Decision{Class: class}
	at := now.UnixNano()
	for level, t := range l.tables[class] {
		if t == nil {
			continue
		}
		d := t.take(from[level], at)
		d.Class, d.Level = class, Level(level)
		if !d.Allowed {
			l.giveBackBelow(class, from, Level(level), at)
			return d
		}
		if least.Limit == 0 || d.Remaining*least.Limit < least.Remaining*d.Limit {
			least = d
		}
	}
	least.Allowed = true
	return least
}

// GiveBack returns what an earlier Take took.
func (l *Local) GiveBack(class Class, from Sender, now time.Time) {
	l.giveBackBelow(class, from, Levels, now.UnixNano())
}

// giveBackBelow returns what was taken at the levels below one.
func (l *Local) giveBackBelow(class Class, from Sender, below Level, at int64) {
	for level, t := range l.tables[class][:below] {
		if t != nil {
			t.untake(from[level], at)
		}
	}
}

// Used returns how much of an allowance is used at now.
func (l *Local) Used(class Class, level Level, key uint64, now time.Time) int64 {
	t := l.tables[class][level]
	if t == nil {
		return 0
	}
	return (t.debt(key, now.UnixNano()) + t.every - 1) / t.every
}

// Delay makes an allowance full no earlier than at full.
func (l *Local) Delay(class Class, level Level, key uint64, full time.Time) {
	if t := l.tables[class][level]; t != nil {
		t.delay(key, full.UnixNano())
	}
}

// table holds the allowances of one class at one level.
type table struct {
	period time.Duration
	every  int64 // nanoseconds in which one is refilled
	burst  int64
	// full holds when each allowance is full again, in nanoseconds since the Unix
	// epoch. It is full if that is in the past.
	full []atomic.Int64
}

func newTable(r Rate, cells uint64) *table {
	return &table{period: r.Period, every: int64(r.every()), burst: int64(r.Burst), full: make([]atomic.Int64, cells)}
}

func (t *table) cell(key uint64) *atomic.Int64 { return &t.full[key%uint64(len(t.full))] }

// take takes one from the allowance of key at a time, if there is one.
func (t *table) take(key uint64, at int64) Decision {
	most := t.burst * t.every
	d := Decision{Limit: int(t.burst), Period: t.period}
	cell := t.cell(key)
	for {
		before := cell.Load()
		owed := t.owed(before, at)
		debt := owed + t.every
		if debt > most {
			d.RetryAfter, d.Reset = time.Duration(debt-most), time.Duration(owed)
			return d
		}
		if cell.CompareAndSwap(before, at+debt) {
			d.Allowed, d.Remaining, d.Reset = true, int((most-debt)/t.every), time.Duration(debt)
			return d
		}
	}
}

// owed returns how long an allowance that is full at a time needs until then.
func (t *table) owed(full, at int64) int64 {
	owed := max(full-at, 0)
	if owed > 2*t.burst*t.every {
		return 0 // the clock went back: nobody can owe that much
	}
	return owed
}

func (t *table) debt(key uint64, at int64) int64 { return t.owed(t.cell(key).Load(), at) }

// untake returns one to the allowance of key.
func (t *table) untake(key uint64, at int64) {
	cell := t.cell(key)
	for {
		before := cell.Load()
		if before <= at || cell.CompareAndSwap(before, before-t.every) {
			return
		}
	}
}

// delay makes the allowance of key full no earlier than at a time.
func (t *table) delay(key uint64, at int64) {
	cell := t.cell(key)
	for {
		before := cell.Load()
		if before >= at || cell.CompareAndSwap(before, at) {
			return
		}
	}
}
