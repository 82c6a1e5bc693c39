package redisstore

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// maxCall is how many reports one call of the script counts: while it runs,
// Redis does nothing else.
const maxCall = 1000

// What a call is for, as its first argument.
const (
	counting  = "count"
	restoring = "restore" // reports that were counted before, by somebody else
)

// call is one call of a script.
type call struct {
	partition int
	reports   []int // places in the batch, in the order of the answers
	visits    []int // places in the batch; nothing is to be decided of them
	keys      []string
	args      []any
}

// draft collects what the reports of a call refer to: spans of time, services
// and symptoms are named once and then by number, from 1 on.
type draft struct {
	known, generations, blocks, hours, slices spanList
	services, symptoms                        nameList
	hashes                                    []uint64 // of the services
	groups                                    map[group]uint16
	inOrder                                   []group
	visits                                    map[group]uint16
	asked, earlier, records                   []byte
}

// askedSize is what encode writes of a report for the script to decide on, in
// bytes, and usualRecord about what a record has.
const askedSize, usualRecord = 32, atTexts + 24

// group is what reports have in common, with the numbers of what they refer
// to; what a visit does not need is 0.
type group struct {
	kind                      report.Kind
	service, country, symptom uint16
	hour                      uint16
	minute                    byte   // in the hour
	start                     uint32 // the number of that minute
	generation                byte
	block, slice              uint16
}

// newCall writes the call that counts those of reports that places names, and
// notes that counting worked in some minutes. The epoch is the one it belongs
// to, or the one that begins if there is none; at is when.
func (s *Store) newCall(mode string, partition int, reports []report.Report, places []int, minutes []int64, epoch int64, at time.Time) call {
	d := draft{
		groups: map[group]uint16{}, visits: map[group]uint16{},
		asked: make([]byte, 0, askedSize*len(places)), records: make([]byte, 0, usualRecord*len(places)),
	}
	c := call{partition: partition, reports: make([]int, 0, len(places))}
	past := false
	for _, i := range places {
		d.mention(&reports[i])
		past = past || !reports[i].Yesterday.IsZero()
	}
	d.generations.sort()
	d.blocks.sort()
	for _, i := range places {
		if reports[i].Kind == report.Visit {
			c.visits = append(c.visits, i)
			d.visit(&reports[i])
		} else {
			c.reports = append(c.reports, i)
			d.encode(&reports[i], past, s.unlimited)
		}
	}
	return s.finish(&d, c, mode, minutes, epoch, at)
}

// finish writes what d has collected into a call.
func (s *Store) finish(d *draft, c call, mode string, minutes []int64, epoch int64, at time.Time) call {
	partition := c.partition
	var known []byte
	for _, m := range minutes {
		const minutesOfDay = int64(day / window.Width)
		known = binary.BigEndian.AppendUint16(known, d.known.of(m/minutesOfDay, knownSpan))
		known = binary.BigEndian.AppendUint16(known, uint16(m%minutesOfDay))
		known = binary.BigEndian.AppendUint32(known, uint32(m))
	}

	for _, name := range []string{keyEpoch, keyIndex, keySymptoms, keyActive, keyJournal} {
		c.keys = append(c.keys, s.conn.Key(partition, name))
	}
	var spans, sizes []byte
	for _, list := range []*spanList{&d.known, &d.generations, &d.blocks, &d.hours, &d.slices} {
		sizes = binary.BigEndian.AppendUint16(sizes, uint16(len(list.spans)))
		for _, sp := range list.spans {
			c.keys = append(c.keys, s.conn.Key(partition, sp.name))
			spans = appendSpan(spans, sp)
		}
	}
	for _, n := range []int{len(d.symptoms.names), len(d.services.names), len(d.inOrder), len(c.reports)} {
		sizes = binary.BigEndian.AppendUint16(sizes, uint16(n))
	}
	c.args = append(make([]any, 0, 11+len(d.symptoms.names)+len(d.services.names)),
		mode, strconv.FormatInt(epoch, 10), at.UnixMilli(), s.limits, sizes, spans, known, d.encodeGroups(), d.asked, d.earlier, d.records)
	for _, name := range d.symptoms.names {
		c.args = append(c.args, name)
	}
	for _, name := range d.services.names {
		c.args = append(c.args, name)
	}
	return c
}

// limits are the numbers that the script must know.
func limits() []byte {
	var b []byte
	for _, n := range []int64{int64(lasting / time.Second), window.MaxNetworks, window.MaxDevices, int64(window.Cooldown / window.Width)} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// appendSpan appends when a key may be forgotten and when it expires, in
// milliseconds since the Unix epoch and in seconds.
func appendSpan(b []byte, sp span) []byte {
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(float64(sp.over.UnixMilli())))
	return binary.BigEndian.AppendUint32(b, uint32(sp.expires/time.Second))
}

