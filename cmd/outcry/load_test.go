package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// troubled are the services that a load reports, each in another partition of
// the windows.
var troubled = []string{"whatsapp", "telegram", "signal", "viber", "discord"}

// load reports problems through all servers until it is stopped. It sends a
// report without an answer again to another server, as a client would.
type load struct {
	installation *installation
	done         chan struct{}
	wg           sync.WaitGroup

	mu       sync.Mutex
	counted  map[string]bool // IDs that were answered as counted
	refused  int             // answers that the service is unavailable
	slowest  time.Duration   // of the refusals
	hintless int             // refusals without Retry-After
	latest   time.Time       // of the last report that was counted
}

// startLoad starts a load of 12 clients.
func (inst *installation) startLoad() *load {
	const clients, pause = 12, 20 * time.Millisecond
	l := &load{installation: inst, done: make(chan struct{}), counted: map[string]bool{}}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: 10 * time.Second}
	for c := range clients {
		l.wg.Go(func() {
			ticker := time.NewTicker(pause)
			defer ticker.Stop()
			id := uuid.NewString()
			for n := c; ; n++ {
				select {
				case <-l.done:
					return
				case <-ticker.C:
				}
				if l.report(client, n, id) {
					id = uuid.NewString()
				}
			}
		})
	}
	return l
}

// report sends one report and reports whether it has a final answer.
func (l *load) report(client *http.Client, n int, id string) bool {
	s := l.installation.server(n % 3)
	body := fmt.Sprintf(`{"symptom":"messaging","country":"IN","id":%q,"device":%q}`, id, id)
	began := time.Now()
	req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/services/"+troubled[int(id[0])%len(troubled)]+"/reports", strings.NewReader(body))
	if err != nil {
		l.installation.t.Error(err)
		return true
	}
	req.Header.Set("Content-Type", "application/json")
	// If the server trusts this header, reports come from many networks.
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("81.%d.%d.7", id[1], id[2]))
	res, err := client.Do(req)
	if err != nil {
		return false // the server is gone
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return false
	}
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch res.StatusCode {
	case http.StatusAccepted:
		var answer struct{ Counted bool }
		if json.Unmarshal(data, &answer) != nil {
			return false
		}
		if answer.Counted {
			l.counted[id] = true
			l.latest = time.Now()
		}
		return true
	case http.StatusServiceUnavailable:
		l.refused++
		l.slowest = max(l.slowest, took)
		if res.Header.Get("Retry-After") == "" {
			l.hintless++
		}
	default:
		l.installation.t.Errorf("a report was answered with %d %s", res.StatusCode, data)
	}
	return false
}

// stop ends the load and waits for it.
func (l *load) stop() {
	close(l.done)
	l.wg.Wait()
}

// answered returns the number of reports answered as counted so far.
func (l *load) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.counted)
}

// waitMore waits until n more reports are answered as counted.
func (l *load) waitMore(n int) {
	l.installation.t.Helper()
	before := l.answered()
	waitFor(l.installation.t, fmt.Sprintf("%d more answers", n), func() bool { return l.answered() >= before+n })
}
