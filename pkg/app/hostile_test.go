package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/config"
)

var (
	hostileRequests = flag.Int("hostile", 4_000, "number of hostile requests; 100000 for the long form")
	hostileSenders  = flag.Int("hostile-senders", 16, "number of requests that are under way at once")
	hostileSeed     = flag.Uint64("hostile-seed", 1, "seed of the hostile requests")
)

// logLines holds what a server logs, for many goroutines.
type logLines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serving runs a whole server until the test ends. It returns its address.
func serving(t *testing.T, cfg config.Config, log io.Writer) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	started, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- Serve(ctx, cfg, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})), Surroundings{Started: func(a net.Addr) { started <- a }})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
	})
	select {
	case a := <-started:
		return a.String()
	case err := <-ended:
		ended <- nil
		t.Fatalf("the server did not start: %v", err)
		return ""
	}
}

// TestHostileRequestsHurtNobody sends seeded hostile requests to all routes while an
// ordinary client reads a page. No answer has a status of 5xx but an honest 503,
// nothing is logged as our fault, and memory and goroutines stay as they were.
//
//	go test ./pkg/app -run Hostile -v -args -hostile 100000
func TestHostileRequestsHurtNobody(t *testing.T) {
	cfg, err := config.Load([]string{"OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_DATA=" + t.TempDir(), "OUTCRY_TRUSTED_PROXIES=127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	routes := routesOf(t)
	var log logLines
	address := serving(t, cfg, &log)
	a := &attack{t: t, base: "http://" + address, address: address, byStatus: map[int]int{}}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *hostileSenders}, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	half := *hostileRequests / 2
	h := hostile{Rand: rand.New(rand.NewPCG(*hostileSeed, 0)), routes: routes, base: a.base}

	var waits []time.Duration
	read := make(chan struct{})
	reading, stopReading := context.WithCancel(t.Context())
	go func() { defer close(read); waits = readPages(reading, a.base) }()
	a.send(h, client, half) // fills what may be kept
	client.CloseIdleConnections()
	before := measure()
	a.send(h, client, *hostileRequests-half)
	stopReading()
	<-read
	client.CloseIdleConnections()
	after := settled(before)

	slices.Sort(waits)
	t.Logf("%d requests with the seed %d: %v", *hostileRequests, *hostileSeed, a.byStatus)
	t.Logf("memory %d MB, then %d MB; goroutines %d, then %d", before.heap>>20, after.heap>>20, before.goroutines, after.goroutines)
	t.Logf("an ordinary client: %d pages, p50 %v, p99 %v, longest %v", len(waits), waits[len(waits)/2], waits[len(waits)*99/100], waits[len(waits)-1])
	if after.heap > before.heap+before.heap/4+(8<<20) {
		t.Errorf("the second half of the requests left %d MB more", (after.heap-before.heap)>>20)
	}
	if after.goroutines > before.goroutines+10 {
		t.Errorf("the second half of the requests left %d goroutines more", after.goroutines-before.goroutines)
	}
	if p99 := waits[len(waits)*99/100]; p99 > 2*time.Second {
		t.Errorf("the 99th percentile of an ordinary client is %v, want far less than 2s, even on a busy machine", p99)
	}
	if a.byStatus[200] == 0 || a.byStatus[202] == 0 || a.byStatus[303] == 0 {
		t.Errorf("the answers are %v, want some pages and some counted reports", a.byStatus)
	}
	if text := log.String(); strings.Contains(text, "level=ERROR") {
		t.Errorf("logged as a fault of ours:\n%.3000s", text)
	}
}

// attack is what the hostile requests gave.
type attack struct {
	t             *testing.T
	base, address string

	mu       sync.Mutex
	byStatus map[int]int
}

// send sends n requests from several goroutines.
func (a *attack) send(h hostile, client *http.Client, n int) {
	requests := make(chan hostileRequest)
	var senders sync.WaitGroup
	for range *hostileSenders {
		senders.Go(func() {
			for q := range requests {
				a.sendOne(client, q)
			}
		})
	}
	for i := range n {
		if i%50 == 0 {
			a.sendRaw(h)
		}
		requests <- h.next()
	}
	close(requests)
	senders.Wait()
}

// sendOne sends a request and looks at the answer.
func (a *attack) sendOne(client *http.Client, q hostileRequest) {
	req := q.request(a.base)
	if req == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	isStream := strings.HasPrefix(req.URL.Path, "/api/v1/events")
	if isStream { // it ends only when the client goes
		ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
	}
	res, err := client.Do(req.WithContext(ctx))
	if err != nil {
		if !isStream && errors.Is(err, context.DeadlineExceeded) {
			a.t.Errorf("no answer within 15 s to %v", q)
		}
		return // the client refuses to send it, or the server closed the connection
	}
	defer res.Body.Close()
	_, readErr := io.Copy(io.Discard, res.Body)
	if readErr != nil && !isStream && errors.Is(readErr, context.DeadlineExceeded) {
		a.t.Errorf("half an answer within 15 s to %v", q)
	}
	a.mu.Lock()
	a.byStatus[res.StatusCode]++
	a.mu.Unlock()
	if res.StatusCode >= 500 && !isHonest(res) {
		a.t.Errorf("status %d and Retry-After %q for %v", res.StatusCode, res.Header.Get("Retry-After"), q)
	}
}

// isHonest reports whether an answer is a 503 that says when to try again.
func isHonest(res *http.Response) bool {
	return res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != ""
}

// sendRaw sends bytes that are no proper request.
func (a *attack) sendRaw(h hostile) {
	c, err := net.DialTimeout("tcp", a.address, 5*time.Second)
	if err != nil {
		a.t.Errorf("connect: %v", err)
		return
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		a.t.Error(err)
		return
	}
	text := h.one("GET / HTTP/1.1\r\n\r\n", "GET  HTTP/9\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n",
		"POST /whatsapp/report HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "GET /"+strings.Repeat("a", 20_000)+" HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", h.text())
	if _, err := io.WriteString(c, text); err != nil {
		return // the server closed the connection
	}
	if h.chance(50) {
		return // nobody waits for the answer
	}
	if tcp, ok := c.(*net.TCPConn); ok && tcp.CloseWrite() != nil {
		return
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return // nothing was answered to something that is no request
	}
	defer res.Body.Close()
	// Of what is no HTTP, package net/http itself says that it cannot take it.
	if res.StatusCode >= 500 && !isHonest(res) && res.StatusCode != http.StatusHTTPVersionNotSupported && res.StatusCode != http.StatusNotImplemented {
		a.t.Errorf("status %d for %.100q", res.StatusCode, text)
	}
}

// readPages reads a page again and again, as an ordinary client, and returns how
// long each took.
func readPages(ctx context.Context, base string) (waits []time.Duration) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		began := time.Now()
		req, err := http.NewRequest(http.MethodGet, base+"/en/whatsapp", nil)
		if err != nil {
			panic(err) // the address is a constant
		}
		req.Header.Set("X-Forwarded-For", "250.1.2.3")
		res, err := client.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			err = errors.Join(err, res.Body.Close())
		}
		if err != nil || res.StatusCode != http.StatusOK {
			waits = append(waits, time.Hour) // no page at all
		} else {
			waits = append(waits, time.Since(began))
		}
		select {
		case <-ctx.Done():
			return waits
		case <-ticker.C:
		}
	}
}
