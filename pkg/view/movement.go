package view

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

// Movement is how the shares of symptoms changed over a stretch of time.
type Movement struct {
	from, to time.Time
	starts   []time.Time
	step     time.Duration
	totals   []int64
	counts   map[string][]int64
	highest  float64 // the largest share of any symptom in any step
}

const (
	// fewestMoved is how many reports there must be to say how their shares
	// moved: with fewer they jump about.
	fewestMoved = 40
	// fewestStep is how many of them a step must hold to be drawn.
	fewestStep = 5
	// beginning is over what the first shares are taken.
	beginning = 15 * time.Minute
)

// NewMovement reads the courses of symptoms. It returns nil if there are too few
// reports or steps.
func NewMovement(c status.SeriesBySymptom) *Movement {
	m := &Movement{starts: c.Starts, step: c.Step, totals: make([]int64, len(c.Starts)), counts: map[string][]int64{}}
	var all int64
	for _, course := range c.Symptoms {
		counts := make([]int64, len(c.Starts))
		for i, p := range course.Points {
			if p.Known && i < len(counts) {
				counts[i] = p.Count
				m.totals[i] += p.Count
				all += p.Count
			}
		}
		m.counts[course.Symptom] = counts
	}
	begun := slices.IndexFunc(m.totals, func(n int64) bool { return n >= fewestStep })
	if begun < 0 || all < fewestMoved || len(c.Starts)-begun < 3 {
		return nil
	}
	m.starts, m.totals = m.starts[begun:], m.totals[begun:]
	for id := range m.counts {
		m.counts[id] = m.counts[id][begun:]
	}
	m.from, m.to = m.starts[0], c.Starts[len(c.Starts)-1].Add(c.Step)
	if c.AsOf.Before(m.to) {
		m.to = c.AsOf
	}
	for id := range m.counts {
		for i := range m.totals {
			if m.totals[i] >= fewestStep {
				m.highest = math.Max(m.highest, m.share(id, i))
			}
		}
	}
	return m
}

func (m *Movement) share(id string, step int) float64 {
	return float64(m.counts[id][step]) / float64(m.totals[step])
}

// first returns the shares at the beginning, in the order of symptoms.
func (m *Movement) first(symptoms []status.Share) []status.Share {
	counts := map[string]int64{}
	for i, start := range m.starts {
		if start.Sub(m.from) >= beginning {
			break
		}
		for id, all := range m.counts {
			counts[id] += all[i]
		}
	}
	order := make([]string, len(symptoms))
	for i, s := range symptoms {
		order[i] = s.Symptom
	}
	return status.Shares(order, counts)
}

// path draws the share of a symptom as a line, and the area below the line, in a
// box of 1000 by 1000. All symptoms have one scale.
func (m *Movement) path(id string) (line, area string) {
	var b, under strings.Builder
	last := float64(max(1, len(m.totals)-1))
	drawn := false
	from, to := 0.0, 0.0
	for i, total := range m.totals {
		if total < fewestStep || m.counts[id] == nil {
			continue
		}
		x, y := float64(i)/last, 1-m.share(id, i)/math.Max(m.highest, 0.01)
		command := "L"
		if !drawn {
			command, from = "M", x
		}
		drawn, to = true, x
		b.WriteString(command + thousandth(x) + " " + thousandth(y))
	}
	if !drawn {
		return "", ""
	}
	under.WriteString(b.String() + "L" + thousandth(to) + " 1000L" + thousandth(from) + " 1000z")
	return b.String(), under.String()
}
