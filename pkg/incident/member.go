package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Member is a country that belongs to an incident, or may soon.
type Member struct {
	Country string       `json:"country"`
	In      bool         `json:"in"`    // it belongs to the incident
	Level   detect.Level `json:"level"` // the highest since it has been a member
	Since   time.Time    `json:"since"` // the first tick at which it was affected; a country that is not In needs one without a break
	Last    time.Time    `json:"last"`  // the last tick at which it was affected
}

// addCountries lets all countries that are affected now join at once.
func (in *Incident) addCountries(affected []Segment, at time.Time) {
	in.noteAffected(affected, at)
	for i := range in.Members {
		in.Members[i].In = in.Members[i].In || in.Members[i].Last.Equal(at)
	}
	in.listCountries(affected)
}

// refreshCountries updates the counts of the countries, and lets none join or
// leave.
func (in *Incident) refreshCountries(affected []Segment, at time.Time) {
	in.noteAffected(affected, at)
	in.listCountries(affected)
}

// changeCountries lets countries join and leave, at most once in
// p.CountriesEvery, and reports whether any did.
func (in *Incident) changeCountries(affected []Segment, at time.Time, p Policy) (changed bool) {
	in.noteAffected(affected, at)
	defer func() { in.listCountries(affected) }()
	if in.Named != nil {
		return false
	}
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

// noteAffected updates the members by the countries that are affected at a tick.
func (in *Incident) noteAffected(affected []Segment, at time.Time) {
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

// listCountries sets Countries from the members: the affected ones with their
// present counts, the others with their last ones.
func (in *Incident) listCountries(affected []Segment) {
	if in.Named != nil {
		in.listNamed(affected)
		return
	}
	listed := in.Countries[:0:0]
	for _, m := range in.Members {
		if !m.In {
			continue
		}
		s := Segment{ID: m.Country}
		for _, counts := range [][]Segment{in.Countries, affected} {
			if i := slices.IndexFunc(counts, func(s Segment) bool { return s.ID == m.Country }); i >= 0 {
				s = counts[i]
			}
		}
		s.Level = m.Level
		listed = append(listed, s)
	}
	SortSegments(listed)
	in.Countries = listed
}

// listNamed sets Countries to those that an operator named, with the counts that
// are known of them. Without a verdict a country has the highest level that the
// incident had.
func (in *Incident) listNamed(affected []Segment) {
	listed := make([]Segment, len(in.Named))
	for i, code := range in.Named {
		listed[i] = Segment{ID: code, Level: in.highestLevel()}
		for _, counts := range [][]Segment{in.Countries, affected} {
			if k := slices.IndexFunc(counts, func(s Segment) bool { return s.ID == code }); k >= 0 {
				listed[i] = counts[k]
			}
		}
	}
	SortSegments(listed)
	in.Countries = listed
}

// highestLevel returns the highest level that in had.
func (in *Incident) highestLevel() detect.Level {
	if in.Declared.IsZero() {
		return detect.Warning
	}
	return detect.Outage
}

// countNamed sets the counts of the countries that an operator named.
func (in *Incident) countNamed(all []Segment) {
	if in.Named == nil {
		return
	}
	for _, s := range all {
		if i := slices.IndexFunc(in.Countries, func(c Segment) bool { return c.ID == s.ID }); i >= 0 {
			in.Countries[i].Observed, in.Countries[i].Expected = s.Observed, s.Expected
		}
	}
	SortSegments(in.Countries)
}

// UnmarshalJSON reads the JSON of an Incident. That of segments has no level; the
// levels of countries come from the members.
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
