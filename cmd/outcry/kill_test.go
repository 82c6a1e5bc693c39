package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
)

const kills = 24

// TestWhatWasAnsweredSurvivesKill kills a server under load, again and again,
// on the same data, and then compares: every report that was answered with
// "counted": true is archived once, and every bucket holds exactly the archived
// reports of its minute.
func TestWhatWasAnsweredSurvivesKill(t *testing.T) {
	data := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	answered := map[string]bool{}
	for n := range kills {
		s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn")
		got := loadUntilKilled(s, n, time.Duration(50+rng.IntN(450))*time.Millisecond)
		if len(got) == 0 {
			t.Fatalf("kill %d: nothing was answered before it\n%s", n, s.log)
		}
		for id := range got {
			answered[id] = true
		}
	}
	// A server that starts once more must read what the killed ones left.
	startServer(t, data).stop()

	a, err := archive.Open(context.Background(), filepath.Join(data, "outcry.db"), archive.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	archived := map[string]int{}
	minutes := map[string]int64{}
	rows, err := a.ExportReports(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		archived[r.ID.String()]++
		minutes[bucketName(r.Service, r.Minute, r.Country, r.Symptom)]++
	}
	for id := range answered {
		if archived[id] != 1 {
			t.Errorf("report %s was answered as counted and is archived %d times", id, archived[id])
		}
	}
	for id, n := range archived {
		if n != 1 {
			t.Errorf("report %s is archived %d times", id, n)
		}
	}
	compareBuckets(t, a, minutes)
	t.Logf("%d kills: %d reports answered, %d archived", kills, len(answered), len(archived))
}

func bucketName(service string, minute time.Time, country, symptom string) string {
	return fmt.Sprintf("%s %s %s %s", service, minute.UTC().Format(time.RFC3339), country, symptom)
}

// loadUntilKilled posts reports from many connections, kills s after a while,
// and returns the IDs that were answered as counted.
func loadUntilKilled(s *server, round int, after time.Duration) map[string]bool {
	const connections = 16
	var (
		mu       sync.Mutex
		answered = map[string]bool{}
		wg       sync.WaitGroup
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
					mu.Unlock()
				}
			}
		})
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C
	s.kill()
	wg.Wait()
	return answered
}
