package replay

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/scenario"
)

// lastMinute returns a scenario without all but its last minute.
func lastMinute(t *testing.T) *scenario.Scenario {
	s, err := scenario.Load("brigade")
	if err != nil {
		t.Fatal(err)
	}
	s.Start = s.End.Add(-time.Minute)
	return s
}

func TestAReplayRepeatsCallsThatFail(t *testing.T) {
	calls := map[string]int{}
	var rollups, counted int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls[r.URL.Path]++
		switch first := calls[r.URL.Path] == 1; {
		case r.URL.Path == "/api/v1/simulation/history" && first:
			w.WriteHeader(http.StatusInternalServerError)
		case r.URL.Path == "/api/v1/simulation/history":
			var body api.History
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			rollups += int64(len(body.Rollups))
			w.WriteHeader(http.StatusNoContent)
		case first:
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			var body api.NewReports
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			answer := api.Results{Results: make([]api.Result, len(body.Reports))}
			for i := range answer.Results {
				answer.Results[i].Status = "counted"
			}
			counted += int64(len(body.Reports))
			w.WriteHeader(http.StatusAccepted)
			if err := json.NewEncoder(w).Encode(answer); err != nil {
				t.Error(err)
			}
		}
	}))
	defer server.Close()
	p := &Player{URL: server.URL, Key: "key", Speed: 30, Seed: 1, Client: server.Client()}
	played, err := p.Play(t.Context(), lastMinute(t))
	if err != nil {
		t.Fatal(err)
	}
	if rollups == 0 || counted == 0 || played.Sent != counted || played.Counted != counted {
		t.Errorf("%d rollups and %d reports arrived; Play returns %+v", rollups, counted, played)
	}
}

func TestAReplayFillsTheMinutesBeforeIt(t *testing.T) {
	var since time.Time
	var earlier, late int
	var play atomic.Bool // the replay itself has begun
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/simulation/history" {
			var body api.History
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			if body.CountedSince != "" {
				since, _ = time.Parse(time.RFC3339, body.CountedSince)
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		var body api.NewReports
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		answer := api.Results{Results: make([]api.Result, len(body.Reports))}
		for i, one := range body.Reports {
			answer.Results[i].Status = "counted"
			at, err := time.Parse(time.RFC3339, one.OccurredAt)
			switch {
			case one.OccurredAt == "":
				play.Store(true)
			case err != nil || time.Since(at) > oldestReport || !since.IsZero() || play.Load():
				late++
			default:
				earlier++
			}
		}
		w.WriteHeader(http.StatusAccepted)
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	p := &Player{URL: server.URL, Key: "key", Speed: 30, Seed: 1, Client: server.Client()}
	if _, err := p.Play(t.Context(), lastMinute(t)); err != nil {
		t.Fatal(err)
	}
	if age := time.Since(since); age < 0 || age > oldestReport || late > 0 || earlier == 0 && age > time.Minute {
		t.Errorf("minutes are counted since %v ago; %d reports of them, and %d at another time", age, earlier, late)
	}
}

func TestAReplayEndsWhenItIsNotAllowed(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	p := &Player{URL: server.URL, Speed: 30, Seed: 1, Client: server.Client()}
	if _, err := p.Play(t.Context(), lastMinute(t)); err == nil || calls != 1 {
		t.Errorf("Play returns %v after %d calls, want an error after one", err, calls)
	}
}
