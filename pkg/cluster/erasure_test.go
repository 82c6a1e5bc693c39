package cluster

import (
	"bytes"
	"encoding/hex"
	"runtime"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
)

// TestAnExpiredDayKeyIsInNoFileOfRedis looks for the key of a day in the folder of
// a server while it is valid, and after it was erased.
func TestAnExpiredDayKeyIsInNoFileOfRedis(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings []string
	}{
		{"append-only file", []string{"--appendonly", "yes", "--appendfsync", "always"}},
		{"snapshots", []string{"--save", "3600 1"}},
		{"both", []string{"--appendonly", "yes", "--appendfsync", "always", "--save", "3600 1", "--aof-use-rdb-preamble", "no"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := redistest.Start(t, c.settings...)
			conn, err := redisconn.Open(t.Context(), redisconn.Options{URL: server.URL()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := conn.Client.Close(); err != nil {
					t.Error(err)
				}
			})
			keys := NewDayKeys(conn)
			old, _ := keysAt(t, keys, midnight.Add(-24*time.Hour))
			today, _ := keysAt(t, keys, midnight)
			isKept := func(key [32]byte) bool { return bytes.Contains(server.Files(), []byte(hex.EncodeToString(key[:]))) }
			if c.name == "snapshots" {
				if err := conn.Client.Save(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
			}
			if !isKept(old) || !isKept(today) {
				t.Fatalf("the files hold the key of yesterday %v and of today %v, want both", isKept(old), isKept(today))
			}

			// It expires at the next midnight, which Redis is told is now.
			erase := NewErasure(conn)
			tomorrow := midnight.Add(24 * time.Hour)
			if err := erase.Run(t.Context(), tomorrow); err != nil || erase.done == ingest.DayOf(tomorrow) {
				t.Fatalf("Run before Redis has forgotten the key = %v, erased %v; want nil and false", err, erase.done == ingest.DayOf(tomorrow))
			}
			name := conn.Key(sharedPartition, dayKeyName(ingest.DayOf(midnight)-1))
			if n := conn.Client.PExpire(t.Context(), name, time.Millisecond).Val(); !n {
				t.Fatalf("%s is not in Redis", name)
			}
			deadline := time.Now().Add(20 * time.Second)
			for erase.done != ingest.DayOf(tomorrow) {
				if err := erase.Run(t.Context(), tomorrow); err != nil {
					t.Fatal(err)
				}
				if time.Now().After(deadline) {
					t.Fatal("after 20 s the key is not erased")
				}
			}
			for isKept(old) && time.Now().Before(deadline) { // Redis removes the old file in a thread of its own
				runtime.Gosched()
			}
			if isKept(old) || !isKept(today) {
				t.Errorf("the files hold the expired key %v and the valid one %v, want false and true", isKept(old), isKept(today))
			}
			if next := NewErasure(conn); next.Run(t.Context(), tomorrow) != nil || next.done != ingest.DayOf(tomorrow) || len(next.nodes) != 0 {
				t.Error("the next leader erases again")
			}
		})
	}
}

func TestErasureReachesTheNodeOfTheKeysInACluster(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		erase := NewErasure(connect())
		deadline := time.Now().Add(20 * time.Second)
		for erase.done != ingest.DayOf(noon) {
			if err := erase.Run(t.Context(), noon); err != nil {
				t.Fatal(err)
			}
			if time.Now().After(deadline) {
				t.Fatal("after 20 s nothing is erased")
			}
		}
		if len(erase.nodes) == 0 {
			t.Error("no node was asked")
		}
	})
}
