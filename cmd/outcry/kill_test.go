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

// TestWhatWasAnsweredSurvivesKill kills a server under load, again and again,
// on the same data, and then compares: every report that was answered with
// "counted": true is archived once and in its bucket once, and is known when it
// is sent again.
func TestWhatWasAnsweredSurvivesKill(t *testing.T) {
	data := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	answered := map[string]bool{}
	for n := range kills {
		s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn")
		got := loadUntil(s, n, 1+rng.IntN(2000), s.kill)
		if len(got) == 0 {
			t.Fatalf("kill %d: nothing was answered before it\n%s", n, s.log)
		}
		for id := range got {
			answered[id] = true
		}
	}
	archived := archivedIDs(t, data)
	for id := range answered {
		if archived[id] != 1 {
			t.Errorf("report %s was answered as counted and is archived %d times", id, archived[id])
		}
	}
	var total int64
	for id, n := range archived {
		if n != 1 {
			t.Errorf("report %s is archived %d times", id, n)
		}
		total += n
	}
	// A server that starts on what the killed ones left has each in its bucket.
	s := startServer(t, data, "OUTCRY_LIMITS=off")
	if got := counted(t, s); got != total {
		t.Errorf("the windows hold %d reports and the archive %d", got, total)
	}
	for id := range answered {
		status, body := s.post(reports, fmt.Sprintf(`{"symptom":"messaging","country":"IN","id":%q,"device":"another"}`, id))
		if status != http.StatusAccepted || !strings.Contains(body, `"counted":true`) {
			t.Fatalf("report %s, sent again, was answered with %d %s; want the first answer", id, status, body)
		}
	}
	s.stop()
	s = startServer(t, data, "OUTCRY_LIMITS=off")
	if got := counted(t, s); got != total {
		t.Errorf("after every report was sent again the windows hold %d reports; want %d", got, total)
	}
	t.Logf("%d kills: %d reports answered, %d archived, %d in their buckets", kills, len(answered), len(archived), total)
}

// archivedIDs returns how often each ID is in the archive of a folder.
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
	n := map[string]int64{}
	for _, row := range rows {
		id, err := uuid.FromBytes(row.ID)
		if err != nil {
			t.Fatal(err)
		}
		n[id.String()]++
	}
	return n
}

// TestStopUnderLoadDrains asks a loaded server to end: it ends by itself, in
// good order, and what it answered is there.
func TestStopUnderLoadDrains(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=info")
	answered := loadUntil(s, 0, 500, s.stop)
	if !strings.Contains(s.log.String(), "msg=stopped") || strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("the server did not stop in good order:\n%s", s.log)
	}
	archived := archivedIDs(t, data)
	for id := range answered {
		if archived[id] != 1 {
			t.Errorf("report %s was answered as counted and is archived %d times", id, archived[id])
		}
	}
	if len(archived) != len(answered) {
		t.Errorf("%d reports were archived and %d answered; a server that drains answers all", len(archived), len(answered))
	}
}

// loadUntil posts reports from many connections, ends s once so many were
// answered, while others are on their way, and returns the IDs that were
// answered as counted.
func loadUntil(s *server, round, after int, end func()) map[string]bool {
	const connections = 16
	var (
		mu       sync.Mutex
		answered = map[string]bool{}
		wg       sync.WaitGroup
		due      = make(chan struct{})
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
					enough := len(answered) == after
					mu.Unlock()
					if enough {
						close(due)
					}
				}
			}
		})
	}
	select {
	case <-due:
	case <-time.After(30 * time.Second):
		s.t.Errorf("fewer than %d reports were answered in 30 s\n%s", after, s.log)
	}
	end()
	wg.Wait()
	return answered
}
