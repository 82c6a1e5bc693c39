package main

import (
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
