package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
)

// takeover is in how much time another process leads when the one that led is
// gone.
const takeover = 15 * time.Second

// TestAnIncidentOutlivesWhoLeads lets the process that leads die, and the next
// one be paused, and Redis forget everything, while an outage goes on: the
// incidents go on, and there is no second one of a service.
func TestAnIncidentOutlivesWhoLeads(t *testing.T) {
	h := startHouse(t, []*redistest.Server{redistest.Start(t, durable...)}, "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	l := h.load()
	defer l.stop()
	waitFor(t, "incidents of all services", func() bool { return len(h.incidents(0)) == len(troubled) })
	began := h.incidents(0)
	same := func(what string) {
		t.Helper()
		for i := range h.servers {
			got := h.incidents(i)
			for service, ids := range began {
				if len(got[service]) != 1 || got[service][0] != ids[0] {
					t.Errorf("%s server %d has incidents %v of %s; want %v alone", what, i, got[service], service, ids)
				}
			}
		}
	}
	same("before anything happens")

	first := h.leader(-1)
	h.server(first).kill()
	died := time.Now()
	second := h.leader(first)
	t.Logf("server %d leads %s after server %d was killed", second, time.Since(died).Round(time.Millisecond), first)
	if took := time.Since(died); took > takeover {
		t.Errorf("the takeover took %s, want at most %s", took, takeover)
	}
	h.startServer(first)
	l.more(1000)
	same("after the first takeover")

	paused := h.server(second)
	if err := paused.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	died = time.Now()
	third := h.leader(second)
	t.Logf("server %d leads %s after server %d was paused", third, time.Since(died).Round(time.Millisecond), second)
	if took := time.Since(died); took > takeover {
		t.Errorf("the takeover took %s, want at most %s", took, takeover)
	}
	if err := paused.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	l.more(1000)
	waitFor(t, "the paused server to follow", func() bool { return !leads(paused) })
	same("after the second takeover")

	h.flush(t, func() { l.more(1000) })
	same("after Redis forgot everything")
}

// leads tells whether a server said last that it holds the partitions.
func leads(s *server) bool {
	log := s.log.String()
	last := strings.LastIndex(log, "this process holds another number of partitions")
	if last < 0 {
		return false
	}
	line, _, _ := strings.Cut(log[last:], "\n")
	return !strings.HasSuffix(line, "now=0")
}

// leader waits until a server other than one leads, and returns which.
func (h *house) leader(other int) (leader int) {
	h.t.Helper()
	waitFor(h.t, "a server to lead", func() bool {
		for i := range h.servers {
			if i != other && leads(h.server(i)) {
				leader = i
				return true
			}
		}
		return false
	})
	return leader
}

// incidents returns the IDs of all incidents that a server knows, by service.
func (h *house) incidents(i int) map[string][]string {
	h.t.Helper()
	status, body := h.server(i).get("/api/v1/incidents?limit=100")
	var page struct {
		Incidents []struct{ ID, Service string }
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK {
		h.t.Fatalf("GET incidents answered %d %s (%v)", status, body, err)
	}
	ids := map[string][]string{}
	for _, inc := range page.Incidents {
		ids[inc.Service] = append(ids[inc.Service], inc.ID)
	}
	return ids
}
