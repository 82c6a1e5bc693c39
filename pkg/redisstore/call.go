package redisstore

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
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

// call is one call of count.lua.
type call struct {
	partition int
	reports   []int // places in the batch, in the order of the answers
	keys      []string
	args      []any
}

// draft collects what the reports of a call refer to: spans of time, services
// and symptoms are named once and then by number, from 1 on.
type draft struct {
	known, generations, blocks, hours, slices spanList
	services, symptoms                        nameList
	hashes                                    []uint64 // of the services
	records                                   [][]byte
}

// newCall writes the call that counts those of reports that places names, and
// notes that counting worked in some minutes. The epoch is the one it belongs
// to, or the one that begins if there is none; at is when.
func (s *Store) newCall(mode string, partition int, reports []report.Report, places []int, minutes []int64, epoch int64, at time.Time) call {
	d := draft{records: make([][]byte, 0, len(places))}
	for _, i := range places {
		d.mention(&reports[i])
	}
	d.generations.sort()
	d.blocks.sort()
	for _, i := range places {
		d.records = append(d.records, d.encode(&reports[i], s.unlimited))
	}
	var known []byte
	for _, m := range minutes {
		const minutesOfDay = int64(day / window.Width)
		known = binary.BigEndian.AppendUint16(known, d.known.of(m/minutesOfDay, knownSpan))
		known = binary.BigEndian.AppendUint16(known, uint16(m%minutesOfDay))
		known = binary.BigEndian.AppendUint32(known, uint32(m))
	}

	c := call{partition: partition, reports: places}
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
	for _, n := range []int{len(d.symptoms.names), len(d.services.names), len(d.records)} {
		sizes = binary.BigEndian.AppendUint16(sizes, uint16(n))
	}
	c.args = append(make([]any, 0, 7+len(d.symptoms.names)+len(d.services.names)+len(d.records)),
		mode, strconv.FormatInt(epoch, 10), at.UnixMilli(), s.limits, sizes, spans, known)
	for _, name := range d.symptoms.names {
		c.args = append(c.args, name)
	}
	for _, name := range d.services.names {
		c.args = append(c.args, name)
	}
	for _, record := range d.records {
		c.args = append(c.args, record)
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

// encode writes a report as the script reads it: what to count, who and where
// from, and the record for the journal.
func (d *draft) encode(r *report.Report, unlimited bool) []byte {
	minute := number(r.Minute, window.Width)
	const minutesOfHour = int64(time.Hour / window.Width)
	service := d.services.of(r.Service)
	if int(service) > len(d.hashes) {
		h := fnv.New64a()
		h.Write([]byte(r.Service)) // never fails, by its contract
		d.hashes = append(d.hashes, mix(h.Sum64()))
	}
	var symptom uint16
	if r.Symptom != "" {
		symptom = d.symptoms.of(r.Symptom)
	}
	b := make([]byte, 0, 56+atTexts+2+len(r.Symptom)+len(r.Service))
	b = append(b, byte(r.Kind))
	b = binary.BigEndian.AppendUint16(b, service)
	b = binary.BigEndian.AppendUint16(b, countryNumber(r.Country))
	b = binary.BigEndian.AppendUint16(b, symptom)
	b = binary.BigEndian.AppendUint16(b, d.hours.of(minute/minutesOfHour, hourSpan))
	b = append(b, byte(minute%minutesOfHour))
	if r.Kind == report.Visit {
		return append(b, make([]byte, 1+7+2+8+1+8+2+10)...)
	}
	b = append(b, byte(d.generations.of(number(r.Received, generation), idSpan)))
	id := idDigest(r)
	b = append(b, id[:]...)
	const cooldown = int64(window.Cooldown / window.Width)
	b = binary.BigEndian.AppendUint16(b, d.blocks.of(minute/cooldown, seenSpan))
	person := personDigest(d.hashes[service-1], r.Kind, r.Reporter, minute%cooldown, unlimited)
	b = append(b, person[:]...)
	var has byte
	var before [8]byte
	if !r.Yesterday.IsZero() {
		has, before = 1, personDigest(d.hashes[service-1], r.Kind, r.Yesterday, minute%cooldown, unlimited)
	}
	b = append(append(b, has), before[:]...)
	var slice uint16
	if r.Kind == report.Problem {
		slice = d.slices.named(number(r.Received, window.SliceWidth), r.Service, netsSpan)
	}
	b = binary.BigEndian.AppendUint16(b, slice)
	b = append(b, r.Country...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Network))
	return appendRecord(b, r)
}

// countryNumber numbers all codes of two capital letters.
func countryNumber(code string) uint16 { return uint16(code[0]-'A')*26 + uint16(code[1]-'A') }

func countryCode(n uint16) string { return string([]byte{'A' + byte(n/26), 'A' + byte(n%26)}) }

// nameList numbers names from 1 on.
type nameList struct {
	names  []string
	places map[string]uint16
}

func (l *nameList) of(name string) uint16 {
	if n, ok := l.places[name]; ok {
		return n
	}
	if l.places == nil {
		l.places = map[string]uint16{}
	}
	l.names = append(l.names, name)
	l.places[name] = uint16(len(l.names))
	return l.places[name]
}

// spanList numbers spans of one kind from 1 on.
type spanList struct {
	spans  []span
	places map[spanName]uint16
}

// spanName names a span within its list: its number, and a service if it has
// one.
type spanName struct {
	number  int64
	service string
}

func (l *spanList) of(number int64, make func(int64) span) uint16 {
	return l.at(spanName{number: number}, func() span { return make(number) })
}

func (l *spanList) named(number int64, service string, make func(int64, string) span) uint16 {
	return l.at(spanName{number, service}, func() span { return make(number, service) })
}

func (l *spanList) at(name spanName, make func() span) uint16 {
	if n, ok := l.places[name]; ok {
		return n
	}
	if l.places == nil {
		l.places = map[spanName]uint16{}
	}
	l.spans = append(l.spans, make())
	l.places[name] = uint16(len(l.spans))
	return l.places[name]
}

// sort numbers the spans anew, in the order of time: neighbours in time are
// neighbours in number, if they are all there.
func (l *spanList) sort() {
	slices.SortFunc(l.spans, func(a, b span) int { return a.over.Compare(b.over) })
	numbers := make([]int64, 0, len(l.spans))
	for name := range l.places {
		numbers = append(numbers, name.number)
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		l.places[spanName{number: n}] = uint16(i + 1)
	}
}
