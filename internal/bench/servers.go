package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

const reportPath = "/api/v1/services/whatsapp/reports"

// serveBareGin is the yardstick: it decodes the same body and answers the same
// 202, and does nothing else.
func serveBareGin(ctx context.Context, address string) error {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.POST("/api/v1/services/:service/reports", func(c *gin.Context) {
		var body struct {
			Symptom string `json:"symptom"`
			Country string `json:"country"`
			Device  string `json:"device"`
		}
		if err := c.ShouldBindJSON(&body); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusAccepted, gin.H{
			"id": "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11", "service": c.Param("service"), "symptom": body.Symptom,
			"country": body.Country, "counted": true, "as_of": time.Now().UTC(),
		})
	})
	server := &http.Server{Addr: address, Handler: r, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close() // a yardstick has nothing to drain
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func measureBareGin(ctx context.Context, l load) (measured, error) {
	self, err := os.Executable()
	if err != nil {
		return measured{}, err
	}
	address, err := freeAddress()
	if err != nil {
		return measured{}, err
	}
	stop, err := start(exec.Command(self, "bare-gin", address))
	if err != nil {
		return measured{}, err
	}
	defer stop()
	if err := waitFor(ctx, address); err != nil {
		return measured{}, err
	}
	return l.run(ctx, "http://"+address+reportPath)
}

// measureOutcry loads a fresh server and returns, beside the figures, how many
// reports it counted.
func measureOutcry(ctx context.Context, binary string, l load) (measured, int64, error) {
	data, err := os.MkdirTemp("", "outcry-bench-")
	if err != nil {
		return measured{}, 0, err
	}
	defer os.RemoveAll(data)
	address, err := freeAddress()
	if err != nil {
		return measured{}, 0, err
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "OUTCRY_LISTEN="+address, "OUTCRY_DATA="+data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn")
	stop, err := start(cmd)
	if err != nil {
		return measured{}, 0, err
	}
	defer stop()
	if err := waitFor(ctx, address); err != nil {
		return measured{}, 0, err
	}
	m, err := l.run(ctx, "http://"+address+reportPath)
	if err != nil {
		return m, 0, err
	}
	counted, err := countedBy(ctx, address)
	return m, counted, err
}

// countedBy asks the server how many reports its last half hour holds, once
// the answer has settled.
func countedBy(ctx context.Context, address string) (int64, error) {
	var before int64 = -1
	for range 20 {
		var split struct{ Total int64 }
		if err := get(ctx, "http://"+address+"/api/v1/services/whatsapp/breakdown?window=30m", &split); err != nil {
			return 0, err
		}
		if split.Total == before {
			return split.Total, nil
		}
		before = split.Total
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(1100 * time.Millisecond): // answers are cached for a second
		}
	}
	return 0, errors.New("the count did not settle")
}

func get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// start runs cmd and returns what ends it.
func start(cmd *exec.Cmd) (stop func(), err error) {
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s (scripts/build builds it): %w", cmd.Path, err)
	}
	return func() {
		cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		if err := cmd.Wait(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", cmd.Path, err, log.String())
		}
	}, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// waitFor returns once something listens at address.
func waitFor(ctx context.Context, address string) error {
	deadline := time.Now().Add(15 * time.Second)
	for time.Now().Before(deadline) {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("nothing listens at %s after 15 s", address)
}
