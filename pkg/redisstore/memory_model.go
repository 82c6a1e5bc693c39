package redisstore

import (
	"hash/maphash"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Bytes of memory, measured with MEMORY USAGE and INFO memory. Redis packs a
// hash into one string while it has at most packedFields fields, none longer
// than 64 bytes, which a bucket of more than packedCells cells exceeds. In an
// unpacked hash a field takes 8 bytes more than MEMORY USAGE reports: Redis asks
// for 24 and the allocator gives 32. TestCost prints the measurements.
const (
	bytesPerID            = 12.7
	bytesPerReporter      = 11.6
	bytesPerBucket        = 68.0
	bytesPerPackedBucket  = 5.0 // without the name of its service
	bytesPerCell          = 7.0
	bytesPerHour          = 500.0 // of a partition: its keys and the allocator's rounding
	bytesPerSlice         = 270.0
	bytesPerNetwork       = 78.0
	bytesPerPackedNetwork = 15.0
	bytesPerService       = 300.0
	bytesPerPartition     = 2500.0
	packedFields          = 512
	packedCells           = 9
)

// MemoryFormula describes the MemoryModel for people.
const MemoryFormula = `12.7 bytes for an ID of 2 to 4 hours, 11.6 for a reporter of an hour; for a minute of a service 68, or 5 and
       its name in a small hash, and 7 for each country and symptom in it; for five minutes of networks of a
       service 270, and 78 for each network, or 15 in a small hash; 300 for a service, 2,500 for a partition and 500
       for each hour of it`

// MemoryModel predicts the memory that Redis takes for counted reports. It is
// for tests of whole days: a deviation of the measured memory from the model
// shows that something is kept too long. Reports are added in the order of
// their arrival. A MemoryModel may not be used concurrently.
type MemoryModel struct {
	seed     maphash.Seed
	expiring map[time.Time]float64 // bytes by the time at which they are freed
	hours    map[hourKey]*hourFields
	slices   map[sliceKey]int // networks
	services map[string]bool

	minute       time.Time       // of the last report
	minuteCells  map[string]int  // cells of minute, by service
	cellsSeen    map[uint64]bool // cells of minute, hashed
	slice        time.Time       // of the last report
	networksSeen map[uint64]bool // networks of slice, hashed
}

// hourKey names the hash with an hour of a partition's buckets.
type hourKey struct {
	start     time.Time
	partition int
}

// sliceKey names the hash with a slice of a service's networks.
type sliceKey struct {
	start   time.Time
	service string
}

// hourFields counts what the hash of an hour holds.
type hourFields struct {
	buckets, cells int
	nameBytes      int // of the services, once for each bucket
	wide           bool
}

func (h *hourFields) bytes() float64 {
	if h.wide || h.buckets > packedFields {
		return bytesPerHour + bytesPerBucket*float64(h.buckets) + bytesPerCell*float64(h.cells)
	}
	return bytesPerHour + bytesPerPackedBucket*float64(h.buckets) + float64(h.nameBytes) + bytesPerCell*float64(h.cells)
}

// NewMemoryModel returns a model of an empty Redis.
func NewMemoryModel() *MemoryModel {
	return &MemoryModel{
		seed: maphash.MakeSeed(), expiring: map[time.Time]float64{}, hours: map[hourKey]*hourFields{}, slices: map[sliceKey]int{}, services: map[string]bool{},
	}
}

// Add adds a counted report that arrived at now. The network is any name of the
// reporter's network.
func (m *MemoryModel) Add(now time.Time, service, country, symptom, network string) {
	m.addExpiring(now, window.IDMemory, window.IDMemory, bytesPerID)
	m.addExpiring(now, window.Cooldown, window.Cooldown+report.MaxDelay, bytesPerReporter)
	if minute := window.Start(now); !minute.Equal(m.minute) {
		m.minute, m.minuteCells, m.cellsSeen = minute, map[string]int{}, map[uint64]bool{}
	}
	if slice := now.Truncate(window.SliceWidth); !slice.Equal(m.slice) {
		m.slice, m.networksSeen = slice, map[uint64]bool{}
	}
	if cell := m.hash(service, country, symptom); !m.cellsSeen[cell] {
		m.cellsSeen[cell] = true
		m.addCell(now, service)
	}
	m.services[service] = true
	if hashed := m.hash(service, country, network); !m.networksSeen[hashed] {
		m.networksSeen[hashed] = true
		key := sliceKey{m.slice, service}
		m.slices[key] = min(m.slices[key]+1, window.MaxNetworks)
	}
}

// addCell adds one more cell of a service in the minute of now.
func (m *MemoryModel) addCell(now time.Time, service string) {
	key := hourKey{now.Truncate(time.Hour), window.PartitionOf(service)}
	hour := m.hours[key]
	if hour == nil {
		hour = &hourFields{}
		m.hours[key] = hour
	}
	hour.cells++
	m.minuteCells[service]++
	hour.wide = hour.wide || m.minuteCells[service] > packedCells
	if m.minuteCells[service] == 1 {
		hour.buckets++
		hour.nameBytes += len(service)
	}
}

// addExpiring adds bytes that are freed some time after the end of the stretch
// that holds now.
func (m *MemoryModel) addExpiring(now time.Time, stretch, after time.Duration, bytes float64) {
	m.expiring[now.Truncate(stretch).Add(stretch+after)] += bytes
}

func (m *MemoryModel) hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	for _, p := range parts {
		h.WriteString(p)
		h.WriteByte(0) //nolint:errcheck // it never fails
	}
	return h.Sum64()
}

// Forget frees what Store.Forget drops at now.
func (m *MemoryModel) Forget(now time.Time) {
	for until := range m.expiring {
		if !until.After(now) {
			delete(m.expiring, until)
		}
	}
	for key := range m.hours {
		if !key.start.Add(time.Hour + window.Retention).After(now) {
			delete(m.hours, key)
		}
	}
	for key := range m.slices {
		if !key.start.Add(window.SliceWidth + window.SliceRetention).After(now) {
			delete(m.slices, key)
		}
	}
}

// Bytes returns the memory that Redis takes more than when it was empty.
func (m *MemoryModel) Bytes() float64 {
	total := bytesPerPartition*window.Partitions + bytesPerService*float64(len(m.services))
	for _, bytes := range m.expiring {
		total += bytes
	}
	for _, hour := range m.hours {
		total += hour.bytes()
	}
	for _, networks := range m.slices {
		if networks > packedFields {
			total += bytesPerSlice + bytesPerNetwork*float64(networks)
		} else {
			total += bytesPerSlice + bytesPerPackedNetwork*float64(networks)
		}
	}
	return total
}
