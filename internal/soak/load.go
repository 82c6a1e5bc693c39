package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// workers is how many connections send reports, and queueSize how many reports may
	// wait for one of them: those of some seconds of a burst.
	workers   = 128
	queueSize = 50_000
	// calm is how long after a burst reports may still take longer.
	calm = 3 * time.Second
	// answerTime bounds an answer.
	answerTime = 30 * time.Second
)

// due is a report that is sent at a time.
type due struct {
	at      time.Time
	isBurst bool
}

// isBurst reports whether a burst goes on at a time since the start.
func (p *plan) isBurst(since time.Duration) bool {
	return p.burstLength > 0 && since >= p.burstEvery/2 && (since-p.burstEvery/2)%p.burstEvery < p.burstLength
}

// isCalm reports whether no burst has been lately.
func (p *plan) isCalm(since time.Duration) bool {
	return !p.isBurst(since) && (since < calm || !p.isBurst(since-calm)) && (since < p.burstLength || !p.isBurst(since-p.burstLength))
}

// schedule sends into reports what is due, until the soak is over. What finds the
// queue full is counted as not sent: the generator is too slow then, or the server.
func (p *plan) schedule(ctx context.Context, start time.Time, reports chan<- due, t *tally) {
	defer close(reports)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	next := start
	for next.Before(start.Add(p.length)) {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for ; !next.After(now); next = next.Add(p.gap(next.Sub(start))) {
				since := next.Sub(start)
				select {
				case reports <- due{next, !p.isCalm(since)}:
				default:
					t.addUnsent()
				}
			}
		}
	}
}

// gap returns the time from one report to the next.
func (p *plan) gap(since time.Duration) time.Duration {
	if p.isBurst(since) {
		return time.Second / time.Duration(p.burstRate)
	}
	return time.Second / time.Duration(p.rate)
}

// report sends reports over one connection until there are no more.
func (p *plan) report(host string, seed uint64, reports <-chan due, t *tally) {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := &connection{host: host}
	defer c.close()
	for d := range reports {
		path := fmt.Sprintf("/api/v1/services/soak-%d/reports", p.pick(rng))
		body := fmt.Sprintf(`{"symptom":"%s"}`, symptoms[rng.IntN(len(symptoms))])
		a, err := c.post(path, body, visitor(rng))
		t.addReport(a, err, time.Since(d.at), d.isBurst)
	}
}

// symptoms are those that all services of the soak have.
var symptoms = []string{"connection", "messaging", "login"}

// pick returns the number of a service: a few are reported often.
func (p *plan) pick(rng *rand.Rand) int {
	if x := rng.Float64(); x < 0.5 {
		return rng.IntN(max(1, p.services/100))
	}
	return rng.IntN(p.services)
}

// visitor returns a random public address of IPv4.
func visitor(rng *rand.Rand) string {
	for {
		a, b := 1+rng.IntN(222), rng.IntN(256)
		switch {
		case a == 10, a == 127, a == 100 && b >= 64 && b < 128, a == 172 && b >= 16 && b < 32, a == 192 && b == 168, a == 169 && b == 254:
			continue
		}
		return fmt.Sprintf("%d.%d.%d.%d", a, b, rng.IntN(256), 1+rng.IntN(254))
	}
}

// answer is what a server answered.
type answer struct {
	status     int
	hasRetry   bool // it has the header Retry-After
	wasCounted bool // the report was counted for the first time
}

// connection posts over one connection, which it opens again after a failure. It costs
// less than an http.Client, so that the generator leaves the processors to the server.
type connection struct {
	host   string
	conn   net.Conn
	reader *bufio.Reader
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// post sends a report from an address and reads the answer.
func (c *connection) post(path, body, from string) (a answer, err error) {
	if c.conn == nil {
		if c.conn, err = net.DialTimeout("tcp", c.host, answerTime); err != nil {
			c.conn = nil
			return a, err
		}
		c.reader = bufio.NewReader(c.conn)
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err := c.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return a, err
	}
	request := "POST " + path + " HTTP/1.1\r\nHost: " + c.host + "\r\nContent-Type: application/json\r\nX-Forwarded-For: " + from +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", len(body)) + body
	if _, err := io.WriteString(c.conn, request); err != nil {
		return a, err
	}
	res, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return a, err
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return a, err
	}
	a = answer{res.StatusCode, res.Header.Get("Retry-After") != "", strings.Contains(string(text), `"counted":true`)}
	if res.Close {
		c.close()
	}
	return a, res.Body.Close()
}

// read asks for pages at a steady rate until ctx ends.
func (p *plan) read(ctx context.Context, url string, t *tally) {
	if p.pages <= 0 {
		return
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	client := &http.Client{Timeout: answerTime, Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	ticker := time.NewTicker(time.Second / time.Duration(p.pages))
	defer ticker.Stop()
	rng := rand.New(rand.NewPCG(2, 2))
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			path, from := p.page(rng), visitor(rng)
			reading.Go(func() { get(ctx, client, url+path, from, t) })
		}
	}
}

// page returns what a reader asks for.
func (p *plan) page(rng *rand.Rand) string {
	service := fmt.Sprintf("soak-%d", p.pick(rng))
	return []string{"/", "/" + service, "/" + service, "/" + service + "/history", "/api/v1/services/" + service, "/api/v1/services/" + service + "/countries",
		"/api/v1/services/" + service + "/series", "/map/" + service + ".svg", "/bn/" + service, "/feed.atom"}[rng.IntN(10)]
}

// get asks for a page and reads it to its end.
func get(ctx context.Context, client *http.Client, url, from string, t *tally) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.addPage(answer{}, err, url)
		return
	}
	req.Header.Set("X-Forwarded-For", from)
	began := time.Now()
	res, err := client.Do(req)
	if ctx.Err() != nil {
		return // cut off by the end of the soak
	}
	if err != nil {
		t.addPage(answer{}, err, url)
		return
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if ctx.Err() == nil {
		t.addPage(answer{status: res.StatusCode, hasRetry: res.Header.Get("Retry-After") != ""}, err, url)
		t.addPageTime(time.Since(began))
	}
}

// allServices is the share of event clients that follow all services. Pages follow one.
const allServices = 0.1

// stream returns the address of the event stream that client n follows.
func (p *plan) stream(url string, n int, rng *rand.Rand) string {
	if float64(n) < allServices*float64(p.streams) {
		return url + "/api/v1/events"
	}
	return fmt.Sprintf("%s/api/v1/events?service=soak-%d", url, p.pick(rng))
}

// follow reads an event stream until ctx ends.
func follow(ctx context.Context, url, from string, t *tally) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.addStreamEnd(err)
		return
	}
	req.Header.Set("X-Forwarded-For", from)
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		t.addStreamEnd(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.addStreamEnd(fmt.Errorf("an event stream is answered with %s", res.Status))
		return
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data:") {
			t.addEvent()
		}
	}
	if ctx.Err() == nil {
		err := errors.New("the server ended an event stream")
		t.addStreamEnd(errors.Join(err, lines.Err()))
	}
}
