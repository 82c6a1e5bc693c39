package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Member is what an incident remembers of a country that belongs to it, or may
// soon.
type Member struct {
	Country string       `json:"country"`
	In      bool         `json:"in"`
	Level   detect.Level `json:"level"` // the highest since it was affected
	Since   time.Time    `json:"since"` // since when it has been affected without a break
	Last    time.Time    `json:"last"`  // when it was affected last
}

// gather makes the countries of in those that are affected now, at once.
func (in *Incident) gather(affected []Segment, at time.Time) {
	in.note(affected, at)
	for i := range in.Members {
		in.Members[i].In = in.Members[i].In || in.Members[i].Last.Equal(at)
	}
	in.list(affected)
}

// refresh brings the counts of the countries of in up to date, not which they
// are.
func (in *Incident) refresh(affected []Segment, at time.Time) {
	in.note(affected, at)
	in.list(affected)
}

// spread lets countries join and leave, seldom enough to be news, and tells
// whether any did.
func (in *Incident) spread(affected []Segment, at time.Time, p Policy) (changed bool) {
	in.note(affected, at)
	defer func() { in.list(affected) }()
	if at.Sub(in.Moved) < p.CountriesEvery {
		return false
	}
	in.Members = slices.DeleteFunc(in.Members, func(m Member) bool {
		left := m.In && at.Sub(m.Last) >= p.LeaveAfter
		changed = changed || left
		return left
	})
	for i, m := range in.Members {
		if !m.In && at.Sub(m.Since) >= p.JoinAfter {
			in.Members[i].In, changed = true, true
		}
	}
	if changed {
		in.Moved = at
	}
	return changed
}

// note remembers which countries are affected at this tick.
func (in *Incident) note(affected []Segment, at time.Time) {
	for _, s := range affected {
		i := slices.IndexFunc(in.Members, func(m Member) bool { return m.Country == s.ID })
		if i < 0 {
			i = len(in.Members)
			in.Members = append(in.Members, Member{Country: s.ID, Since: at})
		}
		in.Members[i].Last = at
		in.Members[i].Level = max(in.Members[i].Level, s.Level)
	}
	in.Members = slices.DeleteFunc(in.Members, func(m Member) bool { return !m.In && !m.Last.Equal(at) })
	if in.Moved.IsZero() {
		in.Moved = at
	}
}

// list writes the countries of in: those affected with their present counts,
// the others with their last ones.
func (in *Incident) list(affected []Segment) {
	listed := in.Countries[:0:0]
	for _, m := range in.Members {
		if !m.In {
			continue
		}
		s := Segment{ID: m.Country}
		for _, known := range [][]Segment{in.Countries, affected} {
			if i := slices.IndexFunc(known, func(s Segment) bool { return s.ID == m.Country }); i >= 0 {
				s = known[i]
			}
		}
		s.Level = m.Level
		listed = append(listed, s)
	}
	sortSegments(listed)
	in.Countries = listed
}

// UnmarshalJSON reads what encoding/json wrote. The levels of countries, which
// slices do not carry, come from the members.
func (in *Incident) UnmarshalJSON(data []byte) error {
	type plain Incident
	if err := json.Unmarshal(data, (*plain)(in)); err != nil {
		return fmt.Errorf("read incident: %w", err)
	}
	for i, s := range in.Countries {
		for _, m := range in.Members {
			if m.Country == s.ID {
				in.Countries[i].Level = m.Level
			}
		}
	}
	return nil
}
