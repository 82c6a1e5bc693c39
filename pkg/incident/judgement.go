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
}

// CountryVerdict is the verdict of one country's cell.
type CountryVerdict struct {
	Country string
	Verdict detect.Verdict
}

// lead returns the verdict that says most: the service's own, unless a country
// supports a higher level.
func (j Judgement) lead() detect.Verdict {
	best := j.Service
	for _, c := range j.Countries {
		v := c.Verdict
		switch {
		case trouble(v) > trouble(best),
			trouble(v) == trouble(best) && v.Anomalous && !best.Anomalous:
			best = v
		}
	}
	return best
}

// anomalous tells whether any of the verdicts is.
func (j Judgement) anomalous() bool {
	return j.Service.Anomalous || slices.ContainsFunc(j.Countries, func(c CountryVerdict) bool { return c.Verdict.Anomalous })
}

// easing tells whether every anomaly ebbs.
func (j Judgement) easing() bool {
	up := func(v detect.Verdict) bool { return v.Anomalous && !v.Easing }
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
	if !j.Service.Anomalous {
		found = nil // the excess of a service that is fine explains nothing
	}
	for i := range found {
		found[i].Level = detect.Warning
	}
	for _, c := range j.Countries {
		v := c.Verdict
		if !v.Anomalous || trouble(v) == detect.OK {
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
