package app

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
)

// TestADayWhoseKeyCannotBeStored lets midnight pass while no file can be made in the
// data folder. Reports are refused, since their pseudonyms would be lost with the
// process, until the key can be stored.
func TestADayWhoseKeyCannotBeStored(t *testing.T) {
	now := time.Date(2026, 3, 4, 23, 59, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Data = t.TempDir()
	var log bytes.Buffer
	p, err := Open(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, nil)), Options{Now: func() time.Time { return now }, Replay: true})
	if err != nil {
		t.Fatal(err)
	}
	work := NewGroup(context.WithoutCancel(t.Context()))
	ingesting := work.Run("ingest", p.Ingester.Run)
	t.Cleanup(func() {
		ingesting.Stop()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	sender := byte(0)
	submit := func() error {
		sender++
		_, err := p.Ingester.Submit(report.Submission{Service: "whatsapp", Symptom: "messaging"}, ingest.Sender{Addr: netip.AddrFrom4([4]byte{192, 0, sender, 7})})
		return err
	}
	mode := p.mode.(*embedded)
	step := func(wantKind fault.Kind, wantReady, wantLog string) {
		t.Helper()
		if got := fault.KindOf(submit()); got != wantKind {
			t.Errorf("at %s a report fails with kind %v, want %v", now, got, wantKind)
		}
		if err := mode.folder.look(t.Context(), now); err != nil {
			t.Errorf("look = %v, want nil", err)
		}
		ready := ""
		if _, err := mode.ready(t.Context(), now); err != nil {
			ready = cannotCount(err)
		}
		if !strings.Contains(ready, wantReady) || wantReady == "" && ready != "" || strings.Contains(ready, cfg.Data) {
			t.Errorf("at %s the server is not ready because %q, want %q", now, ready, wantReady)
		}
		if got := log.String(); strings.Count(got, "\n") > 1 || !strings.Contains(got, wantLog) {
			t.Errorf("at %s the log is %q, want one line with %q", now, got, wantLog)
		}
		log.Reset()
	}
	blocked := filepath.Join(cfg.Data, ingest.KeyFileName+".new", "x") // the file that is renamed cannot be made
	step(0, "", "")
	if err := os.MkdirAll(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	step(0, "", "") // the key of the day is there
	now = now.Add(2 * time.Minute)
	step(fault.Unavailable, "key of the day cannot be stored", "no report can be counted")
	step(fault.Unavailable, "key of the day cannot be stored", "")
	if err := os.RemoveAll(filepath.Dir(blocked)); err != nil {
		t.Fatal(err)
	}
	if err := mode.folder.look(t.Context(), now); err != nil {
		t.Errorf("look = %v, want nil", err)
	}
	step(0, "", "counted again")
}
