package year

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/scenario"
)

var (
	countries = []string{"US", "IN", "BR", "GB", "DE", "BD", "ID", "PK", "NG", "FR", "IT", "ES", "MX", "JP", "PH", "VN", "TR", "EG", "ZA", "AU"}
	symptoms  = []string{"connection", "login", "app", "website", "messaging", "other"}
	// symptomShares is the share of each symptom, in percent.
	symptomShares = []int{40, 20, 15, 12, 8, 5}
)

const (
	// driftDeviation is the standard deviation of the logarithm of a service's
	// drift, driftCorrelation the correlation of one hour's with the next.
	driftDeviation, driftCorrelation = 0.12, 0.7
	// maxDrift is the factor at which the drift is cut off.
	maxDrift = 1.6
	// clump is the chance that a report is followed by another in the same minute.
	clump = 0.13
)

// draw draws the reports of one minute after the other.
type draw struct {
	*rand.Rand
	perMinute []float64   // by country, all services together
	shares    [][]float64 // by country: cumulative over the services
	zones     []*time.Location
	drift     []float64 // logarithm, by service
	hour      int64     // of drift, since the Unix epoch
}

func newDraw(c Course, number, services int) *draw {
	d := &draw{Rand: rand.New(rand.NewPCG(c.Seed, uint64(number))), drift: make([]float64, services)}
	// The rates of services, and of the countries of a service, fall as 1/rank. A
	// third of the services has nearly all reports from one country.
	rates := make([][]float64, len(countries))
	all := 0.0
	for i := range rates {
		rates[i] = make([]float64, services)
	}
	for s := range services {
		rateOfService := 1 / float64(s+3)
		ranks := d.Perm(len(countries))
		isLocal := s%3 == 0
		for i, rank := range ranks {
			rate := rateOfService / float64(rank+1)
			if isLocal && rank > 0 {
				rate /= 50
			}
			rates[i][s] = rate
			all += rate
		}
	}
	scale := float64(c.Reports) / float64(c.Shards) / (365 * 24 * 60) / all / (1 + clump)
	for i, code := range countries {
		sum, cumulative := 0.0, make([]float64, services)
		for s, rate := range rates[i] {
			sum += rate
			cumulative[s] = sum
		}
		for s := range cumulative {
			cumulative[s] /= sum
		}
		d.perMinute = append(d.perMinute, sum*scale)
		d.shares = append(d.shares, cumulative)
		d.zones = append(d.zones, catalog.Default().ZoneOf(code))
	}
	return d
}

// minute calls each with the reports of a minute: indexes of a service, a country and
// a symptom, and a number.
func (d *draw) minute(at time.Time, each func(service, country, symptom, n int)) {
	if hour := at.Unix() / 3600; hour != d.hour {
		d.hour = hour
		for s := range d.drift {
			d.drift[s] = driftCorrelation*d.drift[s] + math.Sqrt(1-driftCorrelation*driftCorrelation)*driftDeviation*d.NormFloat64()
		}
	}
	for i := range countries {
		rate := d.perMinute[i] * scenario.Social.Season(at.In(d.zones[i])) * maxDrift
		for t := d.ExpFloat64(); t < rate; t += d.ExpFloat64() {
			s, _ := slices.BinarySearch(d.shares[i], d.Float64())
			s = min(s, len(d.drift)-1)
			if d.Float64()*maxDrift >= math.Exp(d.drift[s]) {
				continue
			}
			n := 1
			for d.Float64() < clump {
				n++
			}
			each(s, i, d.symptom(), n)
		}
	}
}

// symptom draws the index of a symptom.
func (d *draw) symptom() int {
	x := d.IntN(100)
	for i, percent := range symptomShares {
		if x -= percent; x < 0 {
			return i
		}
	}
	return len(symptomShares) - 1
}
