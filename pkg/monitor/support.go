package monitor

import (
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// support is what visits say for trouble in a country, in nats; "" is everywhere.
type support map[string]float64

// of returns what visits say for trouble in a cell. They tell of no symptom.
func (s support) of(cell window.Cell) float64 {
	if cell.Symptom != "" {
		return 0
	}
	return s[cell.Country]
}

// heed judges the visits of a bucket by judge, which returns a verdict on one
// cell. A service without visits costs nothing.
func heed(b window.Bucket, judge func(cell window.Cell, x detect.Bucket) detect.Verdict) support {
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

// heedClosed moves the signals of visits over a closed minute.
func (m *Monitor) heedClosed(w *watch, s *sight, b window.Bucket) support {
	return heed(b, func(cell window.Cell, x detect.Bucket) detect.Verdict {
		next, v := detect.Step(s.settings, w.state(cell), s.usual.Of(cell), x, detect.Sources{})
		m.keep(s.service, w, cell, next)
		return v
	})
}

// heedRunning judges the visits of a minute that is not settled yet.
func (w *watch) heedRunning(s *sight, b window.Bucket) support {
	return heed(b, func(cell window.Cell, x detect.Bucket) detect.Verdict {
		x.Exposure = min(1, s.now.Sub(b.Start).Seconds()/window.Width.Seconds())
		return detect.Preview(s.settings, w.state(cell), s.usual.Of(cell), x, detect.Sources{})
	})
}
