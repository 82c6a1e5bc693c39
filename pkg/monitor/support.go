package monitor

import (
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// support is how much visits of a service's page support an anomaly, in nats, by
// country; "" is everywhere. People look whether something is down before they
// report it, and many who look never report (Steed et al. 2019). So a surge of
// visits supports the reports, by detect.MaxSupport at most.
type support map[string]float64

// of returns the support of a cell. Visits have no symptom and support none.
func (s support) of(cell window.Cell) float64 {
	if cell.Symptom != "" {
		return 0
	}
	return s[cell.Country]
}

// supportOf returns the support that the visits in a bucket give. It calls judge
// for the verdict on each cell of visits.
func supportOf(b window.Bucket, judge func(cell window.Cell, x detect.Bucket) detect.Verdict) support {
	if len(b.Visits) == 0 {
		return nil
	}
	n := map[string]int64{}
	for _, c := range b.Visits {
		n[""] += c.N
		n[c.Country] += c.N
	}
	s := support{}
	for country, visits := range n {
		x := detect.Bucket{Start: b.Start, N: float64(visits), Known: b.Known, Exposure: 1}
		v := judge(baseline.VisitsFrom(country), x)
		s[country] = detect.MaxSupport * min(1, v.Score/v.Threshold)
	}
	return s
}

// stepVisits feeds the visits of a closed minute to the states of their cells,
// and returns the support that they give.
func (m *Monitor) stepVisits(in *judgeInput, b window.Bucket) support {
	return supportOf(b, func(cell window.Cell, x detect.Bucket) detect.Verdict {
		next, v := detect.Step(in.settings, in.state(cell), in.baselines.Of(cell), x, detect.Sources{})
		m.setState(in.watch, cell, next)
		return v
	})
}

// previewVisits returns the support of the visits of a minute that is not
// settled yet.
func previewVisits(in *judgeInput, b window.Bucket) support {
	return supportOf(b, func(cell window.Cell, x detect.Bucket) detect.Verdict {
		x.Exposure = min(1, in.now.Sub(b.Start).Seconds()/window.Width.Seconds())
		return detect.Preview(in.settings, in.state(cell), in.baselines.Of(cell), x, detect.Sources{})
	})
}
