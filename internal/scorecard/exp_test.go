package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

func single(by float64) detector {
	return func(s *series) []bool {
		cfg := detect.SingleSettings(s.width)
		cfg.Threshold *= by
		d := detect.NewSingle(cfg)
		alarms := make([]bool, len(s.counts))
		at := s.start
		for i, x := range s.counts {
			alarms[i] = d.Step(at, x, !math.IsNaN(x)).Level >= detect.Warning
			at = at.Add(s.width)
		}
		return alarms
	}
}

func envf(name string, or float64) float64 {
	if v, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return v
	}
	return or
}

// SIZE, GRAIN (min), SEED, WHICH=series|single|both
func TestExp(t *testing.T) {
	size, seed := int(envf("SIZE", 30)), uint64(envf("SEED", 1))
	which := os.Getenv("WHICH")
	dets := []rule{}
	if which != "single" {
		dets = append(dets, rule{"series", outcryAt(envf("BY", 1))})
	}
	if which != "series" {
		dets = append(dets, rule{"single", single(envf("BY", 1))})
	}
	only := os.Getenv("STUDY")
	for _, g := range strings.Split(os.Getenv("GRAIN"), ",") {
		gm, _ := strconv.Atoi(g)
		for k, st := range studies() {
			if only != "" && !strings.Contains(st.name, only) {
				continue
			}
			sd := seed + uint64(k)*10_000
			if st.name == scarred {
				sd -= 10_000
			}
			r := st.recipe
			r.width = time.Duration(gm) * time.Minute
			n := int(float64(size) * st.share)
			res := make([]tally, len(dets))
			cpu := make([]time.Duration, len(dets))
			var mu sync.Mutex
			var wg sync.WaitGroup
			for w := range 2 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for i := w; i < n; i += 2 {
						s := draw(sd+uint64(i), r)
						for j, d := range dets {
							t0 := time.Now()
							a := d.detector(s)
							dt := time.Since(t0)
							mu.Lock()
							res[j].judge(s, func(*series) []bool { return a })
							cpu[j] += dt
							mu.Unlock()
						}
					}
				}()
			}
			wg.Wait()
			for j, d := range dets {
				x := res[j]
				fmt.Printf("%3dm %-26s %-7s weeks %5.0f false %.4f | out %4d decl %5.1f%% delay %4.0f early %4.1f%% above2 %5.1f%% clear %4.0f | bursts %d/%d | %v\n", gm, st.name, d.name, x.Weeks, x.perWeek(), x.Outages, share(x.Declared, x.Outages), median(x.Delays), share(x.Early, x.Declared), x.endedAboveTwice(), median(x.Clears), x.Raised, x.Bursts, cpu[j].Round(time.Millisecond))
			}
		}
	}
	pages, _ := readPages()
	for _, d := range dets {
		var p pageTally
		for _, pg := range pages {
			p.judge(pg, d.detector(pg.series))
		}
		fmt.Printf("pages %-7s missed %d intime %.0f%% inbucket %.0f%% false/wk %.2f\n", d.name, p.Missed, share(p.InTime, p.Pages), share(p.InBucket, p.Pages), float64(p.False)/p.Weeks)
	}
}

func TestPages(t *testing.T) {
	pages, _ := readPages()
	for _, p := range pages {
		a := single(1)(p.series)
		first := -1
		for i := p.declared - 4; i < len(a); i++ {
			if a[i] {
				first = i
				break
			}
		}
		fmt.Println("P", p.name, first-p.declared, p.counts[max(0,p.declared-12):p.declared+2])
	}
}
