package redisconn_test

import (
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/redisconn"
)

func TestInspectReadsWhatServersSayOfThemselves(t *testing.T) {
	s := redistest.Start(t, "--maxmemory-policy", "volatile-ttl", "--maxmemory", "64mb", "--appendonly", "yes", "--appendfsync", "always", "--save", "3600 1")
	all, err := redisconn.Inspect(t.Context(), s.URL(), false)
	if err != nil || len(all) != 1 {
		t.Fatalf("Inspect = %+v, %v; want the facts of one server", all, err)
	}
	f := all[0]
	if f.MaxMemoryPolicy != "volatile-ttl" || f.MaxMemory != 64<<20 || f.UsedMemory == 0 || !f.HasAppendOnly || f.AppendFsync != "always" || f.Save != "3600 1" || !f.CanConfig ||
		f.IsReplica || f.IsClusterNode || f.CannotWrite != nil || f.Clock.Sub(f.Asked).Abs().Seconds() > 1 {
		t.Errorf("Inspect = %+v, want the settings that the server was started with", f)
	}
	s.Kill()
	if _, err := redisconn.Inspect(t.Context(), s.URL(), false); err == nil || strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("Inspect of a server that is away = %v, want an error without an address", err)
	}
}

func TestInspectReadsEveryMasterOfACluster(t *testing.T) {
	all, err := redisconn.Inspect(t.Context(), redistest.ClusterURL(t), true)
	if err != nil || len(all) != 3 {
		t.Fatalf("Inspect = %+v, %v; want the facts of three masters", all, err)
	}
	for _, f := range all {
		if !f.IsClusterNode || f.ClusterState != "ok" || f.SlotsOK != 16384 || f.FullCoverage == "" {
			t.Errorf("Inspect has %+v, want a node of a cluster that is in order", f)
		}
	}
}
