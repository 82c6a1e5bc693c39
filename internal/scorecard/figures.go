package main

import (
	"encoding/json"
	"fmt"
)

// figures are the numbers of the scorecard that the page about the method shows:
// those of the server, and for real pages those of a series alone. Shares are in
// [0, 1].
type figures struct {
	QuietWeeks        int     `json:"quiet_weeks"`
	QuietFalse        float64 `json:"quiet_false_per_week"`
	Outages           int     `json:"outages"`
	Declared          float64 `json:"declared"`
	DelayMinutes      float64 `json:"delay_minutes"`
	Large             int     `json:"large"` // outages with an excess above 40 in 5 minutes
	LargeDeclared     float64 `json:"large_declared"`
	LargeDelayMinutes float64 `json:"large_delay_minutes"`
	Early             float64 `json:"early"`
	ClearMinutes      float64 `json:"clear_minutes"`
	Pages             int     `json:"pages"`
	PagesMissed       int     `json:"pages_missed"`
	PagesFalse        float64 `json:"pages_false_per_week"`
}

// figures returns the figures of c as JSON.
func (c *card) figuresJSON() ([]byte, error) {
	var quiet tally
	for _, study := range []string{sparseQuiet, busyQuiet} {
		quiet.merge(c.liveOf(study, volumes[0]).all)
	}
	one, pages := c.liveOf(clean, volumes[0]), c.pages["Outcry"]
	large := one.above[40]
	out, err := json.MarshalIndent(figures{
		QuietWeeks: int(quiet.Weeks), QuietFalse: quiet.perWeek(),
		Outages: one.all.Outages, Declared: share(one.all.Declared, one.all.Outages) / 100, DelayMinutes: median(one.all.Delays),
		Large: large.Outages, LargeDeclared: share(large.Declared, large.Outages) / 100, LargeDelayMinutes: median(large.Delays),
		Early: share(one.all.Early, one.all.Declared) / 100, ClearMinutes: median(one.all.Clears),
		Pages: pages.Pages, PagesMissed: pages.Missed, PagesFalse: float64(pages.False) / pages.Weeks,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the figures: %w", err)
	}
	return append(out, '\n'), nil
}
