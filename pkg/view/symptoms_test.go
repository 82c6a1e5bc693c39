package view

import (
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/status"
)

func TestSplitNamesALeaderOnlyIfItIsOne(t *testing.T) {
	share := func(id string, n, of int64, low, high float64) status.Share {
		return status.Share{Symptom: id, Count: n, Share: float64(n) / float64(of), Low: low, High: high}
	}
	for _, c := range []struct {
		shares []status.Share
		want   string
		top    bool
	}{
		{[]status.Share{share("app", 1, 1, .207, 1), share("login", 0, 1, 0, .793)}, "No symptom stands out", false},
		{[]status.Share{share("login", 0, 5, 0, .434), share("app", 5, 5, .566, 1)}, "Most say “app”", true},
		{[]status.Share{share("app", 51, 100, .41, .61), share("login", 49, 100, .39, .59)}, "No symptom stands out", false},
	} {
		v := newSplit(pagetest.Locale(t, "en"), status.Breakdown{Total: c.shares[0].Count + c.shares[1].Count, Window: time.Hour, Symptoms: c.shares}, nil, func(id string) string { return id })
		if v.Title != c.want || (v.Rows[0].Top || v.Rows[1].Top) != c.top || v.Rows[0].Top != c.top {
			t.Errorf("title %q, rows %+v; want %q", v.Title, v.Rows, c.want)
		}
	}
}
