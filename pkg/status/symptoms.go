package status

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
)

// Courses is how the reports of a service moved, symptom by symptom.
type SeriesBySymptom struct {
	AsOf     time.Time
	Step     time.Duration
	Starts   []time.Time
	Symptoms []SymptomPoints // in catalog order
}

// Course is how the reports of one symptom moved, in the steps of Courses.
type SymptomPoints struct {
	Symptom string
	Points  []Point
}

// SeriesReader answers how the reports of a service moved, as a Board does.
type SeriesReader interface {
	Series(ctx context.Context, slug string, q SeriesQuery) (Series, error)
}

// ReadCourses returns how the reports of a service moved from one time to
// another, symptom by symptom.
func ReadSeriesBySymptom(ctx context.Context, r SeriesReader, service *catalog.Service, from, to time.Time, step time.Duration) (SeriesBySymptom, error) {
	var c SeriesBySymptom
	for _, symptom := range service.Symptoms {
		s, err := r.Series(ctx, service.Slug, SeriesQuery{From: from, To: to, Step: step, Symptom: symptom})
		if err != nil {
			return SeriesBySymptom{}, err
		}
		if c.Starts == nil {
			c.AsOf, c.Step = s.AsOf, s.Step
			for _, p := range s.Points {
				c.Starts = append(c.Starts, p.Start)
			}
		}
		c.Symptoms = append(c.Symptoms, SymptomPoints{symptom, s.Points})
	}
	return c, nil
}

// StepFor chooses the step in which something that lasted from onset to end is
// told: fine enough to see its shape, and not finer than what is kept of its
// time.
func StepFor(onset, end, now time.Time) time.Duration {
	length, age := end.Sub(onset), now.Sub(onset)
	switch {
	case length <= 3*time.Hour && age < 24*time.Hour:
		return 5 * time.Minute
	case length <= 24*time.Hour && age < 34*24*time.Hour:
		return 15 * time.Minute
	case length <= 14*24*time.Hour && age < 364*24*time.Hour:
		return time.Hour
	default:
		return 24 * time.Hour
	}
}
