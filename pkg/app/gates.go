package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/gate"
)

// gates bound the expensive work of answers. Each kind of work has its own, so
// that a flood of one kind does not stop the others. One queue holds what is
// done in about a second, except that of replays: after a restart all readers
// of events come back at once. That of pages is short, because a page that many
// ask for is shown as it was, instead.
type gates struct {
	drawing   *gate.Gate // of cards, 40 ms each
	reading   *gate.Gate // of series and incidents over the API, up to 100 ms each
	making    *gate.Gate // of pages, 5 ms each
	embedding *gate.Gate // of maps, frames and the data of elements, 1 to 3 ms each
	replaying *gate.Gate // of events that a stream missed, a page of them at a time
	exporting *gate.Gate // of archived counts, some thousand rows at a time
}

func newGates() gates {
	half := gate.HalfOfProcessors()
	return gates{
		drawing:   gate.New("cards", half, 32),
		reading:   gate.New("reads", half, 64),
		making:    gate.New("pages", half, 64),
		embedding: gate.New("embeds", half, 128),
		replaying: gate.New("replays", half, 2048),
		exporting: gate.New("exports", 1, 64),
	}
}

var (
	busy    = prometheus.NewDesc("outcry_busy_total", "Requests refused because too many of their kind waited, by the work they asked for.", []string{"work"}, nil)
	queued  = prometheus.NewDesc("outcry_queued", "Requests that wait for their turn, by the work they ask for.", []string{"work"}, nil)
	working = prometheus.NewDesc("outcry_working", "Requests whose expensive work is being done, by that work.", []string{"work"}, nil)
)

// Describe lists the metrics.
func (g gates) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{busy, queued, working} {
		to <- d
	}
}

// Collect reads the numbers of every gate.
func (g gates) Collect(to chan<- prometheus.Metric) {
	for _, one := range []*gate.Gate{g.drawing, g.reading, g.making, g.embedding, g.replaying, g.exporting} {
		s := one.Stats()
		to <- prometheus.MustNewConstMetric(busy, prometheus.CounterValue, float64(s.Refused), s.Work)
		to <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(s.Waiting), s.Work)
		to <- prometheus.MustNewConstMetric(working, prometheus.GaugeValue, float64(s.Running), s.Work)
	}
}
