package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Judgement is all that is known of a service at one tick.
type Judgement struct {
	At        time.Time
	Known     bool // false: nobody could count; nothing begins, ends or changes its level
	Service   detect.Verdict
	Countries []CountryVerdict // verdicts of its country cells, in any order
	// CountrySlices and SymptomSlices are the counts against what is usual in the
	// window of the verdict, from which it is told what explains the excess.
	CountrySlices []Slice
	SymptomSlices []Slice
	Reports       int64 // problems since the onset
	// Relation is what Relate says of the service at this tick.
	Relation Relation
}

// CountryVerdict is the verdict of one country's cell.
type CountryVerdict struct {
	Country string
	Verdict detect.Verdict
}

// lead returns the verdict that says most: the service's own, unless a country
// supports a higher level.
func (j Judgement) lead() detect.Verdict {
	best, own := j.Service, true
	for _, c := range j.Countries {
		v := c.Verdict
		if trouble(v) > trouble(best) || !own && trouble(v) == trouble(best) && v.Score > best.Score {
			best, own = v, false
		}
	}
	return best
}

// level returns the highest level that any of the verdicts supports.
func (j Judgement) level() detect.Level { return trouble(j.lead()) }

// easing tells whether all trouble ebbs.
func (j Judgement) easing() bool {
	up := func(v detect.Verdict) bool { return trouble(v) > detect.OK && !v.Easing }
	return !up(j.Service) && !slices.ContainsFunc(j.Countries, func(c CountryVerdict) bool { return up(c.Verdict) })
}

// ended returns the latest end that the verdicts tell; zero without one.
func (j Judgement) ended() time.Time {
	end := j.Service.Ended
	for _, c := range j.Countries {
		if c.Verdict.Ended.After(end) {
			end = c.Verdict.Ended
		}
	}
	return end
}

// affected returns the countries that explain the excess or are anomalous by
// themselves, most reports first, each with the level of its own verdict, or
// warning where only the excess tells of it.
func (j Judgement) affected() []Slice {
	found := Attribute(j.CountrySlices)
	if trouble(j.Service) == detect.OK {
		found = nil // the excess of a service that is fine explains nothing
	}
	for i := range found {
		found[i].Level = detect.Warning
	}
	for _, c := range j.Countries {
		v := c.Verdict
		if trouble(v) == detect.OK {
			continue
		}
		i := slices.IndexFunc(found, func(s Slice) bool { return s.ID == c.Country })
		if i < 0 {
			i = len(found)
			found = append(found, Slice{ID: c.Country, Observed: v.Observed, Expected: v.Expected})
		}
		found[i].Level = trouble(v)
	}
	sortSlices(found)
	return found
}

// trouble returns the level of v, where unknown is none.
func trouble(v detect.Verdict) detect.Level {
	if v.Level == detect.Unknown {
		return detect.OK
	}
	return v.Level
}

// sortSlices sorts by reports, most first, and by ID among equals.
func sortSlices(s []Slice) {
	slices.SortFunc(s, func(a, b Slice) int {
		if a.Observed != b.Observed {
			return int(min(max(b.Observed-a.Observed, -1), 1))
		}
		return strings.Compare(a.ID, b.ID)
	})
}
