package detect

import "time"

// run is a cell under simulation.
type run struct {
	*sim
	settings Settings
	baseline *Baseline
	state    State
	at       time.Time
	last     Verdict
}

// newRun returns a cell with four weeks of history and three further hours without
// an anomaly.
func newRun(seed uint64, per5 float64) *run {
	s := newSim(seed, per5)
	r := &run{sim: s, settings: Defaults(), baseline: Learn(s.history(end, 28*24), end, nil), at: end.Add(6 * time.Hour)}
	for range 180 {
		r.quiet()
	}
	return r
}

// quiet steps over a normal minute.
func (r *run) quiet() Verdict { return r.count(r.minute(r.at)) }

// trouble steps over a minute of an outage at a multiple of the normal rate.
func (r *run) trouble(times float64) Verdict { return r.count(r.poisson(r.rate(r.at) * times)) }

// excess steps over a normal minute with further reports at this rate in five
// minutes.
func (r *run) excess(per5 float64) Verdict {
	return r.count(r.minute(r.at) + r.poisson(per5/5))
}

// count steps over a minute with n reports from many networks.
func (r *run) count(n float64) Verdict {
	return r.step(Bucket{Start: r.at, N: n, Known: true}, r.sources(r.at, n))
}

// loud steps over a normal minute with n further reports of one network.
func (r *run) loud(n int) Verdict {
	x := r.minute(r.at)
	return r.step(Bucket{Start: r.at, N: x + float64(n), Known: true}, r.sourcesFrom(r.at, x, n))
}

// unknown steps over a minute in which nobody could count.
func (r *run) unknown() Verdict {
	return r.step(Bucket{Start: r.at}, Sources{})
}

// step steps over a minute.
func (r *run) step(x Bucket, src Sources) Verdict {
	r.state, r.last = Step(r.settings, r.state, r.baseline, x, src)
	r.at = r.at.Add(time.Minute)
	return r.last
}
