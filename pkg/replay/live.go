package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/scenario"
	"github.com/outcry/outcry/pkg/window"
)

const (
	batchSize    = 1000   // reports in one call
	historySize  = 20_000 // rollups in one call
	sendInterval = 500 * time.Millisecond
	startTimeout = 20 * time.Second // for the server to become ready
	maxRetries   = 60               // of a call that the server cannot take, one a second
)

// Player replays a scenario live into a simulated server, over the batch call of
// the API.
type Player struct {
	URL      string  // of the server
	Key      string  // of scope server
	Speed    float64 // times the real speed
	Seed     int64
	Progress *Progress
	Client   *http.Client
}

// Played counts the outcomes of the reports that were sent.
type Played struct{ Sent, Counted, Repeats, Rejected int64 }

// Play gives the server the weeks before the scenario, and then sends every
// submission when it is due, Speed times faster than it happened.
func (p *Player) Play(ctx context.Context, s *scenario.Scenario) (Played, error) {
	var played Played
	live := s.LiveAt(time.Now(), p.Speed)
	if err := p.sendHistory(ctx, live); err != nil {
		return played, err
	}
	if err := p.sendRecent(ctx, s, &played); err != nil {
		return played, err
	}
	live = s.LiveAt(time.Now(), p.Speed) // the history took a while
	var due []api.NewReportItem
	for minute, submissions := range live.Stream(p.Seed) {
		for i := range submissions {
			sub := &submissions[i]
			if wait := time.Until(sub.At); wait > sendInterval || len(due) == batchSize {
				if err := p.send(ctx, due, &played); err != nil {
					return played, err
				}
				due = due[:0]
				if err := sleep(ctx, min(time.Until(sub.At), wait)); err != nil {
					return played, err
				}
			}
			due = append(due, item(sub))
		}
		p.Progress.draw(minute.Sub(s.Start), s.End.Sub(s.Start))
	}
	if err := p.send(ctx, due, &played); err != nil {
		return played, err
	}
	err := sleep(ctx, time.Until(live.End()))
	p.Progress.clear()
	return played, err
}

func item(s *scenario.Submission) api.NewReportItem {
	return api.NewReportItem{
		Service: s.Service, Kind: s.Kind.String(), Symptom: s.Symptom, Country: s.Country,
		Id: s.ID, Device: s.Device, Ip: s.Addr.String(),
	}
}

// CheckServer waits until the server is ready. It returns an error if the server
// is not simulated and would show the replay as the truth.
func (p *Player) CheckServer(ctx context.Context) error {
	deadline := time.Now().Add(startTimeout)
	for {
		res, err := p.do(ctx, http.MethodGet, "/api/v1/services?limit=1", nil, nil)
		if err == nil {
			if res.Get("Outcry-Simulated") != "true" {
				return fmt.Errorf("the server at %s does not run with OUTCRY_SIMULATED=true and would show a replay as the truth", p.URL)
			}
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server at %s is not ready: %w", p.URL, err)
		}
		if err := sleep(ctx, sendInterval); err != nil {
			return err
		}
	}
}

// sendHistory gives the server the weeks before the replay to learn its
// baselines from.
func (p *Player) sendHistory(ctx context.Context, live *scenario.Live) error {
	rollups, spans := live.History(p.Seed)
	for len(rollups) > 0 || len(spans) > 0 {
		var body api.History
		body.Rollups, rollups = rollupsOf(rollups)
		body.Spans, spans = spansOf(spans)
		if err := p.post(ctx, "/api/v1/simulation/history", body, nil); err != nil {
			return fmt.Errorf("send the weeks before the replay: %w", err)
		}
	}
	return nil
}

