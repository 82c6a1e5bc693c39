package main

import (
	"context"
	"fmt"
	"time"
)

// The first seeds of the two kinds of measurement.
const (
	tuning    = 1         // for choosing constants
	reporting = 1_000_001 // for the published figures
)

// study is a set of simulated series that is judged as one.
type study struct {
	name   string
	recipe recipe
	share  float64 // number of series, as a multiple of the size
}

// grains are the bucket widths that are measured.
var grains = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// The names of the studies.
const (
	sparseQuiet  = "quiet, 0.02–1 per 5 min"
	busyQuiet    = "quiet, 1–200 per 5 min"
	clean        = "outages"
	scarred      = "outages after outages"
	oddBuckets   = "single odd buckets"
	rough        = "outages, rough"
	firstQuiet   = "first week, quiet"
	firstOutages = "first week, outages"
)

func studies() []study {
	return []study{
		{sparseQuiet, recipe{history: 5, weeks: 4, low: 0.02, high: 1}, 4. / 3},
		{busyQuiet, recipe{history: 5, weeks: 4, low: 1, high: 200}, 1. / 3},
		{clean, recipe{history: 5, weeks: 2, low: 0.02, high: 200, outages: 6}, 1},
		{scarred, recipe{history: 5, weeks: 2, low: 0.02, high: 200, outages: 6, past: 6}, 1},
		{oddBuckets, recipe{history: 5, weeks: 1, low: 0.02, high: 200, bursts: 20}, 1. / 3},
		{rough, recipe{history: 5, weeks: 2, low: 0.02, high: 200, outages: 6, rough: true}, 1. / 2},
		{firstQuiet, recipe{weeks: 1, low: 0.1, high: 1.3, calm: true}, 4},
		{firstOutages, recipe{weeks: 1, low: 0.1, high: 1.3, outages: 3, slow: true, calm: true}, 2},
	}
}

// rule is a detector with a name.
type rule struct {
	name string
	detector
}

// rules returns the detector and the simple rules that it is compared with.
func rules() []rule {
	return []rule{
		{"Outcry", outcry},
		{"3 × same hour, at least 10", sameHour(3, 10)},
		{"mean + 3 σ over 24 h", sigmas(3)},
		{"Poisson tail 1e-6", poissonTail(1e-6)},
		{"plain negative-binomial CUSUM, 11 nats", plainCUSUM(11)},
		{"Poisson-FOCuS, 20 nats", focus(20)},
	}
}

// curves returns every rule with several settings, which trade false alarms for
// declared outages.
func curves() map[string][]detector {
	c := map[string][]detector{}
	for _, t := range []float64{0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3} {
		c["Outcry"] = append(c["Outcry"], outcryAt(t))
	}
	for _, t := range []float64{2, 3, 4, 6, 10, 20} {
		c["same hour"] = append(c["same hour"], sameHour(t, 10))
	}
	for _, t := range []float64{3, 4, 6, 8, 12, 20} {
		c["σ over 24 h"] = append(c["σ over 24 h"], sigmas(t))
	}
	for _, p := range []float64{1e-3, 1e-4, 1e-6, 1e-8, 1e-12, 1e-20} {
		c["Poisson tail"] = append(c["Poisson tail"], poissonTail(p))
	}
	for _, t := range []float64{5, 8, 11, 15, 20, 30} {
		c["plain CUSUM"] = append(c["plain CUSUM"], plainCUSUM(t))
	}
	for _, t := range []float64{8, 12, 20, 50, 200} {
		c["Poisson-FOCuS"] = append(c["Poisson-FOCuS"], focus(t))
	}
	return c
}

// The limits of the bands by the excess of outages and by the rate of series.
var (
	excessBands = []float64{0, 2, 8, 40, 200, 1e9} // reports per 5 minutes
	rateBands   = []float64{0.02, 0.1, 0.5, 2, 10, 50, 200}
)

// result is the outcome of one rule on one study at one grain.
type result struct {
	study string
	grain time.Duration
	rule  string
	all   tally
	dense tally              // series with at least densePer5
	moved tally              // series whose level shifts for good
	bands []tally            // by excess
	above map[float64]*tally // outages with an excess above the key
}

// point is one setting of a rule.
type point struct{ falsePerWeek, found float64 }

// card is everything that was measured.
type card struct {
	size       int
	results    []result
	live       []liveResult
	byRate     []tally // Outcry on quiet series by their rate, all grains under 15 minutes
	curves     map[string][]point
	pages      map[string]pageTally
	pageCurves map[string][]point // on the real pages
	quietPages pageTally          // Outcry on the real pages after quiet days
	names      []string           // of the rules, in order
}

