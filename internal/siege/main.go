// Command siege attacks a server with expensive requests and measures what the
// attack costs everybody else: the memory of the server, and how long an
// ordinary client waits meanwhile.
//
//	go run ./internal/siege --binary bin/outcry --attack cards --connections 400
//
// It starts the server itself, with a data folder of its own, as one that trusts
// a proxy on this machine. So it can name the address of each request.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"sync"
	"time"

	"github.com/outcry/outcry/internal/launch"
)

func main() {
	log.SetFlags(0)
	s := siege{}
	flag.StringVar(&s.binary, "binary", "bin/outcry", "server to attack")
	flag.StringVar(&s.attack, "attack", "cards", "what to ask for: cards, hosts, series, incidents, charts, maps, events, streams or pages")
	flag.StringVar(&s.from, "from", "network", "who asks: one address, a network (a /48), or everywhere (a /32 for each connection)")
	flag.IntVar(&s.connections, "connections", 400, "connections of the attacker")
	flag.DurationVar(&s.duration, "duration", 10*time.Second, "length of the attack")
	flag.StringVar(&s.path, "path", "/whatsapp", "what the ordinary client asks for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.run(ctx); err != nil {
		log.Fatal(err)
	}
}

// siege is one attack on one server.
type siege struct {
	binary, attack, from, path string
	connections                int
	duration                   time.Duration
}

// run starts the server, attacks it, and prints the figures.
func (s *siege) run(ctx context.Context) error {
	server, err := launch.Start(ctx, s.binary)
	if err != nil {
		return err
	}
	defer func() {
		log, stopErr := server.Stop()
		if stopErr != nil || log != "" {
			fmt.Fprintf(os.Stderr, "%v; log of the server:\n%.2000s\n", stopErr, log)
		}
	}()
	quiet, err := s.measureClient(ctx, server.URL, 2*time.Second)
	if err != nil {
		return err
	}
	before, err := server.Memory()
	if err != nil {
		return err
	}
	attacking, cancel := context.WithTimeout(ctx, s.duration)
	defer cancel()
	var attackers sync.WaitGroup
	tally := &tally{byStatus: map[int]int{}}
	for i := range s.connections {
		attackers.Go(func() { s.attackOn(attacking, server.URL, i, tally) })
	}
	waits, err := s.measureClient(ctx, server.URL, s.duration)
	attackers.Wait()
	if err != nil {
		return err
	}
	after, err := server.Memory()
	if err != nil {
		return err
	}
	fmt.Printf("attack %s from %s, %d connections, %s\n", s.attack, s.from, s.connections, s.duration)
	fmt.Printf("  answers to the attacker   %v\n", tally)
	fmt.Printf("  memory of the server      %d MB before, %d MB at most\n", before.Resident>>20, after.Most>>20)
	fmt.Printf("  an ordinary client        %s alone, %s meanwhile\n", quiet, waits)
	return nil
}

// waits are how long an ordinary client waited for its answers.
type waits struct {
	all    []time.Duration // sorted
	failed int             // without an answer of status 200
}

// at returns the wait that a share of the answers did not exceed.
func (w waits) at(share float64) time.Duration {
	if len(w.all) == 0 {
		return 0
	}
	return w.all[min(len(w.all)-1, int(share*float64(len(w.all))))].Round(100 * time.Microsecond)
}

// String returns the median and the 99th percentile.
func (w waits) String() string {
	return fmt.Sprintf("p50 %s, p99 %s (%d requests, %d failed)", w.at(.5), w.at(.99), len(w.all), w.failed)
}

// measureClient asks as one ordinary client, twenty times a second, for as long as
// this.
func (s *siege) measureClient(ctx context.Context, server string, length time.Duration) (waits, error) {
	const pause = 50 * time.Millisecond
	var w waits
	asker := newAsker("198.51.100.7", "")
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for end := time.Now().Add(length); time.Now().Before(end); {
		began := time.Now()
		status, err := asker.get(ctx, server+s.path, nil)
		w.all = append(w.all, time.Since(began))
		if err != nil || status != 200 {
			w.failed++
		}
		select {
		case <-ctx.Done():
			return w, ctx.Err()
		case <-ticker.C:
		}
	}
	slices.Sort(w.all)
	return w, nil
}
