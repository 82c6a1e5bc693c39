package view

import (
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
)

func TestFreshTroubleFillsTheChart(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{time.Minute: time.Hour, 3*time.Hour - time.Second: time.Hour, 3 * time.Hour: 24 * time.Hour} {
		s := status.Status{Level: detect.Outage, AsOf: pagetest.Now, Onset: pagetest.Now.Add(-age)}
		if got := RangesFor(s)[0].Length; got != want {
			t.Errorf("the chart of an outage of %v spans %v, want %v", age, got, want)
		}
		s.Level = detect.OK
		if got := RangesFor(s)[0].Length; got != 24*time.Hour {
			t.Errorf("the chart without trouble spans %v", got)
		}
	}
}
