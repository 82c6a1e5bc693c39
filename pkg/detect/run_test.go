package detect

import (
	"time"
)

// run is a cell under simulation.
type run struct {
	*sim
	dials Settings
	usual *Baseline
	state State
	at    time.Time
	last  Verdict
}

// newRun returns a cell with four weeks of history, after three hours more in
// which nothing was wrong.
func newRun(seed uint64, per5 float64) *run {
	s := newSim(seed, per5)
	r := &run{sim: s, dials: Defaults(), usual: Learn(s.history(end, 28*24), end, nil), at: end.Add(6 * time.Hour)}
	for range 180 {
		r.quiet()
	}
	return r
}

// quiet steps over a minute in which nothing is wrong.
func (r *run) quiet() Verdict { return r.count(r.minute(r.at)) }

// trouble steps over a minute of an outage at so many times the usual rate.
func (r *run) trouble(times float64) Verdict { return r.count(r.poisson(r.rate(r.at) * times)) }

// excess steps over a minute with so many reports more than usual.
func (r *run) excess(per5 float64) Verdict {
	return r.count(r.minute(r.at) + r.poisson(per5/5))
}

// count steps over a minute with n reports from many networks.
func (r *run) count(n float64) Verdict {
	return r.step(Bucket{Start: r.at, N: n, Known: true}, r.sources(r.at, n))
}

// loud steps over a usual minute with further reports of one network.
func (r *run) loud(n int) Verdict {
	x := r.minute(r.at)
	return r.step(Bucket{Start: r.at, N: x + float64(n), Known: true}, r.sourcesFrom(r.at, x, n))
}

// unknown steps over a minute in which nobody could count.
func (r *run) unknown() Verdict {
	return r.step(Bucket{Start: r.at}, Sources{})
}

func (r *run) step(x Bucket, src Sources) Verdict {
	r.state, r.last = Step(r.dials, r.state, r.usual, x, src)
	r.at = r.at.Add(time.Minute)
	return r.last
}