// measure judges all studies and pages. It calls progress before each step with
// a description of it.
func measure(ctx context.Context, seed uint64, size int, progress func(string)) (*card, error) {
	c := &card{size: size, curves: map[string][]point{}, pages: map[string]pageTally{}, pageCurves: map[string][]point{}, byRate: make([]tally, len(rateBands)-1)}
	for _, r := range rules() {
		c.names = append(c.names, r.name)
	}
	for _, grain := range grains {
		for k, st := range studies() {
			progress(fmt.Sprintf("%s, %v buckets", st.name, grain))
			c.study(seedOf(seed, k, st), size, st, grain)
		}
	}
	if err := c.measureLive(ctx, seed, progress); err != nil {
		return nil, err
	}
	progress("trade-off")
	c.tradeOff(seed+90_000, max(size/5, 5))
	pages, err := readPages()
	if err != nil {
		return nil, err
	}
	for _, r := range rules() {
		c.pages[r.name] = judgePages(pages, r.detector)
		if r.name == "Outcry" {
			c.quietPages = judgeQuietPages(seed, pages, r.detector)
		}
	}
	for name, settings := range curves() {
		for _, d := range settings {
			t := judgePages(pages, d)
			c.pageCurves[name] = append(c.pageCurves[name], point{float64(t.False) / t.Weeks, share(t.InBucket, t.Pages)})
		}
	}
	return c, nil
}

// seedOf returns the first seed of study k. The scarred series have those of the
// clean ones before them, and with them the same counts in the judged weeks.
func seedOf(seed uint64, k int, st study) uint64 {
	if st.name == scarred {
		k--
	}
	return seed + uint64(k)*10_000
}

// newResult returns a result without series.
func newResult(study string, grain time.Duration, rule string) result {
	return result{study: study, grain: grain, rule: rule, bands: make([]tally, len(excessBands)-1), above: map[float64]*tally{8: {}, 40: {}}}
}

// study judges one set of series.
func (c *card) study(seed uint64, size int, st study, grain time.Duration) {
	var found []result
	for _, r := range rules() {
		if r.name != "Outcry" && (grain >= 15*time.Minute || st.name == scarred || st.recipe.rough || st.recipe.history == 0) {
			continue
		}
		found = append(found, newResult(st.name, grain, r.name))
	}
	recipe := st.recipe
	recipe.width = grain
	for i := range int(float64(size) * st.share) {
		s := draw(seed+uint64(i), recipe)
		k := 0
		for _, r := range rules() {
			if k < len(found) && found[k].rule == r.name {
				found[k].add(s, r.detector(s))
				if r.name == "Outcry" && grain < 15*time.Minute && st.recipe.history > 0 && st.recipe.outages == 0 && st.recipe.bursts == 0 {
					c.addRate(s, r.detector(s))
				}
				k++
			}
		}
	}
	c.results = append(c.results, found...)
}

// densePer5 is the usual rate, in reports per 5 minutes, at which an hour usually
// holds three reports. In sparser series an hour without reports is no evidence.
const densePer5 = 0.25

func (r *result) add(s *series, alarms []bool) {
	r.all.add(s, alarms, func(outage) bool { return true })
	if s.per5 >= densePer5 {
		r.dense.add(s, alarms, func(outage) bool { return true })
	}
	if s.moves {
		r.moved.add(s, alarms, func(outage) bool { return true })
	}
	for i := range r.bands {
		r.bands[i].add(s, alarms, func(o outage) bool { return o.excess >= excessBands[i] && o.excess < excessBands[i+1] })
	}
	for least, t := range r.above {
		t.add(s, alarms, func(o outage) bool { return o.excess > least })
	}
}

// merge adds the figures of other.
func (r *result) merge(other *result) {
	r.all.merge(other.all)
	r.dense.merge(other.dense)
	r.moved.merge(other.moved)
	for i := range r.bands {
		r.bands[i].merge(other.bands[i])
	}
	for least, t := range r.above {
		t.merge(*other.above[least])
	}
}

func (c *card) addRate(s *series, alarms []bool) {
	for i := range c.byRate {
		if s.per5 >= rateBands[i] && s.per5 < rateBands[i+1] {
			c.byRate[i].add(s, alarms, func(outage) bool { return true })
		}
	}
}

// tradeOff judges one set of series with every setting of every rule.
func (c *card) tradeOff(seed uint64, n int) {
	var all []*series
	for i := range n {
		all = append(all, draw(seed+uint64(i), recipe{width: 5 * time.Minute, history: 5, weeks: 2, low: 0.02, high: 200, outages: 6}))
	}
	for name, settings := range curves() {
		for _, d := range settings {
			var t tally
			for _, s := range all {
				t.judge(s, d)
			}
			c.curves[name] = append(c.curves[name], point{t.perWeek(), share(t.Declared, t.Outages)})
		}
	}
}

func judgePages(pages []*page, d detector) pageTally {
	var t pageTally
	for _, p := range pages {
		t.judge(p, d(p.series))
	}
	return t
}

// quietDraws is how often the quiet days before each page are drawn.
const quietDraws = 10

// judgeQuietPages is judgePages with quiet days before each page.
func judgeQuietPages(seed uint64, pages []*page, d detector) pageTally {
	var t pageTally
	for i, p := range pages {
		for k := range quietDraws {
			alarms := d(p.withQuietDays(seed + uint64(quietDraws*i+k)))
			t.judge(p, alarms[len(alarms)-len(p.counts):])
		}
	}
	return t
}

// resultOf returns the result of Outcry in a study.
func (c *card) resultOf(study string, grain time.Duration) *result {
	for i := range c.results {
		if r := &c.results[i]; r.study == study && r.grain == grain && r.rule == "Outcry" {
			return r
		}
	}
	return nil
}
