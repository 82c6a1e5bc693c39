package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/config"
)

const kills = 24

// TestReportsAnsweredAsCountedSurviveKills kills a server under load many times
// on the same data. After that, every report that was answered with
// "counted": true must be in the archive once and in its bucket once, and a
// resend of it must be answered in the same way.
func TestReportsAnsweredAsCountedSurviveKills(t *testing.T) {
	data := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	answered := map[string]bool{}
	for n := range kills {
		s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn")
		got := loadUntil(s, n, 1+rng.IntN(2000), s.kill)
		if len(got) == 0 {
			t.Fatalf("kill %d came before any report was answered as counted, want at least one\n%s", n, s.log)
		}
		for id := range got {
			answered[id] = true
		}
	}
	archived := archivedIDs(t, data)
	for id := range answered {
		if archived[id] != 1 {
			t.Errorf("report %s was answered as counted and is archived %d times, want once", id, archived[id])
		}
	}
	var total int64
	for id, n := range archived {
		if n != 1 {
			t.Errorf("report %s is archived %d times, want once", id, n)
		}
		total += n
	}
	// A new server on the same data must have every report in its bucket.
	s := startServer(t, data, "OUTCRY_LIMITS=off")
	if got := countedReports(t, s); got != total {
		t.Errorf("countedReports = %d after a restart, want the %d of the archive", got, total)
	}
	for id := range answered {
		status, body := s.post(reports, fmt.Sprintf(`{"symptom":"messaging","country":"IN","id":%q,"device":"another"}`, id))
		if status != http.StatusAccepted || !strings.Contains(body, `"counted":true`) {
			t.Fatalf("the resend of report %s was answered with %d %s, want 202 with counted true", id, status, body)
		}
	}
	s.stop()
	s = startServer(t, data, "OUTCRY_LIMITS=off")
	if got := countedReports(t, s); got != total {
		t.Errorf("countedReports = %d after every report was resent, want %d", got, total)
	}
	t.Logf("%d kills: %d reports answered, %d archived, %d in their buckets", kills, len(answered), len(archived), total)
}

// archivedIDs returns how often each report ID occurs in the archive of a folder.
func archivedIDs(t *testing.T, data string) map[string]int64 {
	t.Helper()
	a, err := app.OpenArchive(context.Background(), config.Config{Data: data}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var rows []struct{ ID []byte }
	if err := a.Reader().Raw("SELECT id FROM reports").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	times := map[string]int64{}
	for _, row := range rows {
		id, err := uuid.FromBytes(row.ID)
		if err != nil {
			t.Fatal(err)
		}
		times[id.String()]++
	}
	return times
}

// TestAServerStoppedUnderLoadDrains asks a server under load to stop. It must end
// by itself without errors, and every report that it answered must be archived.
func TestAServerStoppedUnderLoadDrains(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=info")
	answered := loadUntil(s, 0, 500, s.stop)
	if !strings.Contains(s.log.String(), "msg=stopped") || strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("log of the stop, want msg=stopped and no errors:\n%s", s.log)
	}
	archived := archivedIDs(t, data)
	for id := range answered {
		if archived[id] != 1 {
			t.Errorf("report %s was answered as counted and is archived %d times, want once", id, archived[id])
		}
	}
	if len(archived) != len(answered) {
		t.Errorf("%d reports are archived, want the %d that were answered", len(archived), len(answered))
	}
}

// loadUntil posts reports over many connections and calls end, which must end s,
// as soon as limit reports have been answered as counted; others are still on
// their way then. It returns the IDs of all reports answered as counted.
func loadUntil(s *server, round, limit int, end func()) map[string]bool {
	const connections = 16
	var (
		mu       sync.Mutex
		answered = map[string]bool{}
		wg       sync.WaitGroup
		reached  = make(chan struct{})
	)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	for c := range connections {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := uuid.NewString()
				body := fmt.Sprintf(`{"symptom":"messaging","country":"IN","id":%q,"device":"%d-%d-%d"}`, id, round, c, i)
				res, err := client.Post(s.url+"/api/v1/services/whatsapp/reports", "application/json", strings.NewReader(body))
				if err != nil {
					return // the server is gone
				}
				var answer struct{ Counted bool }
				data, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != http.StatusAccepted || json.Unmarshal(data, &answer) != nil {
					return
				}
				if answer.Counted {
					mu.Lock()
					answered[id] = true
					isLimit := len(answered) == limit
					mu.Unlock()
					if isLimit {
						close(reached)
					}
				}
			}
		})
	}
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		s.t.Errorf("fewer than %d reports were answered in 30 s\n%s", limit, s.log)
	}
	end()
	wg.Wait()
	return answered
}
