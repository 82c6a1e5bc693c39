package app

import (
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/config"
)

// routesOf returns the routes of a server.
func routesOf(t *testing.T) gin.RoutesInfo {
	t.Helper()
	cfg, err := config.Load([]string{"OUTCRY_DATA=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler), Options{Replay: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	engine, err := p.routes()
	if err != nil {
		t.Fatal(err)
	}
	return engine.Routes()
}

// footprint is what a process takes.
type footprint struct {
	heap       uint64 // bytes that are in use
	goroutines int
}

// measure returns what the process takes after a collection.
func measure() footprint {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{m.HeapAlloc, runtime.NumGoroutine()}
}

// settled returns what the process takes when connections that were closed are
// gone, but waits no longer than five seconds for more goroutines than before.
func settled(before footprint) footprint {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && runtime.NumGoroutine() > before.goroutines; {
		<-ticker.C
	}
	return measure()
}
