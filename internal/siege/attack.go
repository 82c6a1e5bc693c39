package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// tally counts the answers to the attacker by status; 0 is a broken connection.
type tally struct {
	mu       sync.Mutex
	byStatus map[int]int
}

func (t *tally) add(status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byStatus[status]++
}

// String returns the number of answers of each status.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var codes []int
	for code := range t.byStatus {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	var parts []string
	for _, code := range codes {
		parts = append(parts, fmt.Sprintf("%d × %d", t.byStatus[code], code))
	}
	return strings.Join(parts, ", ")
}

// asker sends requests from one address.
type asker struct {
	client *http.Client
	from   string
	host   string // in place of the server's, unless empty
}

func newAsker(from, host string) *asker {
	return &asker{client: &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}, from: from, host: host}
}

// get asks for url and reads the answer to its end. It returns the status.
func (a *asker) get(ctx context.Context, url string, header map[string]string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("X-Forwarded-For", a.from)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	if a.host != "" {
		req.Host = a.host
	}
	res, err := a.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// address returns the address of attacker i.
func (s *siege) address(i int) string {
	switch s.from {
	case "one":
		return "2001:db8::1"
	case "network":
		return fmt.Sprintf("2001:db8:0:%x::1", i)
	}
	return fmt.Sprintf("2a%02x:%x::1", i%200, i)
}

// attackOn sends one request after the other until ctx ends.
func (s *siege) attackOn(ctx context.Context, server string, i int, t *tally) {
	rng := rand.New(rand.NewPCG(1, uint64(i)))
	a := newAsker(s.address(i), "")
	for ctx.Err() == nil {
		path, header := s.request(rng)
		if s.attack == "hosts" {
			a.host = fmt.Sprintf("h%d.example", rng.Uint32())
		}
		status, err := a.get(ctx, server+path, header)
		if ctx.Err() != nil {
			return // this request was cut off by the end of the attack
		}
		if err != nil {
			status = 0
		}
		t.add(status)
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			pause(ctx, 10*time.Millisecond) // a client on this machine costs as much as the server
		}
	}
}

// pause waits for as long as this, or until ctx ends.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

var (
	languages = []string{"en", "bn", "hi", "es", "pt", "de", "it", "ar"}
	services  = []string{"whatsapp", "facebook", "instagram", "messenger", "telegram", "signal", "youtube", "gmail", "netflix", "spotify", "discord", "tiktok"}
)

var (
	ranges    = []string{"24h", "48h", "7d", "30d"}
	windows   = []string{"5m", "15m", "30m", "1h", "6h", "24h"}
	countries = []string{"IN", "BD", "BR", "DE", "GB", "US", "ID", "MX", "NG", "PK", "FR", "IT", "ES", "JP", "PH", "TR", "EG", "VN", "ZA", "KE"}
)

// request returns what an attacker asks for next.
func (s *siege) request(rng *rand.Rand) (path string, header map[string]string) {
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	service, lang := pick(services), pick(languages)
	switch s.attack {
	case "cards", "hosts":
		return "/card/" + service + ".png?lang=" + lang, nil
	case "series":
		from := time.Now().AddDate(0, 0, -1900+rng.IntN(600)).UTC().Format(time.RFC3339)
		return "/api/v1/services/" + service + "/series?step=24h&from=" + from, nil
	case "incidents":
		return "/" + lang + "/" + service + "/history?before=" + fmt.Sprint(rng.Uint32()), nil
	case "charts":
		return "/widget/v1/chart/" + service + "?lang=" + lang + "&window=" + pick(ranges) + "&country=" + pick(countries), nil
	case "maps":
		return "/map/" + service + ".svg?lang=" + lang + "&window=" + pick(windows), nil
	case "events":
		return "/api/v1/events", map[string]string{"Last-Event-ID": "0"}
	case "streams":
		return "/api/v1/events", nil
	}
	return "/" + lang + "/" + service + "?zone=" + fmt.Sprint(15*rng.IntN(40)), nil
}
