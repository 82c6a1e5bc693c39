// Command soak runs a server under a steady load with bursts, event clients and
// readers of pages, and checks that it stays in order:
//
//	go run ./internal/soak --binary bin/outcry
//
// Every answer must be a success, or a refusal (429, 503) with Retry-After. Every
// report that was answered as counted must be in the server's own total. Outside of
// bursts, 99 of 100 reports are answered within --p99, and the memory of the last
// quarter exceeds that of the second by at most --growth. It prints figures, and exits
// with 1 if a check fails. With --redis and --database it soaks the distributed mode.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"
)

func main() {
	log.SetFlags(0)
	p := plan{}
	flag.StringVar(&p.binary, "binary", "bin/outcry", "server to soak")
	flag.DurationVar(&p.length, "for", 20*time.Minute, "length of the soak")
	flag.IntVar(&p.rate, "rate", 1000, "reports a second")
	flag.IntVar(&p.burstRate, "burst", 10_000, "reports a second in a burst")
	flag.DurationVar(&p.burstEvery, "burst-every", time.Minute, "time from one burst to the next")
	flag.DurationVar(&p.burstLength, "burst-for", 2*time.Second, "length of a burst")
	flag.IntVar(&p.services, "services", 3500, "services that are reported")
	flag.IntVar(&p.streams, "streams", 200, "event clients; a tenth of them follow all services, the others one each")
	flag.IntVar(&p.pages, "pages", 50, "pages a second")
	flag.DurationVar(&p.p99, "p99", 100*time.Millisecond, "longest time for 99 of 100 reports outside of bursts; 0 does not check it")
	flag.Float64Var(&p.growth, "growth", 0.05, "largest growth of memory from the second quarter to the last; 0 does not check it")
	flag.StringVar(&p.redis, "redis", "", "URL of a Redis for the distributed mode, which must be empty")
	flag.StringVar(&p.database, "database", "", "URL of a Postgres for the distributed mode")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := p.run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(r)
	if faults := r.faults(p); len(faults) > 0 {
		for _, f := range faults {
			fmt.Println("FAULT", f)
		}
		os.Exit(1)
	}
	fmt.Println("all checks passed")
}

// plan is what a soak does.
type plan struct {
	binary, redis, database                   string
	length, burstEvery, burstLength, p99      time.Duration
	rate, burstRate, services, streams, pages int
	tick                                      time.Duration // between two judgements; 0 is the default
	growth                                    float64
}
