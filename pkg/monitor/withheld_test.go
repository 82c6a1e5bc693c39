package monitor_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestWhatIsWithheldIsLoggedOnceWithItsReason(t *testing.T) {
	h := newHouse(t)
	var log bytes.Buffer
	h.monitor.Log = slog.New(slog.NewTextHandler(&log, nil))
	h.pass(20*time.Minute, "IN", 60, 1)
	if n := strings.Count(log.String(), `msg="outage withheld" service=whatsapp reason=few_sources`); n != 1 {
		t.Errorf("one loud network is logged %d times:\n%s", n, log.String())
	}
	h.pass(3*time.Hour, "IN", 0, 1)
	log.Reset()
	h.pass(20*time.Minute, "IN", 60, 2000)
	if n := strings.Count(log.String(), `reason=brief`); n != 1 || !strings.Contains(log.String(), "change=confirmed") {
		t.Errorf("an outage is logged as withheld %d times:\n%s", n, log.String())
	}
}
