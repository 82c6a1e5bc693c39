package app

import (
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// What Redis takes, in bytes. A hash is one string while it has up to smallHash
// fields and none of them is longer than 64 bytes, which are widest cells.
// An entry of a larger one takes 8 bytes more than MEMORY USAGE says, which
// redisstore.TestCost prints: 24 are asked for, and 32 are what there is.
const (
	perID        = 12.7
	perReporter  = 11.6
	perBucket    = 68.0
	perSmall     = 5.0 // of a bucket in a small hash, beside the name of the service
	perCell      = 7.0
	perHour      = 500.0 // of a partition: its keys, and what memory is rounded up to
	perSlice     = 270.0
	perNetwork   = 78.0
	perSmallOne  = 15.0 // of a network in a small hash
	perService   = 300.0
	perPartition = 2500.0
	smallHash    = 512
	widest       = 9
)

const floodFormula = `12.7 bytes for an ID of 2 to 4 hours, 11.6 for a reporter of an hour; for a minute of a service 68, or 5 and
       its name in a small hash, and 7 for each country and symptom in it; for five minutes of networks of a
       service 270, and 78 for each network, or 15 in a small hash; 300 for a service, 2,500 for a partition and 500
       for each hour of it`

// holdings is what Redis should hold.
type holdings struct {
	bytesUntil map[time.Time]float64
	hours      map[hourOf]*hourHolds
	slices     map[sliceOf]int // networks
	seed       maphash.Seed
	minute     time.Time
	cells      map[string]int // of minute, by service
	inMinute   map[uint64]bool
	slice      time.Time
	networks   map[uint64]bool // of slice
	services   map[string]bool
}

// hourOf is an hour of a partition, and sliceOf five minutes of a service: each
// is one hash.
type hourOf struct {
	start     time.Time
	partition int
}

type sliceOf struct {
	start   time.Time
	service string
}

type hourHolds struct {
	buckets, names, cells int
	wide                  bool
}

func (h *hourHolds) bytes() float64 {
	if h.wide || h.buckets > smallHash {
		return perHour + perBucket*float64(h.buckets) + perCell*float64(h.cells)
	}
	return perHour + perSmall*float64(h.buckets) + float64(h.names) + perCell*float64(h.cells)
}

func newHoldings() *holdings {
	return &holdings{
		bytesUntil: map[time.Time]float64{}, hours: map[hourOf]*hourHolds{}, slices: map[sliceOf]int{}, services: map[string]bool{}, seed: maphash.MakeSeed(),
	}
}

// add adds a counted report that arrived at now.
func (h *holdings) add(now time.Time, item *ingest.Item) {
	h.hold(now, window.IDMemory, window.IDMemory, perID)
	h.hold(now, window.Cooldown, window.Cooldown+report.Late, perReporter)
	if minute := window.Start(now); !minute.Equal(h.minute) {
		h.minute, h.cells, h.inMinute = minute, map[string]int{}, map[uint64]bool{}
	}
	if slice := now.Truncate(window.SliceWidth); !slice.Equal(h.slice) {
		h.slice, h.networks = slice, map[uint64]bool{}
	}
	if cell := h.hash(item.Service, item.Country, item.Submission.Symptom); !h.inMinute[cell] {
		h.inMinute[cell] = true
		h.addCell(now, item.Service)
	}
	h.services[item.Service] = true
	if network := h.hash(item.Service, item.Country, networkOf(item.Addr)); !h.networks[network] {
		h.networks[network] = true
		at := sliceOf{h.slice, item.Service}
		h.slices[at] = min(h.slices[at]+1, window.MaxNetworks)
	}
}

// networkOf names the network of an address: the /24 of an IPv4, the /48 of an
// IPv6 one.
func networkOf(addr netip.Addr) string {
	bits := 24
	if addr.Is6() {
		bits = 48
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}

// addCell adds one more cell of a service in the minute of now.
func (h *holdings) addCell(now time.Time, service string) {
	at := hourOf{now.Truncate(time.Hour), window.PartitionOf(service)}
	hour := h.hours[at]
	if hour == nil {
		hour = &hourHolds{}
		h.hours[at] = hour
	}
	hour.cells++
	h.cells[service]++
	hour.wide = hour.wide || h.cells[service] > widest
	if h.cells[service] == 1 {
		hour.buckets++
		hour.names += len(service)
	}
}

// hold adds bytes that go away some time after the stretch that now lies in.
func (h *holdings) hold(now time.Time, stretch, after time.Duration, bytes float64) {
	h.bytesUntil[now.Truncate(stretch).Add(stretch+after)] += bytes
}

func (h *holdings) hash(parts ...string) uint64 {
	var m maphash.Hash
	m.SetSeed(h.seed)
	for _, p := range parts {
		m.WriteString(p)
		m.WriteByte(0) //nolint:errcheck // it never fails
	}
	return m.Sum64()
}

// bytes returns what is held at now, and forgets what is not.
func (h *holdings) bytes(now time.Time) float64 {
	all := perPartition*window.Partitions + perService*float64(len(h.services))
	for until, bytes := range h.bytesUntil {
		if until.After(now) {
			all += bytes
		} else {
			delete(h.bytesUntil, until)
		}
	}
	for at, hour := range h.hours {
		if at.start.Add(time.Hour + window.Retention).After(now) {
			all += hour.bytes()
		} else {
			delete(h.hours, at)
		}
	}
	for at, networks := range h.slices {
		switch {
		case !at.start.Add(window.SliceWidth + window.SliceRetention).After(now):
			delete(h.slices, at)
		case networks > smallHash:
			all += perSlice + perNetwork*float64(networks)
		default:
			all += perSlice + perSmallOne*float64(networks)
		}
	}
	return all
}
