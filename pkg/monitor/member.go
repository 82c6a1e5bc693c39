package monitor

import (
	"cmp"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/window"
)

// member is a service's part in the common factor of a country. A service is a
// member from a report on, until it has been silent for a while. That first report
// is not counted, and all silence is, so reports and expectation are of the same
// time: services that come and go with their reports do not raise the factor.
type member struct {
	place      int16   // of the country's code
	group      int8    // of the country
	rate       float32 // expected reports per minute
	reportedAt int32   // the window.Minute of the last reports
}

const (
	// reviewEvery is how many minutes the rates of members hold.
	reviewEvery = 16
	// silentFor is after how many minutes without a report a service leaves a
	// country.
	silentFor = 60
)

// find returns the index of a country in the members of w, or where it would be.
func (w *watch) find(place int) (i int, found bool) {
	return slices.BinarySearchFunc(w.members, place, func(m member, place int) int { return cmp.Compare(int(m.place), place) })
}

// groupOf returns the group of w in a country: its own, or that of a service of
// its provider. It returns -1 if there is none.
func (m *Monitor) groupOf(w *watch, place int) int {
	if i, found := w.find(place); found {
		return int(w.members[i].group)
	}
	for _, name := range m.siblings[w.provider] {
		if s := m.services[name]; s != nil && s != w {
			if i, found := s.find(place); found {
				return int(s.members[i].group)
			}
		}
	}
	return -1
}

// noteReports counts the reports of a closed minute for the common factor of their
// country.
func (m *Monitor) noteReports(w *watch, at time.Time, country string, reports float64) {
	place := placeOf(country)
	if place < 0 {
		return
	}
	i, found := w.find(place)
	if !found {
		m.join(w, i, place, at)
		return
	}
	w.members[i].reportedAt = int32(window.MinuteOf(at))
	if w.contributes {
		m.common.country(place).groups[w.members[i].group].collected += reports
	}
}

// join makes w the i-th member, of a country.
func (m *Monitor) join(w *watch, i, place int, at time.Time) {
	c := m.common.country(place)
	group := m.groupOf(w, place)
	if group < 0 {
		group = c.leastGroup()
	}
	rate := w.baselines.Of(window.Cell{Country: codeOf(place)}).Mean(at)
	w.members = slices.Insert(w.members, i, member{place: int16(place), group: int8(group), rate: float32(rate), reportedAt: int32(window.MinuteOf(at))})
	c.groups[group].members++
	if w.contributes {
		c.groups[group].rate += float64(w.members[i].rate)
	}
}

// review has w contribute to the common factors unless it is in trouble. From time
// to time it renews the expected rates, and has w leave the countries where nobody
// reports it.
func (m *Monitor) review(w *watch, at time.Time) {
	if contributes := !w.hasIncident() && len(w.anomalous) == 0; contributes != w.contributes {
		m.addRates(w, contributes)
	}
	minute := int32(window.MinuteOf(at))
	if (int(minute)+window.PartitionOf(w.service))%reviewEvery != 0 {
		return
	}
	contributes := w.contributes
	m.addRates(w, false)
	stay := w.members[:0]
	for _, one := range w.members {
		if minute-one.reportedAt > silentFor {
			m.common.countries[one.place].groups[one.group].members--
			continue
		}
		one.rate = float32(w.baselines.Of(window.Cell{Country: codeOf(int(one.place))}).Mean(at))
		stay = append(stay, one)
	}
	w.members = stay
	m.addRates(w, contributes)
}

// addRates adds the expected rates of w to its groups, or takes them away again.
func (m *Monitor) addRates(w *watch, contributes bool) {
	if contributes == w.contributes {
		return
	}
	w.contributes = contributes
	for _, one := range w.members {
		g := &m.common.countries[one.place].groups[one.group]
		if contributes {
			g.rate += float64(one.rate)
		} else {
			g.rate = max(0, g.rate-float64(one.rate))
		}
	}
}

// leave has w leave all countries.
func (m *Monitor) leave(w *watch) {
	m.addRates(w, false)
	for _, one := range w.members {
		m.common.countries[one.place].groups[one.group].members--
	}
	w.members = nil
}

// commonOf returns the common factor of a cell of w. That of a service as a whole,
// and of its symptoms, is the mean over its countries, by what each is expected to
// count.
func (m *Monitor) commonOf(w *watch, cell window.Cell, at time.Time) float64 {
	if !m.common.risen {
		return 1
	}
	if cell.Country != "" {
		place := placeOf(cell.Country)
		if place < 0 {
			return 1
		}
		return m.common.of(place, m.groupOf(w, place))
	}
	rates, sum := 0.0, 0.0
	for _, one := range w.members {
		rates += float64(one.rate)
		sum += float64(one.rate) * m.common.of(int(one.place), int(one.group))
	}
	if rates == 0 {
		return 1
	}
	whole := max(rates, w.baselines.Of(baseline.Whole).Mean(at))
	return (sum + whole - rates) / whole
}
