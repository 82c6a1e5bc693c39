package scenario

import (
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Submission is one simulated press of the button. Its country is true. Every
// submission that is not a brigade's comes from a new reporter.
type Submission struct {
	At      time.Time
	Addr    netip.Addr
	Brigade bool // whether a brigade sent it
	report.Submission
}

// Stream yields each minute of the replay from Start to End with its
// submissions in the order of their time. A minute may have none. The same seed
// gives the same stream. The slice is valid until the next minute.
func (s *Scenario) Stream(seed int64) iter.Seq2[time.Time, []Submission] {
	return s.streamAt(seed, clock{start: s.Start, origin: s.Start, speed: 1})
}

// clock maps the scenario's time to real time.
type clock struct {
	start  time.Time // start of the scenario
	origin time.Time // real time at which start is replayed
	speed  float64   // minutes of the scenario per minute
}

func (c clock) real(t time.Time) time.Time {
	return c.origin.Add(time.Duration(float64(t.Sub(c.start)) / c.speed))
}

func (s *Scenario) streamAt(seed int64, c clock) iter.Seq2[time.Time, []Submission] {
	return func(yield func(time.Time, []Submission) bool) {
		g := newGenerator(s, seed)
		for t := s.Start; t.Before(s.End); t = t.Add(window.Width) {
			g.draw(t)
			if !yield(t, g.submissions(t, c)) {
				return
			}
		}
	}
}

// generator draws the submissions of a scenario, one minute at a time.
type generator struct {
	flows    []*flow
	brigades []*brigadePresses
	pressing *rand.Rand
	placing  *rand.Rand // for addresses, IDs and times in the minute
	addrs    *addressPool
	presses  []press
	order    []uint64 // high bits: offset in the minute; low bits: index into presses
	out      []Submission
	ids      []byte
}

// press is a submission before it has a time and, for a person, an address.
type press struct {
	service, country, symptom string
	index                     int // of the country in countries
	brigade                   int // index of the brigade, or -1 for a person
}

func newGenerator(s *Scenario, seed int64) *generator {
	g := &generator{
		pressing: source(seed, "brigades"),
		placing:  source(seed, "places"),
		addrs:    newAddressPool(source(seed, "homes")),
	}
	for i := range s.Services {
		sv := &s.Services[i]
		rng := source(seed, "service "+sv.Slug)
		for _, country := range sv.countries() {
			g.flows = append(g.flows, newFlow(rng, s, sv, country))
		}
	}
	for i := range s.Brigades {
		g.brigades = append(g.brigades, newBrigadePresses(&s.Brigades[i]))
	}
	return g
}

// draw draws the presses of the minute that starts at t.
func (g *generator) draw(t time.Time) {
	g.presses = g.presses[:0]
	for _, f := range g.flows {
		g.presses = f.draw(g.presses, t)
	}
	for i, b := range g.brigades {
		for range b.draw(g.pressing, t) {
			g.presses = append(g.presses, press{service: b.Service, country: b.Country, symptom: b.Symptom, brigade: i})
		}
	}
}

// submissions returns the presses of the minute that starts at t in the order
// of time, with addresses and IDs.
func (g *generator) submissions(t time.Time, c clock) []Submission {
	const indexBits = 32
	g.order = g.order[:0]
	for i := range g.presses {
		offset := uint64(g.placing.Int32N(int32(window.Width / time.Millisecond)))
		g.order = append(g.order, offset<<indexBits|uint64(i))
	}
	slices.Sort(g.order)

	start := c.real(t)
	g.out = slices.Grow(g.out[:0], len(g.order))
	g.ids = slices.Grow(g.ids[:0], len(g.order)*idLen)
	for _, o := range g.order {
		p := &g.presses[uint32(o)]
		offset := time.Duration(o>>indexBits) * time.Millisecond
		sub := Submission{
			At:         start.Add(time.Duration(float64(offset) / c.speed)),
			Submission: report.Submission{Service: p.service, Symptom: p.symptom, Country: p.country},
		}
		if p.brigade < 0 {
			sub.Addr = g.addrs.in(g.placing, p.index)
		} else {
			sub.Brigade = true
			sub.Addr, sub.Device = g.brigades[p.brigade].press(g.pressing)
		}
		g.ids = appendID(g.ids, g.placing, sub.At)
		g.out = append(g.out, sub)
	}
	ids := string(g.ids) // one allocation for all IDs of the minute
	for i := range g.out {
		g.out[i].ID = ids[i*idLen : (i+1)*idLen]
	}
	return g.out
}

// idLen is the length of a UUID as text.
const idLen = 36

// appendID appends a UUID of version 7 for time t.
func appendID(b []byte, rng *rand.Rand, t time.Time) []byte {
	ms, x, y := uint64(t.UnixMilli()), rng.Uint64(), rng.Uint64()
	id := uuid.UUID{
		byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms),
		0x70 | byte(x>>8)&0x0f, byte(x),
		0x80 | byte(y>>56)&0x3f, byte(y >> 48), byte(y >> 40), byte(y >> 32), byte(y >> 24), byte(y >> 16), byte(y >> 8), byte(y),
	}
	for i, v := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexDigits[v>>4], hexDigits[v&0x0f])
	}
	return b
}

const hexDigits = "0123456789abcdef"
