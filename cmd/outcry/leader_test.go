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

// takeover bounds the time from the end of a leader until another process leads.
const takeover = 15 * time.Second

// TestAnIncidentOutlivesItsLeader kills the leader, pauses the next one, and
// deletes everything in Redis during an outage. The incidents go on, and no
// service gets a second one.
func TestAnIncidentOutlivesItsLeader(t *testing.T) {
	inst := startInstallation(t, []*redistest.Server{redistest.Start(t, durable...)}, "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	l := inst.startLoad()
	defer l.stop()
	waitFor(t, "incidents of all services", func() bool { return len(inst.incidents(0)) == len(troubled) })
	began := inst.incidents(0)
	same := func(what string) {
		t.Helper()
		for i := range inst.servers {
			got := inst.incidents(i)
			for service, ids := range began {
				if len(got[service]) != 1 || got[service][0] != ids[0] {
					t.Errorf("%s server %d has incidents %v of %s; want %v alone", what, i, got[service], service, ids)
				}
			}
		}
	}
	same("before anything happens")

	first := inst.leader(-1)
	inst.server(first).kill()
	died := time.Now()
	second := inst.leader(first)
	t.Logf("server %d leads %s after server %d was killed", second, time.Since(died).Round(time.Millisecond), first)
	if took := time.Since(died); took > takeover {
		t.Errorf("the takeover took %s, want at most %s", took, takeover)
	}
	inst.startServer(first)
	l.waitMore(1000)
	same("after the first takeover")

	paused := inst.server(second)
	if err := paused.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	died = time.Now()
	third := inst.leader(second)
	t.Logf("server %d leads %s after server %d was paused", third, time.Since(died).Round(time.Millisecond), second)
	if took := time.Since(died); took > takeover {
		t.Errorf("the takeover took %s, want at most %s", took, takeover)
	}
	if err := paused.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	l.waitMore(1000)
	waitFor(t, "the paused server to follow", func() bool { return !leads(paused) })
	same("after the second takeover")

	inst.flush(t, func() { l.waitMore(1000) })
	same("after Redis forgot everything")
}

// leads reports whether a server holds partitions, by the last such line of its
// log.
func leads(s *server) bool {
	log := s.log.String()
	last := strings.LastIndex(log, "this process looks after another share of the services")
	if last < 0 {
		return false
	}
	line, _, _ := strings.Cut(log[last:], "\n")
	return !strings.HasSuffix(line, "now=0")
}

// leader waits until a server other than one leads, and returns which.
func (inst *installation) leader(other int) (leader int) {
	inst.t.Helper()
	waitFor(inst.t, "a server to lead", func() bool {
		for i := range inst.servers {
			if i != other && leads(inst.server(i)) {
				leader = i
				return true
			}
		}
		return false
	})
	return leader
}

// incidents returns the IDs of all incidents that a server knows, by service.
func (inst *installation) incidents(i int) map[string][]string {
	inst.t.Helper()
	status, body := inst.server(i).get("/api/v1/incidents?limit=100")
	var page struct {
		Incidents []struct{ ID, Service string }
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK {
		inst.t.Fatalf("GET incidents answered %d %s (%v)", status, body, err)
	}
	ids := map[string][]string{}
	for _, inc := range page.Incidents {
		ids[inc.Service] = append(ids[inc.Service], inc.ID)
	}
	return ids
}
