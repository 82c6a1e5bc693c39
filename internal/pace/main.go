// Command pace requests a page at a steady rate and prints how long the answers
// took:
//
//	go run ./internal/pace --url http://127.0.0.1:8080/whatsapp
//
// Each request is due at a fixed moment, whether the requests before it were
// answered or not. Its time is measured from that moment, so that the requests
// that are due while a server stalls count too.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

func main() {
	url := flag.String("url", "", "URL of the page")
	rate := flag.Int("rate", 2000, "requests per second")
	length := flag.Duration("for", 20*time.Second, "duration of the measurement")
	flag.Parse()
	if err := run(*url, *rate, *length); err != nil {
		fmt.Fprintln(os.Stderr, "pace:", err)
		os.Exit(1)
	}
}

func run(url string, rate int, length time.Duration) error {
	if url == "" || rate <= 0 || length <= 0 {
		return errors.New("give --url, and a --rate and a time --for above 0")
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
	if err := checkNotModified(client, url); err != nil {
		return err
	}
	n := int(float64(rate) * length.Seconds())
	took := make([]time.Duration, n)
	errs := make([]error, n)
	var work sync.WaitGroup
	start := time.Now()
	for i := range n {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		work.Go(func() {
			errs[i] = get(client, url)
			took[i] = time.Since(due)
		})
	}
	work.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(int(q*float64(n)), n-1)].Round(10 * time.Microsecond) }
	fmt.Printf("%d requests in %s: p50 %s, p90 %s, p99 %s, most %s\n", n, time.Since(start).Round(time.Millisecond), at(0.5), at(0.9), at(0.99), took[n-1].Round(time.Millisecond))
	return nil
}

// checkNotModified returns an error unless the server answers a request with a
// matching ETag with 304.
func checkNotModified(client *http.Client, url string) error {
	for range 5 { // the page may change between two requests
		first, err := client.Get(url)
		if err != nil {
			return err
		}
		first.Body.Close()
		again, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		again.Header.Set("If-None-Match", first.Header.Get("ETag"))
		second, err := client.Do(again)
		if err != nil {
			return err
		}
		second.Body.Close()
		if second.StatusCode == http.StatusNotModified {
			return nil
		}
	}
	return fmt.Errorf("%s does not answer a matching ETag with 304", url)
}

func get(client *http.Client, url string) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
