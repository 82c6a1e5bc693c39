package incident

import (
	"iter"
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
	Countries []CountryVerdict // verdicts of its country cells that are or were anomalous
	Symptoms  []SymptomVerdict // and of its symptom cells
	// CountrySegments and SymptomSegments are the counts against what is usual in the
	// window of the verdict, from which it is told what explains the excess.
	CountrySegments []Segment
	SymptomSegments []Segment
	Reports         int64 // problems since the onset
	// Relation is what Relate says of the service at this tick.
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

// Verdicts lists all verdicts, the service's first.
func (j Judgement) Verdicts() iter.Seq[detect.Verdict] {
	return func(yield func(detect.Verdict) bool) {
		if !yield(j.Service) {
			return
		}
		j.cells()(yield)
	}
}

// cells lists the verdicts of countries and symptoms.
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

// Anomalous tells whether any of the verdicts is of an anomaly.
func (j Judgement) Anomalous() bool {
	for v := range j.Verdicts() {
		if v.Anomalous {
			return true
		}
	}
	return false
}

// lead returns the verdict that says most: the service's own, unless a country
// or a symptom supports a higher level.
func (j Judgement) lead() detect.Verdict {
	best, own := j.Service, true
	for v := range j.cells() {
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
	for v := range j.Verdicts() {
		if trouble(v) > detect.OK && !v.Easing {
			return false
		}
	}
	return true
}

// ended returns the latest end that the verdicts tell; zero without one.
func (j Judgement) ended() (end time.Time) {
	for v := range j.Verdicts() {
		if v.Ended.After(end) {
			end = v.Ended
		}
	}
	return end
}

// affected returns the countries that explain the excess or are anomalous by
// themselves, most reports first, each with the level of its own verdict, or
// warning where only the excess tells of it.
func (j Judgement) affected() []Segment {
	inSymptom := slices.ContainsFunc(j.Symptoms, func(s SymptomVerdict) bool { return trouble(s.Verdict) > detect.OK })
	var found []Segment // the excess of a service that is fine explains nothing
	if trouble(j.Service) > detect.OK || inSymptom {
		found = Attribute(j.CountrySegments)
	}
	for i := range found {
		found[i].Level = detect.Warning
	}
	for _, c := range j.Countries {
		found = include(found, c.Country, c.Verdict)
	}
	sortSegments(found)
	return found
}

// described returns the symptoms that explain the excess or are anomalous by
// themselves, most reports first.
func (j Judgement) described() []Segment {
	found := Attribute(j.SymptomSegments)
	for _, s := range j.Symptoms {
		found = include(found, s.Symptom, s.Verdict)
	}
	sortSegments(found)
	return found
}

// include gives the slice of this ID the level of its verdict, and adds it if
// the verdict is of trouble that the excess does not show.
func include(found []Segment, id string, v detect.Verdict) []Segment {
	if trouble(v) == detect.OK {
		return found
	}
	i := slices.IndexFunc(found, func(s Segment) bool { return s.ID == id })
	if i < 0 {
		i = len(found)
		found = append(found, Segment{ID: id, Observed: v.Observed, Expected: v.Expected})
	}
	found[i].Level = trouble(v)
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
func sortSegments(s []Segment) {
	slices.SortFunc(s, func(a, b Segment) int {
		if a.Observed != b.Observed {
			return int(min(max(b.Observed-a.Observed, -1), 1))
		}
		return strings.Compare(a.ID, b.ID)
	})
}
