package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// awsPages holds the report counts of real incidents. testdata/README.md names
// their source.
//
//go:embed testdata/downdetector-aws.csv
var awsPages string

// page is one real incident: 24 hours of counts by 15 minutes. In their middle
// is the minute at which the tracker declared that problems began.
type page struct {
	name string
	*series
	declared int       // bucket that holds the declared minute
	since    time.Time // the declared minute
}

// The lead-in of a page is quiet when the mean of its first leadIn counts is
// under quietMean and none is over quietMost.
const (
	leadIn    = 40
	quietMean = 4
	quietMost = 11
)

// readPages returns the pages with a quiet lead-in.
func readPages() ([]*page, error) {
	rows, err := csv.NewReader(strings.NewReader(awsPages)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the real pages: %w", err)
	}
	var pages []*page
	var p *page
	for line, row := range rows[1:] {
		at, err := time.Parse(time.DateTime, row[1])
		if err != nil {
			return nil, fmt.Errorf("real pages, line %d: %w", line+2, err)
		}
		n, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			return nil, fmt.Errorf("real pages, line %d: %w", line+2, err)
		}
		if p == nil || p.name != row[0] {
			since, err := time.Parse(time.DateTime, row[3])
			if err != nil {
				return nil, fmt.Errorf("real pages, line %d: %w", line+2, err)
			}
			p = &page{name: row[0], since: since, series: &series{width: 15 * time.Minute, start: at}}
			p.declared = int(since.Sub(at) / p.width)
			pages = append(pages, p)
		}
		p.counts = append(p.counts, n)
	}
	return slices.DeleteFunc(pages, func(p *page) bool { return !p.quiet() }), nil
}

// quietDays is how many days of quiet counts withQuietDays adds.
const quietDays = 28

// withQuietDays returns the counts of p after days of counts like those of its
// lead-in, each drawn from them at random.
func (p *page) withQuietDays(seed uint64) *series {
	rnd := rand.New(rand.NewPCG(seed, 0x9a6e5))
	n := int(quietDays * 24 * time.Hour / p.width)
	s := &series{width: p.width, start: p.start.Add(-time.Duration(n) * p.width), counts: make([]float64, n, n+len(p.counts))}
	for i := range s.counts {
		s.counts[i] = p.counts[rnd.IntN(leadIn)]
	}
	s.counts = append(s.counts, p.counts...)
	return s
}

func (p *page) quiet() bool {
	sum := 0.0
	for _, x := range p.counts[:leadIn] {
		sum += x
	}
	return sum/leadIn < quietMean && slices.Max(p.counts[:leadIn]) <= quietMost
}

// pageTally adds up the outcome of a detector on the real pages.
type pageTally struct {
	Pages    int
	Missed   int // not in alarm at any time from an hour before to the end
	InBucket int // in alarm by the end of the bucket that holds the declared minute
	InTime   int // in alarm at or before the declared minute
	False    int // alarms that began in the lead-in
	Weeks    float64
}

// judge adds the alarms on p. An alarm that ended an hour or more before the
// declared minute declares nothing.
func (t *pageTally) judge(p *page, alarms []bool) {
	t.Pages++
	t.Weeks += leadIn * p.width.Hours() / 168
	for i := range leadIn {
		if alarms[i] && (i == 0 || !alarms[i-1]) {
			t.False++
		}
	}
	first := -1
	for i := p.declared - 4; i < len(alarms); i++ {
		if alarms[i] {
			first = i
			break
		}
	}
	if first < 0 {
		t.Missed++
		return
	}
	if first <= p.declared {
		t.InBucket++
	}
	if end := p.start.Add(time.Duration(first+1) * p.width); !end.After(p.since) {
		t.InTime++
	}
}
