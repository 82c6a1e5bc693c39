package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/outcry/outcry/pkg/streak"
	"github.com/outcry/outcry/pkg/tracing"
	"github.com/outcry/outcry/pkg/version"
)

// flushTime is how long the last spans may take to be sent.
const flushTime = 5 * time.Second

// openTracer sets the tracer, if the environment names a collector.
func (p *Parts) openTracer() error {
	sending := streak.New(p.log, slog.LevelWarn, "traces cannot be sent to OTEL_EXPORTER_OTLP_ENDPOINT and are lost", "traces are sent again")
	t, err := tracing.New(os.Getenv, version.Current().Version, sending.Note)
	if err != nil || t == nil {
		return err
	}
	p.tracer = t
	p.closers = append(p.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		return t.Close(ctx)
	})
	return nil
}
