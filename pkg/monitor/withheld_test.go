package monitor_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestAWithheldOutageIsLoggedOnceWithItsReason(t *testing.T) {
	h := newFixture(t)
	var log bytes.Buffer
	h.monitor.Log = slog.New(slog.NewTextHandler(&log, nil))
	h.run(20*time.Minute, "IN", 60, 1)
	if n := strings.Count(log.String(), `msg="a rise of reports is not declared as an outage" service=whatsapp reason=few_sources`); n != 1 {
		t.Errorf("the outage of one network is logged as withheld %d times, want once:\n%s", n, log.String())
	}
	h.run(3*time.Hour, "IN", 0, 1)
	log.Reset()
	h.run(20*time.Minute, "IN", 60, 2000)
	if n := strings.Count(log.String(), `reason=brief`); n != 1 || !strings.Contains(log.String(), "change=confirmed") {
		t.Errorf("a short outage is logged as withheld %d times, want once before it is confirmed:\n%s", n, log.String())
	}
}
