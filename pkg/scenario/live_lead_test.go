package scenario

import (
	"testing"
	"time"
)

func TestWithLeadShortensOnlyTheTimeBeforeTheOnset(t *testing.T) {
	s, err := Load("whatsapp-2017-11-03")
	if err != nil {
		t.Fatal(err)
	}
	short := s.WithLead(40 * time.Minute)
	if got := short.Onset().Sub(short.Start); got != 40*time.Minute || !short.End.Equal(s.End) {
		t.Errorf("WithLead(40m) starts %s before the onset and ends at %s, want 40m and %s", got, short.End, s.End)
	}
	if long := s.WithLead(100 * time.Hour); long != s {
		t.Error("WithLead(100h) returned another scenario, want it unchanged: its lead is shorter")
	}
	quiet, err := Load("quiet-fortnight")
	if err != nil {
		t.Fatal(err)
	}
	if quiet.WithLead(time.Minute) != quiet {
		t.Error("WithLead(1m) of a scenario without a story returned another one, want it unchanged")
	}
}
