package status

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestTotalsAddUpBuckets(t *testing.T) {
	h := newSources()
	h.count(noon.Add(-31*time.Minute), "GB", "messaging", 1000) // before
	h.count(noon.Add(-30*time.Minute), "GB", "messaging", 58)
	h.count(noon.Add(-20*time.Minute), "GB", "connection", 42)
	h.count(noon.Add(-20*time.Minute), "IN", "connection", 7)
	h.count(noon.Add(-10*time.Minute), "GB", "messaging", 2000) // after
	b := h.board(t)
	from, to := window.Start(noon.Add(-30*time.Minute)), window.Start(noon.Add(-10*time.Minute))
	all, err := b.Totals(context.Background(), "whatsapp", from, to, "")
	if err != nil {
		t.Fatal(err)
	}
	if all.Total != 107 || len(all.Countries) != 2 || all.Countries[0].Code != "GB" || all.Countries[0].Count != 100 || !all.From.Equal(from) || !all.To.Equal(to) {
		t.Errorf("Totals of all countries = %+v; want 107 reports, 100 of them from GB, from %s to %s", all, from, to)
	}
	one, err := b.Totals(context.Background(), "whatsapp", from, to, "GB")
	if err != nil {
		t.Fatal(err)
	}
	if one.Total != 100 || one.Symptoms[1].Symptom != "messaging" || one.Symptoms[1].Share != 0.58 || one.Symptoms[1].Low >= 0.58 || one.Symptoms[1].High <= 0.58 {
		t.Errorf("Totals of GB = %+v; want 100 reports, 58 %% of them messaging", one)
	}
}

func TestTotalsJoinRollupsAndBucketsWithoutCountingTwice(t *testing.T) {
	h := newSources()
	border := noon.Add(-window.Retention).Truncate(time.Hour).Add(time.Hour)
	cell := window.Cell{Country: "DE", Symptom: "login"}
	for _, start := range []time.Time{border.Add(-30 * time.Minute), border.Add(-15 * time.Minute), border} {
		h.archived = append(h.archived,
			window.Rollup{Service: "whatsapp", Kind: report.Problem, Cell: cell, Start: start, Width: window.RollupWidth, N: 10},
			window.Rollup{Service: "whatsapp", Kind: report.Recovery, Cell: cell, Start: start, Width: window.RollupWidth, N: 500})
	}
	h.count(border.Add(time.Minute), "DE", "login", 3)
	b := h.board(t)
	got, err := b.Totals(context.Background(), "whatsapp", border.Add(-20*time.Minute), border.Add(5*time.Minute), "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Total != 23 || !got.From.Equal(border.Add(-30*time.Minute)) || !got.To.Equal(border.Add(5*time.Minute)) {
		t.Errorf("Totals = %d reports from %v to %v; want 23 of two rollups and a bucket", got.Total, got.From, got.To)
	}
}