// sendRecent gives the server the quiet minutes between the history, which ends with
// a quarter of an hour, and now, so that no gap stands before the replay.
func (p *Player) sendRecent(ctx context.Context, s *scenario.Scenario, played *Played) error {
	now := time.Now().UTC()
	since := now.Truncate(window.RollupWidth)
	if earliest := now.Add(2*window.Width - oldestReport); since.Before(earliest) { // sending takes a while
		since = window.Start(earliest)
	}
	var items []api.NewReportItem
	for _, submissions := range s.LiveAt(now, p.Speed).Before(p.Seed, since) {
		for i := range submissions {
			one := item(&submissions[i])
			one.OccurredAt = submissions[i].At.UTC().Format(time.RFC3339)
			items = append(items, one)
		}
	}
	for page := range slices.Chunk(items, batchSize) {
		if err := p.send(ctx, page, played); err != nil {
			return err
		}
	}
	// Last, so that nobody judges minutes of which only some reports have arrived.
	counted := api.History{CountedSince: since.Format(time.RFC3339)}
	if err := p.post(ctx, "/api/v1/simulation/history", counted, nil); err != nil {
		return fmt.Errorf("send since when minutes are counted: %w", err)
	}
	return nil
}

// oldestReport is how long ago a report may have occurred.
const oldestReport = 15 * time.Minute

func rollupsOf(all []window.Rollup) (page []api.Rollup, rest []window.Rollup) {
	n := min(len(all), historySize)
	for _, r := range all[:n] {
		page = append(page, api.Rollup{
			Service: r.Service, Kind: r.Kind.String(), Country: r.Country, Symptom: r.Symptom,
			Start: r.Start.Format(time.RFC3339), WidthMinutes: int(r.Width / time.Minute), Count: r.N,
		})
	}
	return page, all[n:]
}

func spansOf(all []window.Span) (page []api.Span, rest []window.Span) {
	n := min(len(all), historySize)
	for _, s := range all[:n] {
		page = append(page, api.Span{Start: s.Start.Format(time.RFC3339), WidthMinutes: int(s.Width / time.Minute), KnownMinutes: s.Known})
	}
	return page, all[n:]
}

// send sends reports, and again those that the server cannot count now. Their IDs
// make sure that each counts once.
func (p *Player) send(ctx context.Context, items []api.NewReportItem, played *Played) error {
	for try := 0; len(items) > 0; try++ {
		var answer api.Results
		err := p.post(ctx, "/api/v1/reports", api.NewReports{Reports: items}, &answer)
		if err == nil && len(answer.Results) != len(items) {
			err = fmt.Errorf("%d reports got %d results", len(items), len(answer.Results))
		}
		if err != nil {
			return fmt.Errorf("send reports: %w", err)
		}
		items = played.add(items, answer.Results)
		if len(items) > 0 && try == maxRetries {
			return fmt.Errorf("the server could not count %d reports in %d tries", len(items), try+1)
		}
		if len(items) > 0 {
			if err := sleep(ctx, time.Second); err != nil {
				return err
			}
		}
	}
	return nil
}

// post posts body, and again while the server does not answer or fails. Reports
// and rollups that arrive twice count once.
func (p *Player) post(ctx context.Context, path string, body, answer any) error {
	for try := 0; ; try++ {
		_, err := p.do(ctx, http.MethodPost, path, body, answer)
		var refused *statusError
		if err == nil || try == maxRetries || errors.As(err, &refused) && refused.status < http.StatusInternalServerError {
			return err
		}
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

// add counts results and returns the items to send again.
func (played *Played) add(items []api.NewReportItem, results []api.Result) []api.NewReportItem {
	var again []api.NewReportItem
	for i, r := range results {
		switch r.Status {
		case "failed":
			again = append(again, items[i])
			continue
		case "counted", "known":
			played.Counted++
		case "rejected":
			played.Rejected++
		default: // repeats, and too many devices of one address
			played.Repeats++
		}
		played.Sent++
	}
	return again
}

// statusError is an answer with a status of 300 or more.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

// do calls the server and decodes its answer into answer, if that is not nil.
func (p *Player) do(ctx context.Context, method, path string, body, answer any) (http.Header, error) {
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(p.URL, "/")+path, sent)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.Key)
	res, err := p.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		return nil, &statusError{res.StatusCode, fmt.Sprintf("%s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(data))}
	}
	if answer != nil {
		if err := json.Unmarshal(data, answer); err != nil {
			return nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
		}
	}
	return res.Header, nil
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
