package status

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
)

// SeriesBySymptom is the series of a service, one for each of its symptoms.
type SeriesBySymptom struct {
	AsOf     time.Time
	Step     time.Duration
	Starts   []time.Time
	Symptoms []SymptomPoints // in catalog order
}

// SymptomPoints is the series of one symptom. Point i starts at Starts[i].
type SymptomPoints struct {
	Symptom string
	Points  []Point
}

// SeriesReader reads one series, as a Board does.
type SeriesReader interface {
	Series(ctx context.Context, slug string, q SeriesQuery) (Series, error)
}

// ReadSeriesBySymptom reads the series of each symptom of a service from one
// time to another.
func ReadSeriesBySymptom(ctx context.Context, r SeriesReader, service *catalog.Service, from, to time.Time, step time.Duration) (SeriesBySymptom, error) {
	var all SeriesBySymptom
	for _, symptom := range service.Symptoms {
		s, err := r.Series(ctx, service.Slug, SeriesQuery{From: from, To: to, Step: step, Symptom: symptom})
		if err != nil {
			return SeriesBySymptom{}, err
		}
		if all.Starts == nil {
			all.AsOf, all.Step = s.AsOf, s.Step
			for _, p := range s.Points {
				all.Starts = append(all.Starts, p.Start)
			}
		}
		all.Symptoms = append(all.Symptoms, SymptomPoints{symptom, s.Points})
	}
	return all, nil
}
