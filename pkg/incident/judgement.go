package incident

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Judgement is the evidence about one service at one tick.
type Judgement struct {
	At        time.Time
	Known     bool // false when nobody could count; no incident begins, ends or changes its level then
	Service   detect.Verdict
	Countries []CountryVerdict // of the country cells that are or were anomalous
	Symptoms  []SymptomVerdict // of such symptom cells
	// CountrySegments and SymptomSegments are the counts of all countries and
	// symptoms in the window of the verdict. Attribute finds the excess in them.
	CountrySegments []Segment
	SymptomSegments []Segment
	Reports         int64 // since the onset
	// Minutes are those of the default window, oldest first; the last one may be
	// running. They are left out of a judgement without trouble.
	Minutes []Minute
	// Relation is the relation to other services that Relate found at this tick.
	Relation Relation
}

// CountryVerdict is the verdict of one country's cell.
type CountryVerdict struct {
	Country string
	Verdict detect.Verdict
}

// SymptomVerdict is the verdict of one symptom's cell.
type SymptomVerdict struct {
	Symptom string
	Verdict detect.Verdict
}

// Verdicts yields all verdicts, the service's first.
func (j Judgement) Verdicts() iter.Seq[detect.Verdict] {
	return func(yield func(detect.Verdict) bool) {
		if !yield(j.Service) {
			return
		}
		j.cells()(yield)
	}
}

// cells yields the verdicts of countries and symptoms.
func (j Judgement) cells() iter.Seq[detect.Verdict] {
	return func(yield func(detect.Verdict) bool) {
		for _, c := range j.Countries {
			if !yield(c.Verdict) {
				return
			}
		}
		for _, s := range j.Symptoms {
			if !yield(s.Verdict) {
				return
			}
		}
	}
}

// Anomalous reports whether any verdict is anomalous.
func (j Judgement) Anomalous() bool {
	for v := range j.Verdicts() {
		if v.Anomalous {
			return true
		}
	}
	return false
}

// leading returns the verdict with the highest level: the service's own, or that
// of a country or symptom with a higher one.
func (j Judgement) leading() detect.Verdict {
	best, own := j.Service, true
	for v := range j.cells() {
		if levelOf(v) > levelOf(best) || !own && levelOf(v) == levelOf(best) && v.Score > best.Score {
			best, own = v, false
		}
	}
	return best
}

// level returns the highest level of any verdict.
func (j Judgement) level() detect.Level { return levelOf(j.leading()) }

// allEasing reports whether every verdict of trouble is easing.
func (j Judgement) allEasing() bool {
	for v := range j.Verdicts() {
		if levelOf(v) > detect.OK && !v.Easing {
			return false
		}
	}
	return true
}

// latestEnd returns the latest end of an anomaly in the verdicts; zero without
// one.
func (j Judgement) latestEnd() (end time.Time) {
	for v := range j.Verdicts() {
		if v.Ended.After(end) {
			end = v.Ended
		}
	}
	return end
}

// affectedCountries returns the countries that explain the excess or have a
// verdict of trouble, most reports first. Each has the level of its verdict, or
// Warning without one.
func (j Judgement) affectedCountries() []Segment {
	inSymptom := slices.ContainsFunc(j.Symptoms, func(s SymptomVerdict) bool { return levelOf(s.Verdict) > detect.OK })
	var found []Segment // without trouble of the service its excess is chance
	if levelOf(j.Service) > detect.OK || inSymptom {
		found = Attribute(j.CountrySegments)
	}
	for i := range found {
		found[i].Level = detect.Warning
	}
	for _, c := range j.Countries {
		found = withVerdict(found, c.Country, c.Verdict)
	}
	SortSegments(found)
	return found
}

// affectedSymptoms returns the symptoms that explain the excess or have a verdict
// of trouble, most reports first.
func (j Judgement) affectedSymptoms() []Segment {
	found := Attribute(j.SymptomSegments)
	for _, s := range j.Symptoms {
		found = withVerdict(found, s.Symptom, s.Verdict)
	}
	SortSegments(found)
	return found
}

// withVerdict returns found with the level of v at the segment of this ID. It adds
// the segment if v is of trouble and the excess does not show it.
func withVerdict(found []Segment, id string, v detect.Verdict) []Segment {
	if levelOf(v) == detect.OK {
		return found
	}
	i := slices.IndexFunc(found, func(s Segment) bool { return s.ID == id })
	if i < 0 {
		i = len(found)
		found = append(found, Segment{ID: id, Observed: v.Observed, Expected: v.Expected})
	}
	found[i].Level = levelOf(v)
	return found
}

// levelOf returns the level of v, or OK if that is unknown.
func levelOf(v detect.Verdict) detect.Level {
	if v.Level == detect.Unknown {
		return detect.OK
	}
	return v.Level
}

// SortSegments sorts s by reports, most first, and then by ID.
func SortSegments(s []Segment) {
	slices.SortFunc(s, func(a, b Segment) int {
		if a.Observed != b.Observed {
			return int(min(max(b.Observed-a.Observed, -1), 1))
		}
		return strings.Compare(a.ID, b.ID)
	})
}
