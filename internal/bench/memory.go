package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// footprint compares the memory that Redis needs for the same reports.
type footprint struct {
	Bench          string  `json:"bench"`
	Reports        int     `json:"reports"`
	Bytes          float64 `json:"bytes"`
	Reference      string  `json:"reference"`
	ReferenceBytes float64 `json:"reference_bytes"`
	Ratio          float64 `json:"ratio"` // ReferenceBytes divided by Bytes
}

func (f footprint) write(out io.Writer) {
	fmt.Fprintf(out, "%-28s %8.1f MB for %d reports of as many reporters, archived; %s %.1f MB: %.1f times as much\n",
		f.Bench, f.Bytes/1e6, f.Reports, f.Reference, f.ReferenceBytes/1e6, f.Ratio)
}

func (f footprint) json(out *json.Encoder) error { return out.Encode(f) }

// measureMemory counts reports of one service within a quarter of an hour, each
// from a reporter of its own. It counts them once as Outcry does and once in a
// sorted set.
func measureMemory(ctx context.Context, redisURL string, reports int) (f footprint, err error) {
	f = footprint{Bench: "memory-distributed", Reports: reports, Reference: "sorted-set"}
	conn, err := redisconn.Open(ctx, redisconn.Options{URL: redisURL, Prefix: "memory:"})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, conn.Client.Close()) }()
	start := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	if f.Bytes, err = fillOutcry(ctx, conn, reports, start); err != nil {
		return f, err
	}
	if f.ReferenceBytes, err = (plain{conn: conn}).fill(ctx, reports, start); err != nil {
		return f, err
	}
	f.Ratio = f.ReferenceBytes / f.Bytes
	return f, nil
}

// fillOutcry counts the reports, acknowledges their archiving, and returns the
// bytes that Redis needs for them. It drops them afterwards.
func fillOutcry(ctx context.Context, conn *redisconn.Conn, reports int, start time.Time) (bytes float64, err error) {
	s, waiting := redisstore.New(conn, redisstore.Options{}), redisstore.NewJournal(conn)
	if err := s.Beat(ctx, start); err != nil {
		return 0, err
	}
	before, err := conn.UsedMemory(ctx)
	if err != nil {
		return 0, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	countries, symptoms := []string{"IN", "BD", "BR", "DE", "GB", "ID", "MX", "NG", "PK", "US"}, []string{"connection", "messaging", "login"}
	for done := 0; done < reports; {
		all := make([]report.Report, min(batch, reports-done))
		for i := range all {
			at := due(start, done, reports)
			var id uuid.UUID
			binary.BigEndian.PutUint64(id[:], rng.Uint64())
			binary.BigEndian.PutUint64(id[8:], rng.Uint64())
			all[i] = report.Report{
				ID: id, Service: "whatsapp", Symptom: symptoms[rng.IntN(3)], Country: countries[rng.IntN(10)],
				Minute: window.Start(at), Received: at, Network: report.Network(rng.IntN(100_000)),
				Reporter: report.Reporter{Address: rng.Uint64(), Device: rng.Uint64()},
			}
			done++
		}
		for _, o := range s.Count(ctx, all) {
			if o.Status != window.Counted {
				return 0, fmt.Errorf("a report of a new reporter was not counted: %v, %w", o.Status, o.Err)
			}
		}
		if err := acknowledge(ctx, waiting); err != nil {
			return 0, err
		}
	}
	after, err := conn.UsedMemory(ctx)
	if err != nil {
		return 0, err
	}
	return after - before, s.Forget(ctx, start.Add(2*window.Retention))
}

// acknowledge removes the waiting journal entries, as the server does once they
// are archived.
func acknowledge(ctx context.Context, waiting journal.Source) error {
	entries, err := waiting.Next(ctx, []int{window.PartitionOf("whatsapp")}, 100)
	if err != nil || len(entries) == 0 {
		return err
	}
	_, err = waiting.Done(ctx, entries)
	return err
}
