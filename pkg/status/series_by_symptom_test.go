package status

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
)

func TestSeriesBySymptomAddUpToTheSeries(t *testing.T) {
	h := newSources()
	h.count(noon.Add(-10*time.Minute), "BD", "messaging", 30)
	h.count(noon.Add(-10*time.Minute), "IN", "connection", 12)
	h.count(noon.Add(-time.Hour), "IN", "connection", 5)
	b := h.board(t)
	ctx, from := context.Background(), noon.Add(-2*time.Hour)
	whatsapp, _ := catalog.Default().Service("whatsapp")
	bySymptom, err := ReadSeriesBySymptom(ctx, b, whatsapp, from, noon, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	all, err := b.Series(ctx, "whatsapp", SeriesQuery{From: from, To: noon, Step: 15 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	sums := make([]int64, len(bySymptom.Starts))
	for _, c := range bySymptom.Symptoms {
		ids = append(ids, c.Symptom)
		for i, p := range c.Points {
			sums[i] += p.Count
		}
	}
	if !slices.Equal(ids, whatsapp.Symptoms) {
		t.Errorf("series of %v; want those of the catalog, %v", ids, whatsapp.Symptoms)
	}
	for i, p := range all.Points {
		if !bySymptom.Starts[i].Equal(p.Start) || sums[i] != p.Count {
			t.Errorf("from %v the symptoms add up to %d, want %d from %v", bySymptom.Starts[i], sums[i], p.Count, p.Start)
		}
	}
}

func TestTheStepFitsTheLengthAndTheAge(t *testing.T) {
	for _, x := range []struct{ length, age, want time.Duration }{
		{2 * time.Hour, 2 * time.Hour, 5 * time.Minute},
		{2 * time.Hour, 25 * time.Hour, 15 * time.Minute},
		{5 * time.Hour, 5 * time.Hour, 15 * time.Minute},
		{2 * time.Hour, 36 * 24 * time.Hour, time.Hour},
		{3 * 24 * time.Hour, 4 * 24 * time.Hour, time.Hour},
		{2 * time.Hour, 400 * 24 * time.Hour, 24 * time.Hour},
		{60 * 24 * time.Hour, 61 * 24 * time.Hour, 24 * time.Hour},
	} {
		onset := noon.Add(-x.age)
		if got := StepFor(onset, onset.Add(x.length), noon); got != x.want || !slices.Contains(Steps, got) {
			t.Errorf("StepFor an incident of %v that began %v ago = %v; want %v", x.length, x.age, got, x.want)
		}
	}
}
