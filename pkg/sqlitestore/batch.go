package sqlitestore

import (
	"cmp"
	"fmt"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// batch is a transaction of the store while it runs. It writes to disk and
// changes memory at once, and collects what addTo adds to the mirror when all of
// it is on disk.
type batch struct {
	disk         *disk
	memory       *memory
	knownMinutes map[window.Minute]bool // those of the mirror

	counted []countedReport
	visits  map[visitKey]int64
	beats   []window.Minute
}

// countedReport is a problem or a recovery that counts.
type countedReport struct {
	report *report.Report
	cell   int64
}

// visitKey is what visits are added up by.
type visitKey struct {
	service string
	minute  window.Minute
	cell    int64
	country string
}

// decide returns the outcome of one report by the rules of window.Store, and
// writes what follows from it.
func (b *batch) decide(r *report.Report) (window.Outcome, error) {
	if err := b.beat(window.MinuteOf(r.Received)); err != nil {
		return window.Outcome{}, err
	}
	service, cell, err := b.intern(r)
	if err != nil {
		return window.Outcome{}, err
	}
	minute := window.MinuteOf(r.Minute)
	if r.Kind == report.Visit {
		if b.visits == nil {
			b.visits = map[visitKey]int64{}
		}
		b.visits[visitKey{r.Service, minute, cell, r.Country}]++
		return window.Outcome{Status: window.Counted}, nil
	}
	received := r.Received.UnixMilli()
	if first, ok := b.memory.answers.of(service, r.ID, received); ok {
		return b.resent(first.status, cmp.Or(int64(first.cell), cell)), nil // 0 in answers older than their column cell
	}
	status := b.memory.cooldowns.judge(service, r.Kind, r.Reporter, r.Yesterday, minute, window.DevicesOf(r))
	if status == window.Counted {
		added, err := b.addReport(r, service, cell, minute, received)
		if err != nil {
			return window.Outcome{}, err
		}
		if !added { // archived before, but longer ago than IDMemory
			first, err := b.disk.findReportCell.queryInt(minute.Day(), service, r.ID[:])
			return b.resent(window.Counted, first), err
		}
		b.memory.cooldowns.start(service, r.Kind, r.Reporter, minute)
		b.counted = append(b.counted, countedReport{r, cell})
	} else if err := b.addAnswer(r, service, cell, status, received); err != nil {
		return window.Outcome{}, err
	}
	b.memory.answers.remember(service, r.ID, received, cell, status)
	return window.Outcome{Status: status}, nil
}

// resent returns the outcome of a report whose ID was first sent for a cell and
// got the answer first.
func (b *batch) resent(first window.Status, cell int64) window.Outcome {
	key := b.memory.cellKeys[cell]
	return window.Outcome{Status: first, Resent: true, Kind: key.kind, Cell: key.Cell}
}

// beat records that counting works in a minute.
func (b *batch) beat(minute window.Minute) error {
	if b.knownMinutes[minute] || len(b.beats) > 0 && b.beats[len(b.beats)-1] == minute {
		return nil
	}
	if err := b.disk.begin(); err != nil {
		return err
	}
	b.beats = append(b.beats, minute)
	_, err := b.disk.addBeat.exec(int64(minute))
	return err
}

// tryReport writes a report of nobody and deletes it. The pages that it changed
// still have to reach the disk.
func (b *batch) tryReport(minute window.Minute) error {
	if err := b.disk.begin(); err != nil {
		return err
	}
	const none = int64(0) // IDs of the dictionary begin at 1
	if _, err := b.disk.addReport.exec(minute.Day(), none, uuid.Nil[:], none, int64(minute), none, none, none, none); err != nil {
		return err
	}
	_, err := b.disk.deleteReport.exec(minute.Day(), none, uuid.Nil[:])
	return err
}

// intern returns the IDs of the report's service and cell, which it adds to the
// dictionary when they are new.
func (b *batch) intern(r *report.Report) (service, cell int64, err error) {
	service, ok := b.memory.services[r.Service]
	if !ok {
		if err := b.disk.begin(); err != nil {
			return 0, 0, err
		}
		if service, err = b.disk.internService.queryInt(r.Service); err != nil {
			return 0, 0, fmt.Errorf("find or add a service: %w", err)
		}
		b.memory.services[r.Service] = service
	}
	key := cellKey{service, r.Kind, window.Cell{Country: r.Country, Symptom: r.Symptom}}
	cell, ok = b.memory.cells[key]
	if !ok {
		if err := b.disk.begin(); err != nil {
			return 0, 0, err
		}
		if cell, err = b.disk.internCell.queryInt(service, int64(r.Kind), r.Country, r.Symptom); err != nil {
			return 0, 0, fmt.Errorf("find or add a cell: %w", err)
		}
		b.memory.addCell(cell, key)
	}
	return service, cell, nil
}

// addReport archives a report, unless its ID is in the archive for its day.
func (b *batch) addReport(r *report.Report, service, cell int64, minute window.Minute, received int64) (added bool, err error) {
	if err := b.disk.begin(); err != nil {
		return false, err
	}
	n, err := b.disk.addReport.exec(minute.Day(), service, r.ID[:], cell, int64(minute), received,
		int64(r.Reporter.Address), int64(r.Reporter.Device), int64(r.Network))
	return n == 1, err
}

// addAnswer writes an answer other than window.Counted.
func (b *batch) addAnswer(r *report.Report, service, cell int64, status window.Status, received int64) error {
	if err := b.disk.begin(); err != nil {
		return err
	}
	_, err := b.disk.addAnswer.exec(service, r.ID[:], cell, int64(status), received)
	return err
}

// writeVisits writes the visits that decide added up.
func (b *batch) writeVisits() error {
	for v, n := range b.visits {
		if err := b.disk.begin(); err != nil {
			return err
		}
		if _, err := b.disk.addVisits.exec(int64(v.minute), v.cell, n); err != nil {
			return fmt.Errorf("count visits: %w", err)
		}
	}
	return nil
}

// addTo adds the batch to the mirror.
func (b *batch) addTo(m *mirror) {
	for _, minute := range b.beats {
		m.knownMinutes[minute] = true
	}
	for _, c := range b.counted {
		r := c.report
		se := m.of(r.Service)
		se.add(window.MinuteOf(r.Minute), r.Kind, c.cell, window.Cell{Country: r.Country, Symptom: r.Symptom}, 1)
		if window.HasNetwork(r) {
			se.addNetwork(sliceOf(r.Received.UnixMilli()), r.Country, r.Network)
		}
	}
	for v, n := range b.visits {
		m.of(v.service).add(v.minute, report.Visit, v.cell, window.Cell{Country: v.country}, n)
	}
}
