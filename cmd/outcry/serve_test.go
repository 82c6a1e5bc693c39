package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/config"
)

func TestTheStorageIsDescribedWithoutAddresses(t *testing.T) {
	for want, cfg := range map[string]config.Config{
		"data in ./data":                                   {Data: "./data"},
		"data in ./data, simulated":                        {Data: "./data", Simulated: true},
		"windows in Redis, archive in Postgres":            {Data: "./data", RedisURL: "redis://:secret@a", DatabaseURL: "postgres://b:secret@c/d"},
		"windows in Redis, archive in Postgres, simulated": {RedisURL: "redis://a", DatabaseURL: "postgres://c/d", Simulated: true},
	} {
		if got := storage(cfg); got != want {
			t.Errorf("storage(%+v) = %q, want %q", cfg, got, want)
		}
	}
}

func TestHelpAndMistakesCreateNoFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"help"}, {"--help"}, {"help", "serve"}, {"help", "help"}, {"serve", "--help"}, {"config", "-h"}, {"keys", "--help"}, {"health", "help"},
		{"version"}, {"--version"}, {"help", "version"},
	} {
		if err := run(t.Context(), args); err != nil {
			t.Errorf("outcry %v: error %v, want none", args, err)
		}
	}
	for _, args := range [][]string{{"help", "simulate"}, {"simulate", "--help"}, {"backtest", "-h"}, {"keys", "create", "--help"}} {
		if err := run(t.Context(), args); !errors.Is(err, errHelpPrinted) {
			t.Errorf("outcry %v: error %v, want exit code 0", args, err)
		}
	}
	for _, args := range [][]string{
		{"kes"}, {"help", "kes"}, {"keys"}, {"keys", "make"}, {"keys", "create", "--name", "a", "--scope", "b"}, {"keys", "revoke"},
		{"version", "now"}, {"simulate", "--sped", "3"}, {"backtest", "--in"},
	} {
		if err := run(t.Context(), args); err == nil || errors.Is(err, errHelpPrinted) {
			t.Errorf("outcry %v: error %v, want one that says what is wrong", args, err)
		}
	}
	if made, err := os.ReadDir("."); err != nil || len(made) > 0 {
		t.Errorf("the folder holds %v afterwards (error %v), want nothing", made, err)
	}
}

func TestAnUnknownCommandIsNamedBeforeTheCommandsThereAre(t *testing.T) {
	err := run(t.Context(), []string{"kes"})
	if err == nil || !strings.HasPrefix(err.Error(), `there is no command "kes"`+"\n\nUsage:") || !strings.Contains(err.Error(), "simulate") {
		t.Errorf("outcry kes: error %q, want the mistake first and the commands behind it", err)
	}
}
