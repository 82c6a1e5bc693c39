package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/replay"
	"github.com/outcry/outcry/pkg/scenario"
)

// stories are the replays that the live detector is measured on.
var stories = []string{
	"whatsapp-2017-11-03", "meta-2021-10-04", "whatsapp-2022-10-25", "whatsapp-instagram-2024-04-03", "whatsapp-evening",
	"whatsapp-2022-10-25-carrier", "meta-2021-10-04-carrier", "brigade", "quiet-fortnight",
}

// replays holds the results of the stories with each seed.
type replays struct {
	seeds   []int64
	results [][]*scenario.Result // by story and seed
}

// replayStories runs every story with every seed through ingest, windows,
// detector and incidents, as the server does.
func replayStories(ctx context.Context, seeds []int64, progress func(string)) (*replays, error) {
	all := &replays{seeds: seeds, results: make([][]*scenario.Result, len(stories))}
	for i, name := range stories {
		s, err := scenario.Load(name)
		if err != nil {
			return nil, err
		}
		for _, seed := range seeds {
			progress(fmt.Sprintf("%s, seed %d", name, seed))
			r, err := replay.Simulate(ctx, s, seed, nil, slog.New(slog.DiscardHandler))
			if err != nil {
				return nil, fmt.Errorf("replay %s: %w", name, err)
			}
			all.results[i] = append(all.results[i], r)
		}
	}
	return all, nil
}

// markdown returns the scorecard of the live detector as Markdown.
func (all *replays) markdown() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# Scorecard of the live detector\n\nWritten by `scripts/scorecard --part live`; do not edit. Replays of real outages, simulated to the figures that newspapers\n")
	p("printed, through ingest, windows, networks, detector and incidents, with a judgement every ten seconds (the quiet fortnight:\nevery minute). Seeds %v.\n\n", all.seeds)
	p("*Crowd*: the first minute from the onset on that holds 100 reports from 30 networks. *Declared* is counted from the onset,\nand from the end of that minute; below 0 it was declared before.\n\n## Outages\n\n")
	p("| replay | service | onset estimated | declared after the onset | after the crowd | over |\n|---|---|---|---|---|---|\n")
	for i, name := range stories {
		for k := range all.results[i][0].Services {
			if all.results[i][0].Services[k].Onset == nil {
				continue
			}
			p("| %s | %s | %s | %s | %s | %s |\n", name, all.results[i][0].Services[k].Service,
				all.bySeed(i, k, func(s *scenario.ServiceResult) string { return formatSince(s.OnsetEstimated, *s.Onset) }),
				all.bySeed(i, k, func(s *scenario.ServiceResult) string { return formatSince(s.DeclaredAt, *s.Onset) }),
				all.bySeed(i, k, func(s *scenario.ServiceResult) string {
					if s.CrowdedAt == nil {
						return "no crowd"
					}
					return formatSince(s.DeclaredAt, s.CrowdedAt.Add(time.Minute))
				}),
				all.bySeed(i, k, func(s *scenario.ServiceResult) string { return formatSince(s.ResolvedAt, *s.Onset) }))
		}
	}
	p("\n## What is not an outage\n\n| replay | as expected | suspected | declared |\n|---|---|---|---|\n")
	for i, name := range stories {
		suspected, declared, ok := 0, 0, true
		for _, r := range all.results[i] {
			ok = ok && r.OK
			for _, inc := range r.Incidents {
				if inc.Role == scenario.Story {
					continue
				}
				suspected++
				if inc.DeclaredAt != nil {
					declared++
				}
			}
		}
		p("| %s | %s | %d | %d |\n", name, map[bool]string{true: "yes", false: "no"}[ok], suspected, declared)
	}
	p("\nServices that are not part of the story: controls, carriers and providers that people report only because something far\nbigger is down, and whatever a brigade presses. *As expected*: the replay shows everything that it must, printed figures\nincluded.\n")
	return b.Bytes()
}

// bySeed returns the text of one service for every seed, separated by commas.
func (all *replays) bySeed(story, service int, text func(*scenario.ServiceResult) string) string {
	var texts []string
	for _, r := range all.results[story] {
		texts = append(texts, text(&r.Services[service]))
	}
	return strings.Join(texts, ", ")
}

// formatSince returns the time from one moment to another, or "never" when t is
// nil.
func formatSince(t *time.Time, from time.Time) string {
	if t == nil {
		return "never"
	}
	d := t.Sub(from).Round(time.Second)
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	if d >= time.Hour {
		return fmt.Sprintf("%s%d:%02d:%02d", sign, int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	}
	return fmt.Sprintf("%s%d:%02d", sign, int(d.Minutes()), int(d.Seconds())%60)
}
