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
	// split is what people report, in percent.
	split = []int{40, 20, 15, 12, 8, 5}
)

const (
	// wander is the standard deviation of the logarithm of a service's hourly
	// wander, kept how much of it stays from hour to hour.
	wander, kept = 0.12, 0.7
	// mostWander is the factor at which the wander is cut off.
	mostWander = 1.6
	// clump is the chance that a report comes with another in the same minute.
	clump = 0.13
)

// draw draws the reports of minutes, in order.
type draw struct {
	*rand.Rand
	perMinute []float64   // by country, all services together
	shares    [][]float64 // by country: cumulated over the services
	zones     []*time.Location
	drift     []float64 // logarithm of the wander, by service
	hour      int64
}

func newDraw(c Course, shard, services int) *draw {
	d := &draw{Rand: rand.New(rand.NewPCG(c.Seed, uint64(shard))), drift: make([]float64, services)}
	// The rates of services, and of countries within one, fall off as 1/rank; one
	// of three services is at home in one country.
	rates := make([][]float64, len(countries))
	all := 0.0
	for i := range rates {
		rates[i] = make([]float64, services)
	}
	for s := range services {
		service := 1 / float64(s+3)
		ranks := d.Perm(len(countries))
		home := s%3 == 0
		for i, rank := range ranks {
			rate := service / float64(rank+1)
			if home && rank > 0 {
				rate /= 50
			}
			rates[i][s] = rate
			all += rate
		}
	}
	scale := float64(c.Reports) / float64(c.Shards) / (365 * 24 * 60) / all / (1 + clump)
	for i, code := range countries {
		sum, cumulated := 0.0, make([]float64, services)
		for s, rate := range rates[i] {
			sum += rate
			cumulated[s] = sum
		}
		for s := range cumulated {
			cumulated[s] /= sum
		}
		d.perMinute = append(d.perMinute, sum*scale)
		d.shares = append(d.shares, cumulated)
		d.zones = append(d.zones, catalog.Default().ClockOf(code))
	}
	return d
}

// minute calls each with the reports of a minute.
func (d *draw) minute(at time.Time, each func(service, country, symptom, n int)) {
	if hour := at.Unix() / 3600; hour != d.hour {
		d.hour = hour
		for s := range d.drift {
			d.drift[s] = kept*d.drift[s] + math.Sqrt(1-kept*kept)*wander*d.NormFloat64()
		}
	}
	for i := range countries {
		rate := d.perMinute[i] * scenario.Social.Season(at.In(d.zones[i])) * mostWander
		for t := d.ExpFloat64(); t < rate; t += d.ExpFloat64() {
			s, _ := slices.BinarySearch(d.shares[i], d.Float64())
			s = min(s, len(d.drift)-1)
			if d.Float64()*mostWander >= math.Exp(d.drift[s]) {
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

func (d *draw) symptom() int {
	x := d.IntN(100)
	for i, percent := range split {
		if x -= percent; x < 0 {
			return i
		}
	}
	return len(split) - 1
}
