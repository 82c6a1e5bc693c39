package redisstore

import (
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// draft collects the arguments of one call of countScript. It names each span,
// service and symptom once, and refers to it by its number, from 1 on.
type draft struct {
	unlimited bool

	days, generations, blocks, hours, slices spanList
	services, symptoms                       nameList
	serviceHashes                            []uint64

	groups       []group
	groupNumbers map[group]uint16
	visits       map[group]uint16

	minutes, reports, yesterday, records []byte
	hasYesterday                         bool // some report has a reporter of yesterday
}

// usualRecord is about how many bytes a record of the journal takes.
const usualRecord = atTexts + 24

// newDraft returns an empty draft with room for so many reports. With unlimited
// every device counts as if it were alone at its address.
func newDraft(reports int, unlimited bool) *draft {
	return &draft{
		unlimited:    unlimited,
		groupNumbers: map[group]uint16{}, visits: map[group]uint16{},
		reports: make([]byte, 0, reportLayout.size*reports), records: make([]byte, 0, usualRecord*reports),
	}
}

// group is what several reports have in common, by the numbers of the draft.
// generation, block and slice are 0 where a kind does not need them.
type group struct {
	kind                            report.Kind
	service, country, symptom, hour uint16
	minuteOfHour                    byte
	minute                          uint32 // since the Unix epoch
	generation                      byte
	block, slice                    uint16
}

// addSpans adds the spans of IDs and reporters that r needs. They are sorted
// before reports refer to them.
func (d *draft) addSpans(r *report.Report) {
	if r.Kind == report.Visit {
		return
	}
	// A process that resends the report may have a clock that is ahead.
	for _, t := range []time.Time{r.Received.Add(-window.IDMemory), r.Received, r.Received.Add(skew)} {
		d.generations.of(number(t, generation), idSpan)
	}
	block := number(r.Minute, window.Cooldown)
	for b := block - 1; b <= block+1; b++ {
		d.blocks.of(b, seenSpan)
	}
}

// addMinute adds a minute in which counting works.
func (d *draft) addMinute(minute int64) {
	journaled := knownLayout.append(nil, num(minute))
	d.minutes = minuteLayout.append(d.minutes,
		num(d.days.of(minute/minutesOfDay, knownSpan)), num(minute%minutesOfDay), text(journaled))
}

// groupNumber returns the number of g.
func (d *draft) groupNumber(g group) uint16 {
	n, ok := d.groupNumbers[g]
	if !ok {
		d.groups = append(d.groups, g)
		n = uint16(len(d.groups))
		d.groupNumbers[g] = n
	}
	return n
}

// visitGroup returns the group of r as far as a visit has one.
func (d *draft) visitGroup(r *report.Report) group {
	minute := number(r.Minute, window.Width)
	g := group{kind: r.Kind, service: d.services.of(r.Service), country: countryNumber(r.Country),
		hour: d.hours.of(minute/minutesOfHour, hourSpan), minuteOfHour: byte(minute % minutesOfHour), minute: uint32(minute)}
	if r.Symptom != "" {
		g.symptom = d.symptoms.of(r.Symptom)
	}
	return g
}

// addVisit adds a visit to its group.
func (d *draft) addVisit(r *report.Report) {
	g := d.visitGroup(r)
	d.groupNumber(g)
	d.visits[g]++
}

// addReport adds a report to decide on, and its record for the journal.
func (d *draft) addReport(r *report.Report) {
	g := d.visitGroup(r)
	g.generation = byte(d.generations.of(number(r.Received, generation), idSpan))
	g.block = d.blocks.of(number(r.Minute, window.Cooldown), seenSpan)
	if window.HasNetwork(r) {
		g.slice = d.slices.ofService(number(r.Received, window.SliceWidth), r.Service, netsSpan)
	}

	service := d.serviceHash(g.service)
	minute := number(r.Minute, window.Width) % int64(window.Cooldown/window.Width)
	id, reporter := idDigest(r), reporterDigest(service, r.Kind, r.Reporter, minute, d.unlimited)
	var source [10]byte
	copy(source[:2], r.Country)
	binary.BigEndian.PutUint64(source[2:], uint64(r.Network))
	d.reports = reportLayout.append(d.reports, num(d.groupNumber(g)),
		text(id[:3]), text(id[:]), text(reporter[:3]), text(reporter[:4]), text(reporter[4:]), num(window.DevicesOf(r)), text(source[:]))

	var yesterday [8]byte
	if !r.Yesterday.IsZero() {
		d.hasYesterday = true
		yesterday = reporterDigest(service, r.Kind, r.Yesterday, minute, d.unlimited)
	}
	d.yesterday = yesterdayLayout.append(d.yesterday, text(yesterday[:3]), text(yesterday[:4]), text(yesterday[4:]))
	d.records = appendRecord(d.records, r)
}

// serviceHash returns the hash of the service with a number.
func (d *draft) serviceHash(service uint16) uint64 {
	for len(d.serviceHashes) < int(service) {
		h := fnv.New64a()
		h.Write([]byte(d.services.names[len(d.serviceHashes)])) // never fails, by its contract
		d.serviceHashes = append(d.serviceHashes, mix(h.Sum64()))
	}
	return d.serviceHashes[service-1]
}

// yesterdays returns the reporters of yesterday, or nothing if no report has one.
func (d *draft) yesterdays() []byte {
	if !d.hasYesterday {
		return nil
	}
	return d.yesterday
}

// packGroups returns the groups in the order of their numbers.
func (d *draft) packGroups() []byte {
	b := make([]byte, 0, groupLayout.size*len(d.groups))
	for _, g := range d.groups {
		b = groupLayout.append(b, num(g.kind), num(g.service), num(g.country), num(g.symptom), num(g.hour),
			num(g.minuteOfHour), num(g.minute), num(g.generation), num(g.block), num(g.slice), num(d.visits[g]))
	}
	return b
}
