package detect

import (
	"encoding/json"
	"fmt"
	"time"
)

// Season is the rhythm of a week: a factor of the level for each hour.
type Season struct {
	Factors [hours]float64 `json:"factors"` // by hour from Monday 00:00 in Zone; their mean is 1
	Zone    string         `json:"zone"`    // IANA name; "UTC" for a cell of all countries

	location *time.Location // the zone named Zone
}

// UnmarshalJSON reads the JSON of a Season. It fails for an unknown zone.
func (s *Season) UnmarshalJSON(data []byte) error {
	type plain Season
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return fmt.Errorf("read season: %w", err)
	}
	loc, err := time.LoadLocation(s.Zone)
	if err != nil {
		return fmt.Errorf("read season: %w", err)
	}
	s.location = loc
	return nil
}

// factor returns the factor at a time, interpolated linearly between the middles
// of hours. offset is that of the zone from UTC, in seconds.
func (s *Season) factor(at time.Time, offset int) float64 {
	sec := (weekSecond(at, offset) - centre + week) % week
	i := sec / 3600
	f := float64(sec%3600) / 3600
	next := i + 1
	if next == hours {
		next = 0
	}
	return s.Factors[i]*(1-f) + s.Factors[next]*f
}

// mean returns the mean factor of a span.
func (s *Season) mean(start time.Time, width time.Duration) float64 {
	if width <= time.Hour {
		at := start.Add(width / 2)
		return s.factor(at, s.offset(at))
	}
	sum, n := 0.0, int(width/time.Hour)
	for i := range n {
		at := start.Add(time.Duration(i)*time.Hour + 30*time.Minute)
		sum += s.factor(at, s.offset(at))
	}
	return sum / float64(n)
}

// offset returns how far Zone is ahead of UTC at a time, in seconds.
func (s *Season) offset(at time.Time) int {
	if s.location == nil || s.location == time.UTC {
		return 0
	}
	_, off := at.In(s.location).Zone()
	return off
}

// flatSeason returns a season without rhythm, in the zone of loc.
func flatSeason(loc *time.Location) *Season {
	s := &Season{Zone: loc.String(), location: loc}
	if s.Zone == "Local" {
		s.Zone, s.location = "UTC", time.UTC // a season must not depend on the machine
	}
	for i := range s.Factors {
		s.Factors[i] = 1
	}
	return s
}

// inZone returns s by the local hours of loc, with the offset that holds at a
// time.
func (s *Season) inZone(loc *time.Location, at time.Time) *Season {
	moved := flatSeason(loc)
	if moved.Zone == s.Zone {
		return s
	}
	ahead := moved.offset(at)
	for h := range moved.Factors {
		// The middle of hour h of the week there.
		utc := referenceMonday.Add(time.Duration(h*3600+centre-ahead) * time.Second)
		moved.Factors[h] = s.factor(utc, s.offset(at))
	}
	return moved
}

// referenceMonday is 00:00 UTC of some Monday.
var referenceMonday = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// week is the length of a week in seconds.
const week = hours * 3600

// weekSecond returns the seconds since Monday 00:00 local time.
func weekSecond(at time.Time, offset int) int {
	const monday = 3 * 86400 // the epoch was a Thursday
	s := (at.Unix() + int64(offset) + monday) % week
	return int((s + week) % week)
}
