package main

import (
	"os"
	"testing"

	"github.com/outcry/outcry/pkg/config"
)

func TestAServerSaysWhereItKeepsThings(t *testing.T) {
	for want, cfg := range map[string]config.Config{
		"data in ./data":                                   {Data: "./data"},
		"data in ./data, simulated":                        {Data: "./data", Simulated: true},
		"windows in Redis, archive in Postgres":            {Data: "./data", RedisURL: "redis://:secret@a", DatabaseURL: "postgres://b:secret@c/d"},
		"windows in Redis, archive in Postgres, simulated": {RedisURL: "redis://a", DatabaseURL: "postgres://c/d", Simulated: true},
	} {
		if got := keeps(cfg); got != want {
			t.Errorf("keeps(%+v) = %q, want %q", cfg, got, want)
		}
	}
}

// TestWhatIsOnlyAskedMakesNothing asks for help and makes slips, in a folder of
// which nothing must come.
func TestWhatIsOnlyAskedMakesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"help"}, {"serve", "--help"}, {"config", "-h"}, {"keys", "--help"}, {"keys", "create", "--help"}, {"health", "help"}} {
		if err := run(t.Context(), args); err != nil {
			t.Errorf("outcry %v: %v", args, err)
		}
	}
	for _, args := range [][]string{{"kes"}, {"keys"}, {"keys", "make"}, {"keys", "create", "--name", "a", "--scope", "b"}, {"keys", "revoke"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("outcry %v says nothing", args)
		}
	}
	if made, err := os.ReadDir("."); err != nil || len(made) > 0 {
		t.Errorf("the folder holds %v afterwards, error %v", made, err)
	}
}
