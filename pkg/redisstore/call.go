package redisstore

import (
	"math"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// maxCall is how many reports one call of a script counts: while it runs, Redis
// does nothing else.
const maxCall = 1000

// What a call of countScript is for, as its first argument.
const (
	counting  = "count"
	restoring = "restore" // the reports were counted in an earlier epoch
)

// call is one call of a script.
type call struct {
	partition int
	reports   []int // places in the batch, in the order of the answers
	visits    []int // places in the batch; they are counted without an answer
	keys      []string
	args      []any
}

// newCall returns the call of countScript that counts the reports of a batch at
// the given places, and notes that counting worked in some minutes. Counting
// begins the epoch if there is none; restoring fails in any other epoch. at is
// when.
func (s *Store) newCall(mode string, partition int, reports []report.Report, places []int, minutes []int64, epoch int64, at time.Time) call {
	d := newDraft(len(places), s.unlimited)
	c := call{partition: partition, reports: make([]int, 0, len(places))}
	for _, i := range places {
		d.addSpans(&reports[i])
	}
	d.generations.sort()
	d.blocks.sort()
	for _, i := range places {
		if reports[i].Kind == report.Visit {
			c.visits = append(c.visits, i)
			d.addVisit(&reports[i])
		} else {
			c.reports = append(c.reports, i)
			d.addReport(&reports[i])
		}
	}
	for _, m := range minutes {
		d.addMinute(m)
	}
	return s.fill(c, d, mode, epoch, at)
}

// fill returns c with the keys and arguments of countScript.
func (s *Store) fill(c call, d *draft, mode string, epoch int64, at time.Time) call {
	for _, name := range []string{keyEpoch, keyIndex, keySymptoms, keyActive, keyJournal} {
		c.keys = append(c.keys, s.conn.Key(c.partition, name))
	}
	var spans []byte
	lists := []*spanList{&d.days, &d.generations, &d.blocks, &d.hours, &d.slices}
	for _, list := range lists {
		for _, sp := range list.spans {
			c.keys = append(c.keys, s.conn.Key(c.partition, sp.name))
			spans = appendSpan(spans, sp)
		}
	}
	sizes := sizesLayout.append(nil,
		num(len(d.days.spans)), num(len(d.generations.spans)), num(len(d.blocks.spans)), num(len(d.hours.spans)), num(len(d.slices.spans)),
		num(len(d.symptoms.names)), num(len(d.services.names)), num(len(d.groups)), num(len(c.reports)))
	c.args = append(make([]any, 0, 11+len(d.symptoms.names)+len(d.services.names)),
		mode, strconv.FormatInt(epoch, 10), at.UnixMilli(), s.limits, sizes, spans, d.minutes, d.packGroups(), d.reports, d.yesterdays(), d.records)
	for _, name := range d.symptoms.names {
		c.args = append(c.args, name)
	}
	for _, name := range d.services.names {
		c.args = append(c.args, name)
	}
	return c
}

// packLimits returns the bounds that counting keeps to.
func packLimits() []byte {
	return limitsLayout.append(nil,
		num(int(lasting/time.Second)), num(window.MaxNetworks), num(int(window.Cooldown/window.Width)))
}

// appendSpan appends when a key ends.
func appendSpan(b []byte, sp span) []byte {
	return spanLayout.append(b, num(math.Float64bits(float64(sp.over.UnixMilli()))), num(int(sp.expires/time.Second)))
}