// mention notes the keys that r needs.
func (d *draft) mention(r *report.Report) {
	if r.Kind == report.Visit {
		return
	}
	// Whoever resends it may have a clock of its own.
	for _, t := range []time.Time{r.Received.Add(-window.IDMemory), r.Received, r.Received.Add(skew)} {
		d.generations.of(number(t, generation), idSpan)
	}
	block := number(r.Minute, window.Cooldown)
	for b := block - 1; b <= block+1; b++ {
		d.blocks.of(b, seenSpan)
	}
}

// groupOf returns the number of r's group, from 1 on.
func (d *draft) groupOf(g group) uint16 {
	n, ok := d.groups[g]
	if !ok {
		d.inOrder = append(d.inOrder, g)
		n = uint16(len(d.inOrder))
		d.groups[g] = n
	}
	return n
}

// common returns the part of a group that visits have too.
func (d *draft) common(r *report.Report) group {
	minute := number(r.Minute, window.Width)
	g := group{kind: r.Kind, service: d.services.of(r.Service), country: countryNumber(r.Country),
		hour: d.hours.of(minute/minutesOfHour, hourSpan), minute: byte(minute % minutesOfHour), start: uint32(minute)}
	if r.Symptom != "" {
		g.symptom = d.symptoms.of(r.Symptom)
	}
	return g
}

func (d *draft) visit(r *report.Report) {
	g := d.common(r)
	d.groupOf(g)
	d.visits[g]++
}

// encode writes a report as the script reads it: its group, its ID and person,
// each behind its number, the network; then, where some report of the call has
// one, the person under yesterday's key; and the record for the journal.
func (d *draft) encode(r *report.Report, past, unlimited bool) {
	g := d.common(r)
	g.generation = byte(d.generations.of(number(r.Received, generation), idSpan))
	g.block = d.blocks.of(number(r.Minute, window.Cooldown), seenSpan)
	if r.Kind == report.Problem {
		g.slice = d.slices.named(number(r.Received, window.SliceWidth), r.Service, netsSpan)
	}
	for len(d.hashes) < int(g.service) {
		h := fnv.New64a()
		h.Write([]byte(d.services.names[len(d.hashes)])) // never fails, by its contract
		d.hashes = append(d.hashes, mix(h.Sum64()))
	}
	minute := number(r.Minute, window.Width) % int64(window.Cooldown/window.Width)
	person := personDigest(d.hashes[g.service-1], r.Kind, r.Reporter, minute, unlimited)
	id := idDigest(r)
	b := binary.BigEndian.AppendUint16(d.asked, d.groupOf(g))
	b = append(append(b, id[:3]...), id[:]...)
	b = append(append(b, person[:3]...), person[:]...)
	b = append(b, r.Country...)
	d.asked = binary.BigEndian.AppendUint64(b, uint64(r.Network))
	if past {
		var before [8]byte
		if !r.Yesterday.IsZero() {
			before = personDigest(d.hashes[g.service-1], r.Kind, r.Yesterday, minute, unlimited)
		}
		d.earlier = append(append(d.earlier, before[:3]...), before[:]...)
	}
	d.records = appendRecord(d.records, r)
}

// encodeGroups writes the groups, each with its number of visits.
func (d *draft) encodeGroups() []byte {
	var b []byte
	for _, g := range d.inOrder {
		b = append(b, byte(g.kind))
		for _, n := range []uint16{g.service, g.country, g.symptom, g.hour} {
			b = binary.BigEndian.AppendUint16(b, n)
		}
		b = binary.BigEndian.AppendUint32(append(b, g.minute), g.start)
		b = append(b, g.generation)
		for _, n := range []uint16{g.block, g.slice, d.visits[g]} {
			b = binary.BigEndian.AppendUint16(b, n)
		}
	}
	return b
}

// countryNumber numbers all codes of two capital letters.
func countryNumber(code string) uint16 { return uint16(code[0]-'A')*26 + uint16(code[1]-'A') }

// countryCodes are all codes by their numbers, made once.
var countryCodes = func() (codes [26 * 26]string) {
	for n := range codes {
		codes[n] = string([]byte{'A' + byte(n/26), 'A' + byte(n%26)})
	}
	return codes
}()

// countryCode returns the code with a number below 1024, empty if there is none.
func countryCode(n uint16) string {
	if int(n) < len(countryCodes) {
		return countryCodes[n]
	}
	return ""
}
